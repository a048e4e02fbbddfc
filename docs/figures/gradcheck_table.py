#!/usr/bin/env python3
"""Makes the page of operations and their checked gradients from the checker's own report.

  gradus gradcheck --json > report.json
  docs/figures/gradcheck_table.py report.json docs/operations.md
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

HEAD = """---
pageClass: wide
aside: false
---
# Operations and their gradients

Every differentiable operation, with the result of its check: how many samples it is checked on, how many
elements of Jacobians were compared in float64, and the largest difference between backward and
central differences, for the gradient and for the gradient of the gradient. What the check does is told in
[How do I know a gradient is right?](gradients.md)

This page is made by `docs/figures/gradcheck_table.py` from the report of `gradus gradcheck --json`.

| operation | source | samples | elements | gradient | second order |
|---|---|---:|---:|---:|---:|
"""


def source_of(op):
    """The file of core/ops that registers the operation."""
    registers = re.compile(rf'string_view name = "{op}"|OpInfo{{"{op}",')
    [path] = [path for path in sorted(ROOT.glob("core/ops/*.cpp"))
              if registers.search(path.read_text())]
    return path.relative_to(ROOT)


def main(report, page):
    data = json.loads(report.read_text())
    rows = {}
    for sample in data["samples"]:
        rows.setdefault(sample["op"], []).append(sample)
    lines = []
    for op, samples in sorted(rows.items()):
        orders = [[s[order] for s in samples] for order in ("gradient", "second_order")]
        elements = sum(check["compared"] for order in orders for check in order)
        errors = [max(check["max_error"] for check in order) for order in orders]
        verdict = "" if all(s["passed"] for s in samples) else " (FAILED)"
        lines.append(f"| `{op}`{verdict} | `{source_of(op)}` | {len(samples)} | {elements:,} "
                     f"| {errors[0]:.0e} | {errors[1]:.0e} |\n")
    promises = data["samples"][0]["promises"]
    tail = (f"\n{data['operations']} operations, {len(data['samples'])} samples, each held to "
            f"{promises} promises besides; {data['failed']} samples failed.\n")
    page.write_text(HEAD + "".join(lines) + tail)


if __name__ == "__main__":
    main(*(pathlib.Path(argument) for argument in sys.argv[1:]))
