#!/usr/bin/env python3
"""Draws the error of central differences over their step h: truncation against rounding.

  gradus gradcheck --op softmax --sweep-eps --json > sweep.json
  docs/figures/gradcheck_eps.py sweep.json docs/figures/gradcheck-eps.svg

Needs matplotlib (Debian: python3-matplotlib).
"""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

ERROR, BOUND = "#c2410c", "#475569"


def main(sweep, out):
    data = json.loads(sweep.read_text())
    steps = [row["eps"] for row in data["sweep"]]
    errors = [row["max_error"] for row in data["sweep"]]

    plt.rcParams.update({"font.size": 11, "svg.hashsalt": "gradus", "axes.spines.top": False,
                         "axes.spines.right": False})
    figure, axes = plt.subplots(figsize=(7.2, 3.8), layout="constrained")
    axes.loglog(steps, errors, color=ERROR, linewidth=2.2)
    # truncation through the largest step measured; rounding for values of size 1
    truncation = [errors[0] * (h / steps[0]) ** 2 for h in steps]
    rounding = [1.1e-16 / h for h in steps]
    axes.loglog(steps, truncation, color=BOUND, linewidth=1, linestyle=(0, (4, 3)))
    axes.loglog(steps, rounding, color=BOUND, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate("truncation ~ h²", (3e-4, 4e-10), color=BOUND, ha="left", va="top")
    axes.annotate("rounding ~ 2⁻⁵³ / h", (6e-10, 3e-7), color=BOUND, ha="left", va="bottom")
    axes.axvline(1e-6, color=BOUND, linewidth=0.8)
    axes.annotate("the checker's h", (1e-6, max(errors) / 3), xytext=(5, 0),
                  textcoords="offset points", color=BOUND)
    axes.set_ylim(min(errors) / 4, max(errors) * 3)
    axes.set_xlabel("step h of the differences")
    axes.set_ylabel("largest error, " + (data["op"] or "all operations"))
    figure.patch.set_facecolor("white")
    figure.savefig(out, metadata={"Date": None})


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
