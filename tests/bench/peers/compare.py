#!/usr/bin/env python3
"""The same training step of BERT-mini in Gradus and in PyTorch: which is faster, and do they agree?

  tests/bench/peers/compare.py             # speed and memory, in turn: Gradus, PyTorch, Gradus, ...
  tests/bench/peers/compare.py --losses    # the losses of ten steps; exit code 1 if they differ

Both start from the same weights and read the same batches, which `gradus bench train --dump` writes.
Each run is a process of its own. PyTorch runs with the number of threads, and with the kernels of
OpenBLAS, that suit it best: those that it takes by itself, and those that Gradus takes. Needs PyTorch
(Debian: python3-torch).
"""

import argparse
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE.parents[2] / "build/release/bin/gradus"
LOSS_STEPS, MAX_DIFFERENCE = 10, 1e-5
UNTIMED = 2  # steps, of every run


def output_of(command, **environment):
    """The JSON object that a program prints."""
    try:
        done = subprocess.run(list(map(str, command)), env=os.environ | environment,
                              stdout=subprocess.PIPE, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"compare.py: {error}")
    return json.loads(done.stdout)


def gradus(options, *arguments):
    return output_of([options.gradus, "bench", "train", "--json", "--threads", options.threads,
                      *arguments])


def pytorch(folder, threads, kernels=None):
    environment = {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
    if kernels:
        environment["OPENBLAS_CORETYPE"] = kernels
    return output_of([sys.executable, HERE / "torch_bert.py", folder, "--threads", threads],
                     **environment)


def compare_losses(options, folder):
    ours = gradus(options, "--dropout", 0, "--steps", LOSS_STEPS - UNTIMED, "--dump", folder)
    theirs = pytorch(folder, options.threads)
    print("step    Gradus   PyTorch  difference")
    largest = 0
    for step, (a, b) in enumerate(zip(ours["losses"], theirs["losses"], strict=True)):
        print(f"{step + 1:4}  {a:8.5f}  {b:8.5f}  {abs(a - b):10.1e}")
        largest = max(largest, abs(a - b))
    if not largest <= MAX_DIFFERENCE:
        sys.exit(f"compare.py: the losses differ by {largest:.1e}, more than {MAX_DIFFERENCE}")


def best_setting(options, folder):
    """Threads and kernels with which PyTorch is fastest."""
    own = output_of([options.gradus, "info", "--json"])["blas_kernels"]
    results = {}
    for kernels in (None, own):
        for threads in sorted({1, options.threads}):
            result = pytorch(folder, threads, kernels)
            results[threads, kernels] = result["tokens_per_s"]
            print(f"PyTorch {result['version']}, threads {threads}, "
                  f"kernels {kernels or 'of its choice'}: {result['tokens_per_s']:,.0f} tokens/s",
                  flush=True)
    return max(results, key=results.get)


def compare_speed(options, folder):
    gradus(options, "--steps", options.steps, "--dump", folder)
    threads, kernels = best_setting(options, folder)
    print(f"\nGradus: threads {options.threads}. PyTorch: threads {threads}, "
          f"kernels {kernels or 'of its choice'}. tokens/s (MB at most):\n")
    print("pair            Gradus           PyTorch  ratio")
    ratios = []
    for pair in range(options.pairs):
        ours = gradus(options, "--steps", options.steps)
        theirs = pytorch(folder, threads, kernels)
        ratios.append(ours["tokens_per_s"] / theirs["tokens_per_s"])
        cells = [f"{r['tokens_per_s']:,.0f} ({r['peak_rss_mb']:,.0f})" for r in (ours, theirs)]
        print(f"{pair + 1:4}  {cells[0]:>16}  {cells[1]:>16}  {ratios[-1]:5.2f}", flush=True)
    print(f"\nmedian ratio: Gradus is {statistics.median(ratios):.2f} times as fast")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gradus", type=pathlib.Path, default=PROGRAM, help="the program")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--steps", type=int, default=10, help="to time, in each run")
    parser.add_argument("--pairs", type=int, default=5, help="of runs")
    parser.add_argument("--losses", action="store_true", help="compare losses, not speed")
    options = parser.parse_args()
    if importlib.util.find_spec("torch") is None:
        sys.exit(f"compare.py: PyTorch is not installed for {sys.executable} "
                 "(Debian: apt-get install python3-torch, then /usr/bin/python3 compare.py)")
    with tempfile.TemporaryDirectory() as folder:
        (compare_losses if options.losses else compare_speed)(options, pathlib.Path(folder))


if __name__ == "__main__":
    main()
