#!/usr/bin/env python3
"""What operations cost beside their arithmetic, from Python: in Gradus and in PyTorch.

  ./run notebooks --check notebooks/01-*.ipynb     # builds the Python package
  tests/bench/peers/small.py                       # in turn: Gradus, PyTorch, Gradus, ...

On one thread, with matrices of 4 × 4. Each run is a process of its own, as either package may be
installed for a Python of its own (Debian: python3-torch).
"""

import argparse
import importlib
import json
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
TURNS, CALLS = 40, 300  # of each case, in each run


def microseconds(run):
    times = []
    for _ in range(TURNS):
        start = time.perf_counter()
        for _ in range(CALLS):
            run()
        times.append((time.perf_counter() - start) / CALLS)
    return 1e6 * statistics.median(times)


def measure(module):
    """The microseconds of each case; both packages have the same names for what it takes."""
    lib = importlib.import_module(module)
    lib.set_num_threads(1)
    a, b = lib.randn([4, 4]), lib.randn([4, 4])
    x, w = lib.randn([4, 4]).requires_grad_(), lib.randn([4, 4]).requires_grad_()

    def network():
        return lib.matmul(lib.relu(lib.matmul(x, w)), w).sum()

    return {
        "add": microseconds(lambda: a + b),
        "matmul": microseconds(lambda: lib.matmul(a, b)),
        "two layers": microseconds(network),
        "two layers and backward": microseconds(lambda: lib.autograd.grad([network()], [x, w])),
    }


def measured_by(python, module):
    try:
        done = subprocess.run([python, __file__, "--measure", module], stdout=subprocess.PIPE,
                              check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"small.py: {module} for {python}: {error}")
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gradus", default=ROOT / "build/notebooks-venv/bin/python",
                        help="the Python that has Gradus")
    parser.add_argument("--torch", default="/usr/bin/python3", help="the Python that has PyTorch")
    parser.add_argument("--pairs", type=int, default=5, help="of runs")
    parser.add_argument("--measure", help=argparse.SUPPRESS)  # in a process of its own
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    pairs = [(measured_by(options.gradus, "gradus"), measured_by(options.torch, "torch"))
             for _ in range(options.pairs)]
    print(f"{'µs, medians':24}{'Gradus':>8}{'PyTorch':>9}{'ratio':>7}")
    for name in pairs[0][0]:
        ours, theirs = ([run[name] for run in runs] for runs in zip(*pairs))
        ratios = [b / a for a, b in zip(ours, theirs)]
        medians = [statistics.median(numbers) for numbers in (ours, theirs, ratios)]
        print("{:24}{:8.2f}{:9.2f}{:7.2f}".format(name, *medians))


if __name__ == "__main__":
    main()
