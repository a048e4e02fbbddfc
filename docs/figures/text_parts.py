#!/usr/bin/env python3
"""Trains a BERT-mini on parts of the sample text, all else as in ./run train, and keeps what each reaches
on the held-out text: docs/figures/text_parts.json.

  docs/figures/text_parts.py [--build build/release] [--runs build/release/text-parts]

Takes some six minutes a part; trainings that --runs already holds are not repeated.
"""

import argparse
import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TEXT = ROOT / "models/data/linden-bay.en.txt"
PARTS = (16, 8, 4, 2, 1)  # of so many documents, one


def train(gradus, out, part):
    """What each evaluation of the run found."""
    if not (out / "checkpoints/step-00001900").is_dir():
        resume = ["--resume"] if any(out.glob("checkpoints/step-*")) else []
        subprocess.run([gradus, "bert", "pretrain", "--text", TEXT, "--text-part", str(1 / part),
                        "--no-report", "--out", out, *resume], check=True)
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if line["kind"] == "evaluation"]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--runs", type=pathlib.Path)
    options = parser.parse_args()
    runs = options.runs or options.build / "text-parts"

    found = [train(options.build / "bin/gradus", runs / f"one-of-{part}", part) for part in PARTS]
    accuracy = [[e["mlm_accuracy"] for e in evaluations] for evaluations in found]
    rows = {
        "step": [e["step"] for e in found[-1]],
        "accuracy": accuracy,
        "loss": [[e["mlm_loss"] for e in evaluations] for evaluations in found],
        "end": [of_part[-1] for of_part in accuracy],
        "best": [max(of_part) for of_part in accuracy],
        "doublings": [more[-1] - less[-1] for less, more in zip(accuracy, accuracy[1:])],
    }
    lines = [f'  "{name}": {json.dumps(value)}' for name, value in rows.items()]
    (HERE / "text_parts.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
