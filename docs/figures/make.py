#!/usr/bin/env python3
"""Makes the numbers and figures of the book again.

  docs/figures/make.py [--build build/release] [--slow]

Runs every program of docs/examples and keeps what it prints as docs/figures/NAME.json; draws the figures
of the chapters from these (draw.py); and checks all gradients for the table of operations. The learning
curve is drawn if ./run train has made runs/linden-bay. With --slow also trains the two models whose heads
chapter 15 looks at and those that learn from parts of the text, and measures what takes minutes and wants
a quiet machine: how the cost grows.
"""

import argparse
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RUN = ROOT / "runs/linden-bay"


def run(*command, into=None):
    print(*command, flush=True)
    if str(command[0]).endswith(".py"):
        command = (sys.executable, *command)
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=True,
                          stdout=subprocess.PIPE if into else None)
    if into:
        into.write_bytes(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--slow", action="store_true")
    options = parser.parse_args()
    gradus = options.build / "bin/gradus"

    programs = sorted(path.stem for path in ROOT.glob("docs/examples/*.cpp")
                      if "Numbers numbers" in path.read_text())
    run("cmake", "--build", options.build, "--target", *(f"example_{name}" for name in programs))
    for name in programs:
        run(options.build / f"bin/example_{name}", into=HERE / f"{name}.json")

    report, sweep = options.build / "gradcheck.json", options.build / "sweep.json"
    run(gradus, "gradcheck", "--json", into=report)
    run(HERE / "gradcheck_table.py", report, ROOT / "docs/operations.md")
    run(gradus, "gradcheck", "--op", "softmax", "--sweep-eps", "--json", into=sweep)
    run(HERE / "gradcheck_eps.py", sweep)
    if options.slow:
        run(HERE / "heads.py", "--build", options.build)
        run(HERE / "text_parts.py", "--build", options.build)
    run(HERE / "draw.py")
    run(ROOT / "docs/check.py", "--quote")

    checkpoints = sorted(RUN.glob("checkpoints/step-*"))
    if checkpoints:
        run(gradus, "bert", "evaluate", "--model", RUN, "--text",
            ROOT / "models/data/linden-bay.en.txt", "--json", into=RUN / "scores.json")
        run(HERE / "learning_curve.py", RUN)
    if options.slow:
        run(HERE / "cost_growth.py", "--gradus", gradus, "--results", options.build / "growth.json")


if __name__ == "__main__":
    main()
