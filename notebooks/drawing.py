"""How the notebooks draw: one style, heat maps, and the engine's graph as a picture."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch

# Okabe and Ito's colours (2008), which colour-blind readers tell apart too.
INK, SOFT, LINE = "#1f2937", "#475569", "#cbd5e1"
BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"

plt.rcParams.update({
    "figure.dpi": 80, "figure.figsize": (6.4, 3.2), "figure.constrained_layout.use": True,
    "font.size": 10, "axes.titlesize": 10, "axes.spines.top": False, "axes.spines.right": False,
    "axes.edgecolor": SOFT, "axes.labelcolor": INK, "axes.titlecolor": INK, "text.color": INK,
    "xtick.color": SOFT, "ytick.color": SOFT, "legend.frameon": False, "lines.linewidth": 2,
    "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREEN, SOFT]),
})  # fmt: skip


def heat_map(axes, matrix, rows=None, columns=None, title="", digits=2, limits=None):
    """A matrix as squares with their numbers: blue, or from orange over white to violet if it has signs.

    Without digits there are no numbers, and none where they round to 0. limits are the palest value and
    the darkest.
    """
    known = np.ma.masked_invalid(matrix)
    low, high = limits or (min(0, known.min()), abs(known).max())
    if low < 0:
        low = -high
    axes.imshow(known, cmap="PuOr" if low < 0 else "Blues", vmin=low, vmax=high)
    if digits is not None:
        for (i, j), value in np.ndenumerate(matrix):
            dark = np.isfinite(value) and abs(value - max(low, 0)) > 0.6 * (high - max(low, 0))
            axes.text(j, i, _number(value, digits), ha="center", va="center", fontsize=8,
                      color="white" if dark else INK)  # fmt: skip
    axes.set_title(title)
    if columns is not None:
        axes.set_xticks(range(len(columns)), columns, rotation=60, ha="right", rotation_mode="anchor")
    if rows is not None:
        axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _number(value, digits):
    if not np.isfinite(value):
        return "−∞"
    return f"{value:.{digits}f}".replace("-", "−") if round(float(value), digits) else ""


def graph(view, notes={}, figsize=(8, 3)):
    """The operations of a gradus.autograd.GraphView from left to right, leaves in orange.

    A node shows its operation, its name and its shape; notes have more lines for some of the names.
    """
    places = _places(view)
    figure, axes = plt.subplots(figsize=figsize)
    boxes = [
        axes.text(*place, _label(node, notes), ha="center", va="center", linespacing=1.4, zorder=2,
                  bbox={"boxstyle": "round,pad=0.5", "facecolor": "white",
                        "edgecolor": ORANGE if node.op == "leaf" else BLUE}).get_bbox_patch()
        for node, place in zip(view.nodes, places)
    ]  # fmt: skip
    drawn = []
    for edge in view.edges:
        ends = (edge.source, edge.to)
        far = places[edge.to][0] - places[edge.source][0] > 1  # must not run through what lies between
        bend = 0.35 * drawn.count(ends) + 0.35 * far
        axes.add_patch(FancyArrowPatch(
            *(places[end] for end in ends), patchA=boxes[ends[0]], patchB=boxes[ends[1]], zorder=3,
            arrowstyle="-|>", mutation_scale=12, color=SOFT, connectionstyle=f"arc3,rad={bend}",
        ))  # fmt: skip
        drawn.append(ends)
    columns, rows = zip(*places)
    axes.set(xlim=(min(columns) - 0.5, max(columns) + 0.5), ylim=(min(rows) - 0.7, max(rows) + 0.7))
    axes.axis("off")


def _places(view):
    """A column after those of its inputs, and rows near those of its users."""
    column = [0] * len(view.nodes)
    for edge in view.edges:
        column[edge.to] = max(column[edge.to], column[edge.source] + 1)
    users = [[edge.to for edge in view.edges if edge.source == n] for n in range(len(view.nodes))]
    for number, node in enumerate(view.nodes):
        if node.op == "leaf" and users[number]:
            column[number] = min(column[user] for user in users[number]) - 1
    row = [0.0] * len(view.nodes)
    for c in range(max(column), -1, -1):
        inside = [n for n in range(len(view.nodes)) if column[n] == c]
        inside.sort(key=lambda n: (np.mean([row[user] for user in users[n]] or [0]), -n))
        for i, n in enumerate(inside):
            row[n] = i - (len(inside) - 1) / 2
    return list(zip(column, row))


def _label(node, notes):
    first = f"{node.name} = {node.op}" if node.name and node.op != "leaf" else node.name or node.op
    shape = list(node.outputs[0].shape)
    return "\n".join(line for line in (first, str(shape or ""), notes.get(node.name, "")) if line)
