#!/usr/bin/env python3
"""Measures how tokens/s fall as model, sequences and batch grow; fills in docs/cost-growth.md and draws
docs/figures/cost-growth.svg.

  docs/figures/cost_growth.py --results growth.json

The file keeps the measurements: where it exists, nothing is measured again. Needs matplotlib (Debian:
python3-matplotlib).
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

from style import ACCENT, DASHED, SOFT, plt, save

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/cost-growth.md"
SIZES = {"tiny": (2, 128), "mini": (4, 256), "small": (4, 512), "medium": (8, 512)}
TOKENS = 4096  # of a batch, as sequences grow


def predictions(seq):
    """20 of 128 positions, whatever the length."""
    return seq * 20 // 128


def panels():
    """Of each panel: label and options of every point."""
    return {
        "size": [(name, {"layers": layers, "hidden": hidden})
                 for name, (layers, hidden) in SIZES.items()],
        "sequence": [(seq, {"seq": seq, "batch": TOKENS // seq, "predictions": predictions(seq)})
                     for seq in (64, 128, 256, 512, 1024, 2048)],
        "batch": [(batch, {"batch": batch}) for batch in (1, 2, 4, 8, 16, 32, 64, 128)],
    }


def measure(program, threads, steps, options):
    tokens = options.get("batch", 32) * options.get("seq", 128)
    if tokens < 1024:
        steps *= 4  # short ones vary more
    options = options | {"threads": threads, "steps": steps}
    arguments = [f"--{name}={value}" for name, value in options.items()]
    done = subprocess.run([program, "bench", "train", "--json", *arguments],
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def measure_all(program, threads, steps, turns):
    """Goes through all points several times, as others may use the machine; of each, the median turn."""
    found = {}
    for turn in range(turns):
        for panel, points in panels().items():
            for label, options in points:
                row = {"label": label} | measure(program, threads, steps, options)
                found.setdefault(panel, {}).setdefault(label, []).append(row)
                print(f"turn {turn + 1} of {turns}, {panel} {label}: {row['tokens_per_s']:,.0f} tokens/s",
                      file=sys.stderr)
    return {panel: [sorted(rows, key=lambda row: row["step_ms"])[turns // 2]
                    for rows in points.values()] for panel, points in found.items()}


def table(panel, rows):
    lines = [f"| {panel} | tokens/s | ms a step | GFLOP/s | of peak | MB |\n",
             "|---|---:|---:|---:|---:|---:|\n"]
    for r in rows:
        label = f"{r['label']:,}" if isinstance(r["label"], int) else r["label"]
        lines.append(f"| {label} | {r['tokens_per_s']:,.0f} | {r['step_ms']:,.0f} | "
                     f"{r['gflops']:.0f} | {r['fraction_of_peak']:.2f} | "
                     f"{r['peak_rss_mb']:,.0f} |\n")
    return "".join(lines)


def fill_in(page, results):
    """Replaces what stands between <!-- panel --> and <!-- /panel -->."""
    text = page.read_text()
    for panel, rows in results.items():
        begin, end = f"<!-- {panel} -->\n", f"<!-- /{panel} -->"
        text = re.sub(f"{begin}.*?{end}", lambda _: begin + table(panel, rows) + end, text,
                      flags=re.DOTALL)
    page.write_text(text)


def constant_rate(rows):
    """tokens/s, were every step to run at the GFLOP/s of the fastest: what the work alone asks."""
    best = max(r["gflops"] for r in rows)
    return [r["tokens_per_s"] * best / r["gflops"] for r in rows]


def draw(results):
    figure, all_axes = plt.subplots(1, 3, figsize=(10.8, 3.6), layout="constrained")
    names = {"size": "model", "sequence": "tokens in a sequence", "batch": "sequences in a batch"}
    for axes, (panel, rows) in zip(all_axes, results.items()):
        labels = [str(r["label"]) for r in rows]
        axes.plot(labels, constant_rate(rows), color=SOFT, linewidth=1, linestyle=DASHED)
        axes.plot(labels, [r["tokens_per_s"] for r in rows], color=ACCENT, linewidth=2.2,
                  marker="o", markersize=4)
        axes.set_xlabel(names[panel])
        if panel == "size":
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter("{x:,.0f}")
    all_axes[0].set_ylabel("tokens/s")
    all_axes[1].annotate("dashed: at one rate of GFLOP/s", (0.03, 0.05),
                         xycoords="axes fraction", color=SOFT, fontsize=9)
    save(figure, "cost-growth")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gradus", type=pathlib.Path, default=ROOT / "build/release/bin/gradus")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--steps", type=int, default=5, help="to time, of each point")
    parser.add_argument("--turns", type=int, default=3, help="of which the median is kept")
    parser.add_argument("--results", type=pathlib.Path, required=True)
    options = parser.parse_args()
    if not options.results.exists():
        measured = measure_all(options.gradus, options.threads, options.steps, options.turns)
        options.results.write_text(json.dumps(measured, indent=1))
    results = json.loads(options.results.read_text())
    fill_in(PAGE, results)
    draw(results)


if __name__ == "__main__":
    main()
