#!/usr/bin/env python3
"""Draws the figures of the chapters from the numbers that their programs computed (docs/figures/*.json).

Needs matplotlib (Debian: python3-matplotlib).
"""

from style import ACCENT, DASHED, INK, LINE, SECOND, SOFT, THIRD, numbers, plt, save

WORDS = "The animal didn't cross the street because it was too tired".split()


def tensors_heads():
    """Whose numbers each head has, split rightly and by view alone."""
    owners = numbers("tensors.owners")
    colours = [ACCENT, SECOND, THIRD, SOFT]
    figure, all_axes = plt.subplots(1, 2, figsize=(7.2, 3.4), layout="constrained")
    titles = ("view, then transpose", "view alone")
    for axes, title, key in zip(all_axes, titles, ("split", "view_alone")):
        for i, owner in enumerate(owners[key]):
            row, column = divmod(i, 4)
            axes.add_patch(plt.Rectangle((column + 0.05, row + 0.05), 0.9, 0.9, fill=False,
                                         edgecolor=colours[int(owner)], linewidth=2))
            axes.text(column + 0.5, row + 0.5, f"{int(owner)}", ha="center", va="center",
                      color=colours[int(owner)])
        axes.set(xlim=(0, 4), ylim=(8, 0), xlabel="place in the head", ylabel="head", title=title,
                 xticks=[0.5, 1.5, 2.5, 3.5], xticklabels=range(4),
                 yticks=[r + 0.5 for r in range(8)], yticklabels=range(8))
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
    save(figure, "tensors-heads")


def visits():
    """How often values are visited, along paths and in order."""
    data = numbers("reverse_mode.doublings")
    figure, axes = plt.subplots(figsize=(7.2, 3.4), layout="constrained")
    n = range(1, len(data["paths"]) + 1)
    axes.semilogy(n, data["paths"], color=ACCENT, linewidth=2.2)
    axes.semilogy(n, data["ordered"], color=SECOND, linewidth=2.2)
    axes.annotate("along every path", (14, data["paths"][13]), xytext=(-8, 6),
                  textcoords="offset points", ha="right", color=ACCENT)
    axes.annotate("newest first", (14, data["ordered"][13]), xytext=(0, 8),
                  textcoords="offset points", ha="right", color=SECOND)
    axes.set(xlabel="operations", ylabel="visits", xlim=(1, 20), xticks=[1, 5, 10, 15, 20])
    save(figure, "visits")


def softmax_sharpness():
    """Softmax of [1, 2, 3]·t, and the largest element of its Jacobian."""
    data = numbers("softmax.sharpness")
    figure, axes = plt.subplots(figsize=(7.2, 3.4), layout="constrained")
    for i, (name, t, side) in enumerate((("y of 1t", 1, -14), ("y of 2t", 1, 6), ("y of 3t", 3, -16))):
        curve = [y[i] for y in data["y"]]
        axes.plot(data["t"], curve, color=SOFT, linewidth=1.4)
        axes.annotate(name, (t, curve[4 * t]), xytext=(4, side), textcoords="offset points",
                      color=SOFT)
    axes.plot(data["t"], data["gradient"], color=ACCENT, linewidth=2.2)
    axes.annotate("largest ∂y/∂x", (2.5, data["gradient"][10]), xytext=(6, 6),
                  textcoords="offset points", color=ACCENT)
    axes.set(xlabel="t", xlim=(0, 10), ylim=(0, 1.03), xticks=range(0, 11, 2))
    save(figure, "softmax-sharpness")


def heat(axes, rows, columns, row_names, column_names, title=""):
    """A matrix of shares as squares whose size is the share."""
    for i, row in enumerate(rows):
        for j, share in enumerate(row):
            side = 0.94 * share ** 0.5
            axes.add_patch(plt.Rectangle((j + 0.5 - side / 2, i + 0.5 - side / 2), side, side,
                                         color=ACCENT, linewidth=0))
    axes.set(xlim=(0, columns), ylim=(len(rows), 0), title=title, aspect="equal",
             xticks=[c + 0.5 for c in range(columns)], yticks=[r + 0.5 for r in range(len(rows))])
    axes.set_xticklabels(column_names, rotation=60, ha="right", rotation_mode="anchor")
    axes.set_yticklabels(row_names)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_color(LINE)
        side.set_visible(True)


def attention_map():
    """The weights of the sentence, all seen and only earlier words seen."""
    figure, all_axes = plt.subplots(1, 2, figsize=(8.6, 4.6), layout="constrained")
    heat(all_axes[0], numbers("self_attention.map"), 11, WORDS, WORDS, "every word sees all")
    heat(all_axes[1], numbers("self_attention.causal"), 11, [], WORDS,
         "every word sees itself and those before")
    all_axes[1].set_yticks([])
    save(figure, "attention-map")


def attention_scale():
    """What 1/√d does to the weights and to the softmax's Jacobian."""
    data = numbers("self_attention.scale")
    figure, all_axes = plt.subplots(1, 2, figsize=(8.6, 3.4), layout="constrained")
    names = {"largest": "largest weight of 32", "jacobian": "size of the softmax's Jacobian"}
    for axes, (key, title) in zip(all_axes, names.items()):
        axes.semilogx(data["d"], data["plain"][key], color=ACCENT, linewidth=2.2, marker="o",
                      markersize=4, base=4)
        axes.semilogx(data["d"], data["scaled"][key], color=SECOND, linewidth=2.2, marker="o",
                      markersize=4, base=4)
        axes.set(title=title, xlabel="d", ylim=(0, None), xticks=data["d"])
        axes.set_xticklabels([f"{int(d)}" for d in data["d"]])
        axes.minorticks_off()
        axes.annotate("q·k", (data["d"][4], data["plain"][key][4]), xytext=(0, -14),
                      textcoords="offset points", color=ACCENT, ha="center")
        axes.annotate("q·k/√d", (data["d"][4], data["scaled"][key][4]), xytext=(0, 8),
                      textcoords="offset points", color=SECOND, ha="center")
    save(figure, "attention-scale")


def head_times():
    """The time of attention for 4,096 tokens over the number of heads."""
    data = numbers("multi_head.times")
    figure, axes = plt.subplots(figsize=(7.2, 3.2), layout="constrained")
    names = [f"{int(h)} × {768 // int(h)}" for h in data["heads"]]
    for key, name, colour in (("seq128", "32 sequences of 128", SECOND),
                              ("seq512", "8 sequences of 512", ACCENT)):
        axes.plot(names, data[key], color=colour, linewidth=2.2, marker="o", markersize=4)
        axes.annotate(name, (2, data[key][2]), xytext=(0, 10), textcoords="offset points",
                      color=colour, ha="center")
    axes.set(xlabel="heads × size of a head", ylabel="ms", ylim=(0, None))
    save(figure, "head-times")


def products_size():
    """GFLOP/s of four products over the size of square matrices."""
    data = numbers("products.speed")
    figure, axes = plt.subplots(figsize=(7.2, 3.6), layout="constrained")
    axes.axhline(data["peak"], color=SOFT, linewidth=1, linestyle=DASHED)
    axes.annotate("peak of the multiply-add units", (32, data["peak"]), xytext=(0, 4),
                  textcoords="offset points", color=SOFT)
    for key, name, colour, at, shift in (
            ("naive", "naive", SOFT, 3, -14), ("blocked", "blocked", THIRD, 3, 6),
            ("blas", "OpenBLAS", SECOND, 5, 8), ("simd", "SIMD", ACCENT, 5, -16)):
        axes.loglog(data["n"], data[key], color=colour, linewidth=2.2, marker="o", markersize=4)
        axes.annotate(name, (data["n"][at], data[key][at]), xytext=(0, shift),
                      textcoords="offset points", color=colour, ha="right")
    axes.set(xlabel="n", ylabel="GFLOP/s", xticks=data["n"], ylim=(0.3, 400))
    axes.set_xticklabels([f"{int(n):,}" for n in data["n"]])
    axes.minorticks_off()
    save(figure, "products-size")


def modules_init():
    """The size of numbers through ten layers, for three deviations of the weights."""
    data = numbers("modules.init")
    figure, axes = plt.subplots(figsize=(7.2, 3.4), layout="constrained")
    for key, name, colour in (("one", "1", ACCENT), ("scaled", "1/√256", SECOND),
                              ("small", "0.02", THIRD)):
        axes.semilogy(range(11), data[key], color=colour, linewidth=2.2)
        axes.annotate(name, (8, data[key][8]), xytext=(0, 8), textcoords="offset points",
                      color=colour, ha="right" if key != "small" else "left")
    axes.set(xlabel="layer", ylabel="deviation of its numbers", xlim=(0, 10))
    save(figure, "modules-init")


def modules_descent():
    """Gradient descent and AdamW in a narrow valley."""
    data = numbers("modules.descent")
    figure, axes = plt.subplots(figsize=(7.2, 3.4), layout="constrained")
    for key, name, colour, at in (("slow", "descent, rate 0.019", SECOND, 40),
                                  ("fast", "descent, rate 0.0201", ACCENT, 60),
                                  ("adam", "AdamW, from rate 0.1 down to 0", THIRD, 60)):
        axes.semilogy(range(100), data[key], color=colour, linewidth=2.2)
        axes.annotate(name, (at, data[key][at]), xytext=(4, 8), textcoords="offset points",
                      color=colour)
    axes.set(xlabel="step", ylabel="f", xlim=(0, 100))
    save(figure, "modules-descent")


def layers_position():
    """The inner product of two positions over their distance."""
    data = numbers("layers.position.product")
    figure, axes = plt.subplots(figsize=(7.2, 3.0), layout="constrained")
    axes.plot(range(len(data)), data, color=ACCENT, linewidth=2.2)
    axes.set(xlabel="distance of two positions", ylabel="inner product", ylim=(0, None),
             xlim=(0, len(data) - 1))
    save(figure, "layers-position")


def layers_flow():
    """How much gradient reaches the bottom of a stack."""
    data = numbers("layers.flow")
    figure, axes = plt.subplots(figsize=(7.2, 3.4), layout="constrained")
    for key, name, colour, shift in (("plain", "neither residual nor norm", ACCENT, -14),
                                     ("post", "norm after the sum", SECOND, 8),
                                     ("pre", "norm before the sublayer", THIRD, -16)):
        axes.semilogy(data["depth"], data[key]["gradient"], color=colour, linewidth=2.2,
                      marker="o", markersize=4)
        axes.annotate(name, (data["depth"][4], data[key]["gradient"][4]), xytext=(0, shift),
                      textcoords="offset points", color=colour, ha="right")
    axes.set(xlabel="layers", ylabel="length of the gradient at the input", ylim=(1e-33, 1e3),
             xticks=data["depth"])
    save(figure, "layers-flow")


def wordpiece_size():
    """Tokens a word over the size of the vocabulary."""
    data = numbers("wordpiece.size")
    figure, axes = plt.subplots(figsize=(7.2, 2.8), layout="constrained")
    axes.plot(data["vocabulary"], data["a_word"], color=ACCENT, linewidth=2.2, marker="o",
              markersize=4)
    axes.axhline(1, color=SOFT, linewidth=1, linestyle=DASHED)
    axes.set(xlabel="size of the vocabulary", ylabel="tokens a word", xlim=(0, 6200),
             ylim=(0.95, 1.6))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    save(figure, "wordpiece-size")


def heads_steps():
    """The largest share that each head gives to one of four neighbours, over the training."""
    figure, all_axes = plt.subplots(1, 2, figsize=(8.6, 3.4), sharey=True, layout="constrained")
    titles = {"informed": "from the informed start", "noise": "from noise"}
    for axes, (start, title) in zip(all_axes, titles.items()):
        run = numbers(f"heads.{start}")
        for layer in range(4):
            for head in range(4):
                shares = [[snapshot[layer][head]["at"][i] for i in (0, 1, 3, 4)]
                          for snapshot in run["habits"]]
                axes.plot(run["steps"], [max(s) for s in shares], linewidth=1.8,
                          color=(ACCENT, SECOND, SOFT, SOFT)[layer])
        axes.set(title=title, xlabel="step", xlim=(0, 1900), ylim=(0, 1))
    all_axes[0].set_ylabel("share of one neighbour")
    for name, y, colour in (("layer 1", 0.80, ACCENT), ("layer 2", 0.57, SECOND),
                            ("all others", 0.10, SOFT)):
        all_axes[0].annotate(name, (900, y), ha="center", color=colour)
    save(figure, "heads-steps")


def simd_softmax_error():
    """The relative error of two polynomials as exp(r)."""
    data = numbers("simd_softmax.error")
    figure, axes = plt.subplots(figsize=(7.2, 3.2), layout="constrained")
    for key, name, colour, at, side in (("taylor", "Taylor", SECOND, 72, "right"),
                                        ("fitted", "fitted", ACCENT, 60, "center")):
        errors = [max(error, 1e-13) for error in data[key]]
        axes.semilogy(data["r"], errors, color=colour, linewidth=2.2)
        axes.annotate(name, (data["r"][at], errors[at]), xytext=(0, 10),
                      textcoords="offset points", color=colour, ha=side)
    axes.axhline(2**-25, color=SOFT, linewidth=1, linestyle=DASHED)
    axes.annotate("rounding to float32: 2⁻²⁵", (0, 2**-25), xytext=(0, 5), ha="center",
                  textcoords="offset points", color=SOFT)
    axes.set(xlabel="r", ylabel="relative error", ylim=(1e-12, 1e-6),
             xlim=(data["r"][0], data["r"][-1]), xticks=[data["r"][0], 0, data["r"][-1]])
    axes.set_xticklabels(["−½ ln 2", "0", "½ ln 2"])
    save(figure, "simd-softmax-error")


def bert_reach():
    """On which tokens the vector of each depends, in three kinds of encoder."""
    data = numbers("bert.reach")
    words = ["the", "bank", "of", "the", "river"]
    figure, all_axes = plt.subplots(1, 3, figsize=(8.6, 3.2), layout="constrained")
    titles = {"both": "BERT", "left": "GPT, and ELMo’s first", "right": "ELMo’s second"}
    for axes, (key, title) in zip(all_axes, titles.items()):
        rows = [data[key][5 * i:5 * i + 5] for i in range(5)]
        heat(axes, rows, 5, words, words, title)
    save(figure, "bert-reach")


def profile():
    """Where the time of a training step goes."""
    rows = numbers("measured.profile.rows")
    figure, axes = plt.subplots(figsize=(7.2, 3.4), layout="constrained")
    colours = [ACCENT if name.startswith(("linear", "self")) else SECOND for name in rows["name"]]
    axes.barh(rows["name"], rows["ms"], color=colours, height=0.7)
    for i, ms in enumerate(rows["ms"]):
        axes.annotate(f"{ms:.0f}", (ms, i), xytext=(4, 0), textcoords="offset points", va="center",
                      color=INK)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set(xlabel="ms of a step")
    save(figure, "profile")


def questions_rates():
    """The loss of descent on ½x² for four rates."""
    data = numbers("questions.descent")
    figure, axes = plt.subplots(figsize=(7.2, 3.2), layout="constrained")
    for key, rate, colour, at, shift in (("r1", "0.1", SECOND, 22, 14), ("r10", "1", THIRD, 0, 0),
                                         ("r19", "1.9", SOFT, 0, 0), ("r21", "2.1", ACCENT, 22, 8)):
        losses = [max(loss, 1e-6) for loss in data[key]]
        style = DASHED if key == "r19" else "-"
        axes.semilogy(range(31), losses, color=colour, linewidth=2.2, linestyle=style)
        if at:
            axes.annotate(f"rate {rate}", (at, losses[at]), xytext=(0, shift), color=colour,
                          textcoords="offset points", ha="right")
    axes.annotate("rate 1: 0 after one step", (1, 1e-4), xytext=(8, 0), color=THIRD,
                  textcoords="offset points")
    axes.annotate("and 1.9, on both sides of 0", (22, data["r1"][22]), xytext=(4, -16),
                  textcoords="offset points", color=SOFT, ha="right")
    axes.set(xlabel="step", ylabel="loss", xlim=(0, 30), ylim=(1e-5, 1e3))
    save(figure, "questions-rates")


def learning_text():
    """The accuracy of BERT-mini and of a table of neighbours over the text that they learned from."""
    data = numbers("learning.text")
    figure, axes = plt.subplots(figsize=(7.2, 3.4), layout="constrained")
    for name, accuracy, colour in (("BERT-mini", numbers("text_parts.end"), ACCENT),
                                   ("neighbour table", data["neighbours"], SECOND)):
        axes.semilogx(data["tokens"], accuracy, color=colour, linewidth=2.2, marker="o", markersize=4)
        axes.annotate(name, (data["tokens"][2], accuracy[2]), xytext=(0, -16),
                      textcoords="offset points", color=colour)
    axes.set(xlabel="tokens to learn from", ylabel="accuracy", ylim=(0, 0.45), xticks=data["tokens"])
    axes.set_xticklabels([f"{int(tokens):,}" for tokens in data["tokens"]])
    axes.minorticks_off()
    save(figure, "learning-text")


FIGURES_OF_CHAPTERS = (tensors_heads, visits, softmax_sharpness, attention_map, attention_scale,
                       head_times, products_size, modules_init, modules_descent,
                       layers_position, layers_flow, wordpiece_size, simd_softmax_error, bert_reach,
                       profile, questions_rates, learning_text, heads_steps)

if __name__ == "__main__":
    for draw in FIGURES_OF_CHAPTERS:
        draw()
