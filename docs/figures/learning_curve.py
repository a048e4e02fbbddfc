#!/usr/bin/env python3
"""Draws the learning curve of a run: held-out accuracy over its steps, and the baselines; and writes
the numbers that pages quote of it, docs/figures/training.json.

  gradus bert pretrain --text models/data/linden-bay.en.txt --out RUN --evaluate-every 250
  gradus bert evaluate --model RUN --text models/data/linden-bay.en.txt --json > RUN/scores.json
  docs/figures/learning_curve.py RUN

Needs matplotlib (Debian: python3-matplotlib).
"""

import json
import pathlib
import sys

from style import ACCENT, DASHED, FIGURES, SOFT, plt, save


def read_curve(run):
    """Steps with an evaluation, and the accuracy of each."""
    steps, accuracy = [], []
    for line in (run / "metrics.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if entry["kind"] == "evaluation":
            steps.append(entry["step"])
            accuracy.append(entry["mlm_accuracy"])
    return steps, accuracy


def write_numbers(run, steps, accuracy):
    scores = json.loads((run / "scores.json").read_text())
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    [first] = [line for line in lines if line["kind"] == "train" and line["step"] == 1]
    numbers = scores | {"curve": {"step": steps, "accuracy": accuracy},
                        "first": {"loss": first["loss"], "mlm_loss": first["mlm_loss"]}}
    rows = [f'  "{name}": {json.dumps(value)}' for name, value in numbers.items()]
    (FIGURES / "training.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")
    return scores["baselines"]


def main(run):
    steps, accuracy = read_curve(run)
    baselines = write_numbers(run, steps, accuracy)

    figure, axes = plt.subplots(figsize=(7.2, 3.8), layout="constrained")
    axes.plot(steps, accuracy, color=ACCENT, linewidth=2.2)
    axes.annotate(f"BERT-mini {accuracy[-1]:.2f}", (steps[-1], accuracy[-1]), xytext=(-4, 8),
                  textcoords="offset points", ha="right", color=ACCENT)
    for name, key in [("neighbour table", "neighbour_accuracy"),
                      ("most frequent token", "most_frequent_accuracy")]:
        value = baselines[key]
        axes.axhline(value, color=SOFT, linewidth=1, linestyle=DASHED)
        axes.annotate(f"{name} {value:.2f}", (steps[-1], value), xytext=(-4, 4),
                      textcoords="offset points", ha="right", color=SOFT)
    axes.set_xlabel("step")
    axes.set_ylabel("held-out masked tokens right")
    axes.set_xlim(0, steps[-1])
    axes.set_ylim(0, max(accuracy) * 1.18)
    save(figure, "learning-curve")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
