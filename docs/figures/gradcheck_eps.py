#!/usr/bin/env python3
"""Draws the error of central differences over their step h: truncation against rounding.

  gradus gradcheck --op softmax --sweep-eps --json > sweep.json
  docs/figures/gradcheck_eps.py sweep.json

Needs matplotlib (Debian: python3-matplotlib).
"""

import json
import pathlib
import sys

from style import ACCENT, DASHED, SOFT, plt, save


def main(sweep):
    data = json.loads(sweep.read_text())
    steps = [row["eps"] for row in data["sweep"]]
    errors = [row["max_error"] for row in data["sweep"]]

    figure, axes = plt.subplots(figsize=(7.2, 3.8), layout="constrained")
    axes.loglog(steps, errors, color=ACCENT, linewidth=2.2)
    # truncation through the largest step measured; rounding for values of size 1
    truncation = [errors[0] * (h / steps[0]) ** 2 for h in steps]
    rounding = [1.1e-16 / h for h in steps]
    axes.loglog(steps, truncation, color=SOFT, linewidth=1, linestyle=DASHED)
    axes.loglog(steps, rounding, color=SOFT, linewidth=1, linestyle=DASHED)
    axes.annotate("truncation ~ h²", (3e-4, 4e-10), color=SOFT, ha="left", va="top")
    axes.annotate("rounding ~ 2⁻⁵³ / h", (6e-10, 3e-7), color=SOFT, ha="left", va="bottom")
    axes.axvline(1e-6, color=SOFT, linewidth=0.8)
    axes.annotate("the checker's h", (1e-6, max(errors) / 3), xytext=(5, 0),
                  textcoords="offset points", color=SOFT)
    axes.set_ylim(min(errors) / 4, max(errors) * 3)
    axes.set_xlabel("step h of the differences")
    axes.set_ylabel("largest error, " + (data["op"] or "all operations"))
    save(figure, "gradcheck-eps")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
