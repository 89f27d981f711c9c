"""Figures of the first lesson: a whole training set, a curve that misleads, a race, and luck.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.intervals import bounds
from tlcourse.plots.style import COLORS, GRAY, INK, new_figure, style

Drawn = tuple[Any, str]


def montage(images: np.ndarray, columns: int, *, gap: int = 4) -> np.ndarray:
    """Put small pictures side by side, row by row, on white; uint8 (height, width, 3)."""
    rows, side = -(-len(images) // columns), images.shape[1]
    sheet = np.full((rows * (side + gap) - gap, columns * (side + gap) - gap, 3), 255, np.uint8)
    for i, image in enumerate(images):
        y, x = (side + gap) * (i // columns), (side + gap) * (i % columns)
        sheet[y : y + side, x : x + side] = image
    return sheet


def training_set(images: np.ndarray, labels: np.ndarray, class_names: Sequence[str]) -> Drawn:
    """Draw every training picture, one row for each class.

    Args:
        images: uint8 RGB (n, S, S, 3), the same number for each class.
        labels: int (n,).
        class_names: In label order.
    """
    n_classes = len(class_names)
    columns = len(labels) // n_classes
    in_rows = images[np.argsort(labels, kind="stable")]
    side = images.shape[1] + 4
    with style():
        fig = new_figure(0.72 * columns + 1.2, 0.72 * n_classes + 0.5)
        ax = fig.subplots()
        ax.imshow(montage(in_rows, columns))
        ax.set_yticks(side * np.arange(n_classes) + side / 2, class_names)
        ax.set_xticks([])
        ax.tick_params(length=0)
        ax.grid(visible=False)
        ax.spines[:].set_visible(False)
        ax.set_title(f"Everything there is to learn from: {len(labels)} pictures")
    names = ", ".join(class_names)
    alt = f"{len(labels)} pictures in {n_classes} labeled rows of {columns}: {names}."
    return fig, alt


def learning(
    training: Sequence[float], unseen: Sequence[float], references: Mapping[str, float]
) -> Drawn:
    """Draw accuracy on training pictures and on unseen ones, epoch by epoch.

    Args:
        training: Accuracy on the training pictures after each epoch.
        unseen: The same on pictures that were not trained on.
        references: Names and heights of dotted horizontal lines.
    """
    epochs = np.arange(1, len(training) + 1)
    every = max(1, len(epochs) // 10)
    series = (
        ("training pictures", training, "o", "-", 2),
        ("unseen pictures", unseen, "s", "--", 0),
    )
    with style():
        fig = new_figure(7.6, 4.0)
        ax = fig.subplots()
        for name, values, marker, line, color in series:
            ax.plot(
                epochs, values, marker=marker, linestyle=line, color=COLORS[color], markevery=every
            )
            ax.annotate(
                f" {name}\n {values[-1]:.2f}", (epochs[-1], values[-1]), va="center",
                color=INK, xytext=(4, 0), textcoords="offset points",
            )  # fmt: skip
        for name, height in references.items():
            ax.axhline(height, color=GRAY, linestyle=":", linewidth=1.4, zorder=0)
            ax.annotate(
                name, (0.5 * len(epochs), height), va="bottom", fontsize=9, color=INK,
                xytext=(0, 2), textcoords="offset points",
            )  # fmt: skip
        ax.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 1.05), xlim=(0, 1.33 * len(epochs)))
        ax.set_xticks(np.linspace(0, len(epochs), 5).round().astype(int))
        ax.set_title("Right about what it has seen")
    alt = (
        f"Two lines over {len(epochs)} epochs. Accuracy on training pictures goes from "
        f"{training[0]:.2f} to {training[-1]:.2f}; on unseen pictures from {unseen[0]:.2f} to "
        f"{unseen[-1]:.2f}. Dotted lines: "
        + ", ".join(f"{name} {height:.2f}" for name, height in references.items())
        + "."
    )
    return fig, alt


def race(
    scratch: Sequence[float],
    transfer: Sequence[float],
    gain: Any,
    guesses: Mapping[str, float | None] | None = None,
) -> Drawn:
    """Draw paired draws of two contestants, and their difference with its interval.

    Args:
        scratch: Accuracy in each draw.
        transfer: Accuracy in the same draws.
        gain: Mean difference with `low` and `high`, as `tl.evaluation.transfer_gain` returns it,
            or (estimate, low, high).
        guesses: What the learner expected, "scratch" and "transfer"; None where there is none.
    """
    pairs = list(zip(scratch, transfer, strict=True))
    estimate, low, high = (
        (gain.gain, gain.low, gain.high) if hasattr(gain, "gain") else bounds(gain)
    )
    with style():
        fig = new_figure(9.4, 4.2)
        left, right = fig.subplots(1, 2, width_ratios=[1.5, 1])
        _pairs(left, scratch, transfer)
        for x, name in ((0, "scratch"), (1, "transfer")):
            guess = (guesses or {}).get(name)
            if guess is not None:
                left.hlines(guess, x - 0.3, x + 0.3, color=COLORS[4], linestyle="--", linewidth=1.6)
                left.annotate("your guess", (x + 0.3, guess), va="bottom", ha="right", fontsize=9)
        left.set_title("Same pictures, two starts")
        _difference(right, estimate, low, high)
    won = sum(b > a for a, b in pairs)
    alt = (
        f"{len(pairs)} paired draws; transfer is above scratch in {won} of {len(pairs)}; mean "
        f"{np.mean(scratch):.3f} against {np.mean(transfer):.3f}; mean difference {estimate:+.3f}, "
        f"95 % interval {low:+.3f} to {high:+.3f}."
    )
    return fig, alt


def _pairs(ax: Any, scratch: Sequence[float], transfer: Sequence[float]) -> None:
    """Draw two columns of dots joined pair by pair, with their means."""
    for pair in zip(scratch, transfer, strict=True):
        ax.plot((0, 1), pair, color="#b0b0b0", linewidth=1.4, zorder=1)
    for x, values, marker, color in ((0, scratch, "o", 2), (1, transfer, "^", 0)):
        mean = np.mean(values)
        ax.scatter([x] * len(values), values, marker=marker, s=60, color=COLORS[color], zorder=3)
        ax.hlines(mean, x - 0.12, x + 0.12, color=INK, linewidth=2.4, zorder=2)
        side, where = (-24, "right") if x == 0 else (24, "left")
        ax.annotate(
            f"mean\n{mean:.2f}", (x, mean), xytext=(side, 0), textcoords="offset points",
            ha=where, va="center",
        )  # fmt: skip
    ax.set_xticks((0, 1), ("from scratch", "transfer"))
    ax.set(xlim=(-0.5, 1.5), ylim=(0, 1), ylabel="accuracy on unseen pictures")


def _difference(ax: Any, estimate: float, low: float, high: float) -> None:
    """Draw one paired difference with its interval and a line at zero."""
    ax.errorbar(
        [estimate], [0], xerr=[[estimate - low], [high - estimate]], fmt="D", capsize=4, color=INK
    )
    ax.axvline(0, color=GRAY, linestyle=":", linewidth=1.6)
    ax.annotate(
        f"{estimate:+.2f} [{low:+.2f}, {high:+.2f}]", (estimate, 0), xytext=(0, 12),
        textcoords="offset points", ha="center",
    )  # fmt: skip
    reach = 1.35 * max(abs(low), abs(high), 0.05)
    ax.set(xlim=(min(-0.06, low - 0.05, -0.2 * reach), max(reach, 0.1)), ylim=(-1, 1), yticks=[])
    ax.set(xlabel="transfer − scratch, 95 % interval", title="The difference")
    ax.grid(visible=False, axis="y")


def luck(sizes: Sequence[int], accuracies: np.ndarray, *, reference: float | None = None) -> Drawn:
    """Draw the accuracy of every draw against the number of labels for each class.

    Args:
        sizes: Labels for each class, rising.
        accuracies: Accuracy for each size and draw, (S, J).
        reference: Where to draw a dashed line: the network trained from scratch.
    """
    table = np.asarray(accuracies, float)
    means, spread = table.mean(axis=1), np.ptp(table, axis=1)
    rng = np.random.default_rng(0)
    with style():
        fig = new_figure(7.6, 4.2)
        ax = fig.subplots()
        for size, values in zip(sizes, table, strict=True):
            ax.scatter(
                size * np.exp(rng.uniform(-0.07, 0.07, len(values))), values, s=22,
                color=COLORS[0], alpha=0.55, linewidths=0,
            )  # fmt: skip
            ax.vlines(size, values.min(), values.max(), color=GRAY, linewidth=1.2, zorder=0)
        ax.plot(sizes, means, color=INK, marker="D", markersize=5, linewidth=1.2, label="mean")
        if reference is not None:
            ax.axhline(reference, color=COLORS[2], linestyle="--", linewidth=1.6)
            ax.annotate(
                "from scratch, 10 per class", (sizes[-1], reference), ha="right", va="bottom",
                fontsize=9, xytext=(0, 2), textcoords="offset points",
            )  # fmt: skip
        ax.set(
            xscale="log", xlabel="labels for each class (log)", ylabel="accuracy on unseen pictures"
        )
        ax.set_xticks(list(sizes), [str(s) for s in sizes])
        ax.minorticks_off()
        ax.set_title("Fewer labels cost accuracy and certainty")
    words = "; ".join(
        f"{s}: mean {m:.2f}, {low:.2f} to {high:.2f}"
        for s, m, low, high in zip(sizes, means, table.min(axis=1), table.max(axis=1), strict=True)
    )
    alt = (
        f"Dots for {table.shape[1]} draws against labels for each class. {words}. From the best to "
        f"the worst draw it is {spread[0]:.2f} at {sizes[0]} and {spread[-1]:.2f} at {sizes[-1]}."
    )
    return fig, alt


def answer(picture: np.ndarray, class_names: Sequence[str], chances: Sequence[float]) -> Drawn:
    """Draw one picture beside the chance of each class.

    Args:
        picture: uint8 RGB (S, S, 3).
        class_names: In label order.
        chances: One for each class, adding up to 1.
    """
    order = np.argsort(chances)
    with style():
        fig = new_figure(7.2, 0.7 + 0.34 * max(len(order), 5))
        left, right = fig.subplots(1, 2, width_ratios=[1, 1.6])
        left.imshow(picture)
        left.set_axis_off()
        bars = right.barh([class_names[c] for c in order], np.asarray(chances)[order])
        right.bar_label(bars, [f"{chances[c]:.0%}" for c in order], padding=4)
        right.set(xlim=(0, 1.12), xlabel="chance", title="It has to choose one of these")
        right.grid(visible=False)
    best = ", ".join(f"{class_names[c]} {chances[c]:.0%}" for c in order[::-1][:3])
    return fig, f"One picture and a bar for each of {len(order)} classes. Most likely: {best}."


def confusions(result: Any, *, most: int = 3) -> list[tuple[str, str, int]]:
    """Return the most frequent confusions of a `Result`: true class, answer, count."""
    table = np.asarray(result.confusion).copy()
    np.fill_diagonal(table, 0)
    order = np.argsort(-table, axis=None, kind="stable")[:most]
    cells = [np.unravel_index(i, table.shape) for i in order]
    names = result.class_names
    return [(names[i], names[j], int(table[i, j])) for i, j in cells if table[i, j]]
