"""How figures look: one style, and colours that follow the reader's light or dark page.

Figures are drawn in the light colours below. On saving, each becomes var(--figure-NAME): in the file a
style element sets these for both schemes, in a page of the book the page does.
"""

import hashlib
import json
import pathlib
import re

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

FIGURES = pathlib.Path(__file__).resolve().parent
LIGHT = {"ink": "#1f2937", "soft": "#475569", "line": "#cbd5e1", "accent": "#c2410c",
         "second": "#1d4ed8", "third": "#15803d"}
DARK = {"ink": "#e5e7eb", "soft": "#9fb0c6", "line": "#475569", "accent": "#fb923c",
        "second": "#93b4ff", "third": "#6ee7a0"}
INK, SOFT, LINE, ACCENT, SECOND, THIRD = LIGHT.values()
DASHED = (0, (4, 3))

plt.rcParams.update({
    "font.size": 11, "svg.hashsalt": "gradus", "svg.fonttype": "none",
    "font.family": "sans-serif", "axes.spines.top": False, "axes.spines.right": False,
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": SOFT, "xtick.color": SOFT,
    "ytick.color": SOFT, "axes.titlecolor": INK, "axes.titlesize": 11, "legend.frameon": False,
})


drawn_from = []  # what the present figure has read, "FILE.KEY:DIGEST", for docs/check.py


def numbers(key):
    """The value under "file.key" in docs/figures/file.json."""
    name, *path = key.split(".")
    value = json.loads((FIGURES / f"{name}.json").read_text())
    for step in path:
        value = value[step]
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
    drawn_from.append(f"{key}:{digest[:12]}")
    return value


def themed(svg):
    """The SVG with its colours by name, and both sets of them."""
    for name, colour in LIGHT.items():
        svg = svg.replace(colour, f"var(--figure-{name})")
    sets = [":root{" + ";".join(f"--figure-{n}:{c}" for n, c in colours.items()) + "}"
            for colours in (LIGHT, DARK)]
    style = f"<style>{sets[0]}@media(prefers-color-scheme:dark){{{sets[1]}}}</style>"
    svg = re.sub(r"^.*?(?=<svg)|<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r' id="([^"]+)"', lambda m: m[0] if f"#{m[1]}" in svg else "", svg)
    svg = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font: \1px sans-serif", svg)
    return re.sub(r"(<svg [^>]*>)", lambda m: m[1] + style, svg, count=1, flags=re.DOTALL)


def save(figure, name):
    """Writes docs/figures/NAME.svg."""
    path = FIGURES / f"{name}.svg"
    figure.savefig(path, metadata={"Date": None}, transparent=True, bbox_inches="tight",
                   pad_inches=0.05)
    plt.close(figure)
    svg = "\n".join(line.rstrip() for line in themed(path.read_text()).splitlines()) + "\n"
    if drawn_from:
        svg = svg.replace("<svg ", f'<svg data-drawn-from="{" ".join(drawn_from)}" ', 1)
        drawn_from.clear()
    path.write_text(svg)
