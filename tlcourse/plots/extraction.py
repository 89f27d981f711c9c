"""Figures of feature extraction: a collapse, what moved, few labels, and maps.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.intervals import bounds, errors
from tlcourse.plots.style import COLORS, GRAY, HATCHES, INK, LINES, MARKERS, new_figure, style

Drawn = tuple[Any, str]


def collapse(runs: Sequence[Any], *, entropy: float, class_names: Sequence[str]) -> Drawn:
    """Draw the loss of every step of several runs, and what the networks answer at the end.

    Args:
        runs: Records with `seed`, `losses`, `predictions` and `labels`.
        entropy: Entropy of the labels, nats: what a network pays that ignores the picture.
        class_names: In label order.
    """
    n_classes = len(class_names)
    predicted = sum(np.bincount(run.predictions, minlength=n_classes) for run in runs)
    true = sum(np.bincount(run.labels, minlength=n_classes) for run in runs)
    with style():
        fig = new_figure(10.2, 3.9)
        left, right = fig.subplots(1, 2, width_ratios=[1.25, 1])
        for i, run in enumerate(runs):
            looks = {"color": COLORS[i], "marker": MARKERS[i], "linestyle": LINES[i % len(LINES)]}
            steps = np.arange(1, len(run.losses) + 1)
            left.plot(steps, run.losses, label=f"seed {run.seed}", markersize=5, **looks)
        left.axhline(entropy, color=INK, linestyle=":", linewidth=1.6, label="entropy of labels")
        left.set(yscale="log", xlabel="training step", ylabel="loss of the batch (nats, log)")
        left.set_title("One step destroys it")
        left.legend(ncols=2, fontsize=9, loc="upper right")
        x = np.arange(n_classes)
        right.bar(x - 0.2, true, 0.4, label="true", color=COLORS[3], edgecolor="white")
        right.bar(
            x + 0.2, predicted, 0.4, label="predicted", color=COLORS[1], hatch=HATCHES[1],
            edgecolor="white",
        )  # fmt: skip
        right.set_xticks(x, class_names, rotation=40, ha="right", rotation_mode="anchor")
        right.set(ylabel="held-out pictures, all runs", title="What it answers afterwards")
        right.legend()
    first, peak, last = (
        [run.losses[0] for run in runs],
        [max(run.losses) for run in runs],
        [run.losses[-1] for run in runs],
    )
    named = int((predicted > 0).sum())
    alt = (
        f"Line chart of {len(runs)} runs: the loss starts near {np.median(first):.1f}, leaps to "
        f"between {min(peak):,.0f} and {max(peak):,.0f}, and ends between {min(last):.1f} and "
        f"{max(last):.1f}; the entropy of the labels is {entropy:.2f}. Bar chart: together the "
        f"runs name {named} of {n_classes} classes, and {predicted.max() / predicted.sum():.0%} of "
        f"all answers are '{class_names[int(predicted.argmax())]}'."
    )
    return fig, alt


def moved(change: Mapping[str, float], constant: Mapping[str, float]) -> Drawn:
    """Draw how far each kernel moved, and how many units of each block went silent.

    Args:
        change: Layer name -> relative change of its kernel.
        constant: Block name -> share of its pooled units that never change.
    """
    values, shares = 100 * np.array(list(change.values())), 100 * np.array(list(constant.values()))
    with style():
        fig = new_figure(10.2, 3.6)
        left, right = fig.subplots(1, 2, width_ratios=[1.6, 1])
        x = np.arange(len(values))
        left.bar(x, values, color=COLORS[0], edgecolor="white")
        left.set_xticks(x, list(change), rotation=45, ha="right", rotation_mode="anchor")
        left.set(ylabel="change of the kernel (%)", title="The weights moved a little")
        x = np.arange(len(shares))
        right.plot(x, shares, color=COLORS[2], marker="o", linestyle=":")
        for i, share in enumerate(shares):
            right.annotate(
                f"{share:.0f} %", (i, share), xytext=(0, 8), textcoords="offset points", ha="center"
            )
        names = [name.replace("_pool", "").replace("block", "block ") for name in constant]
        right.set_xticks(x, names)
        right.set(ylabel="constant units (%)", ylim=(-4, 115), xlim=(-0.4, len(shares) - 0.6))
        right.set_title("The features went dead")
    steps = ", ".join(f"{share:.0f}" for share in shares)
    alt = (
        f"Bars of kernel change, from {values.min():.0f} percent ({list(change)[values.argmin()]}) "
        f"to {values.max():.0f} percent ({list(change)[values.argmax()]}). Dots of constant units "
        f"from block 1 to block 5: {steps} percent."
    )
    return fig, alt


def few_labels(
    labels: Sequence[int], zeros: Sequence[Any], random: Sequence[Any], gains: Sequence[Any]
) -> Drawn:
    """Draw a zero-started head against a randomly started one, for several numbers of labels.

    Args:
        labels: Numbers of labels.
        zeros: Accuracy from zeros for each, as `bounds` takes it.
        random: Accuracy from random weights for each.
        gains: Paired difference for each, as `bounds` takes it.
    """
    with style():
        fig = new_figure(7.2, 5.2)
        top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=[1.5, 1])
        series = (("start from zeros", zeros), ("random start (Glorot)", random))
        for i, (name, values) in enumerate(series):
            table = np.array([bounds(v) for v in values])
            at = np.asarray(labels) * (max(labels) / min(labels)) ** (0.006 - 0.012 * i)
            looks = {"color": COLORS[2 * i], "marker": MARKERS[i], "linestyle": LINES[i]}
            top.errorbar(at, table[:, 0], errors(table), label=name, capsize=3, **looks)
        top.set(ylabel="accuracy", title="The fewer labels, the more a random start costs")
        top.legend(loc="lower right")
        table = 100 * np.array([bounds(gain) for gain in gains])
        bottom.errorbar(labels, table[:, 0], errors(table), fmt="D", color=INK, capsize=3)
        bottom.axhline(0, color=GRAY, linestyle=":", linewidth=1.6)
        bottom.set(xscale="log", xlabel="labeled pictures (log)", ylabel="gain of zeros (points)")
        bottom.set_xticks(labels, [str(n) for n in labels])
        bottom.minorticks_off()
    words = "; ".join(
        f"{n} labels: {g[0]:+.1f} points, {g[1]:+.1f} to {g[2]:+.1f}"
        for n, g in zip(labels, table, strict=True)
    )
    alt = f"Line chart of accuracy and of the paired gain of zeros over a random start. {words}."
    return fig, alt


def maps(points: Mapping[str, np.ndarray], labels: np.ndarray, class_names: Sequence[str]) -> Drawn:
    """Draw two-dimensional maps side by side, with a marker for each class.

    Axes have no ticks: neither distances nor directions of such a map mean anything.

    Args:
        points: Title of the map -> positions (n, 2).
        labels: int (n,).
        class_names: In label order.
    """
    with style():
        fig = new_figure(max(6.4, 3.6 * len(points) + 0.4), 4.3)
        axes = np.atleast_1d(fig.subplots(1, len(points)))
        for ax, (title, xy) in zip(axes, points.items(), strict=True):
            for c, name in enumerate(class_names):
                looks = {"marker": MARKERS[c % len(MARKERS)], "color": COLORS[c % len(COLORS)]}
                own = xy[labels == c]
                ax.scatter(*own.T, s=24, linewidths=0.5, edgecolors="white", label=name, **looks)
            for c, place in _label_places(xy, labels).items():
                box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": COLORS[c % len(COLORS)]}
                ax.annotate(class_names[c], place, ha="center", va="center", fontsize=8.5, bbox=box)
            ax.set(xticks=[], yticks=[], title=title)
            ax.spines[:].set_visible(False)
            ax.grid(visible=False)
        handles, names = axes[0].get_legend_handles_labels()
        fig.legend(handles, names, loc="outside lower center", ncols=min(8, len(names)), fontsize=9,
                   columnspacing=1, handletextpad=0.3)  # fmt: skip
    alt = (
        f"{len(points)} maps of {len(labels)} pictures, one marker shape for each of "
        f"{len(class_names)} classes: {', '.join(points)}. Distances between groups mean nothing."
    )
    return fig, alt


def _label_places(xy: np.ndarray, labels: np.ndarray) -> dict[int, np.ndarray]:
    """Return a place for each class name: the middle of its points, moved off other names."""
    height, width = 0.055 * np.ptp(xy[:, 1]), 0.22 * np.ptp(xy[:, 0])
    middles = {int(c): np.median(xy[labels == c], axis=0) for c in np.unique(labels)}
    placed: dict[int, np.ndarray] = {}
    for c, middle in sorted(middles.items(), key=lambda item: item[1][1]):
        place = middle.copy()
        for other in sorted(placed.values(), key=lambda p: p[1]):
            close = np.abs(place - other) < (width, height)
            if close.all():
                place[1] = other[1] + height
        placed[c] = place
    return placed
