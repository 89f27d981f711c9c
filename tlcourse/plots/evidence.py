"""Figures of activation maps: whose evidence lies where, what it is worth, and a shortcut.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.detection import picture
from tlcourse.plots.intervals import bounds, errors
from tlcourse.plots.style import COLORS, INK, new_figure, style

Drawn = tuple[Any, str]


def whose_evidence(
    images: np.ndarray, maps: Sequence[np.ndarray], names: Sequence[Sequence[str]], *, title: str
) -> Drawn:
    """Draw each scene, and beside it the map of each class over it.

    Contours at half and at four fifths of the range say the same as the color; a cross marks
    the maximum.

    Args:
        images: uint8 (n, S, S, 3).
        maps: For each class shown, enlarged maps (n, S, S).
        names: For each scene, the classes, in the order of `maps`.
        title: Headline.
    """
    n, k = len(images), len(maps)
    with style():
        fig = new_figure(1.75 * n + 0.2, 1.85 * (k + 1) + 0.5)
        axes = fig.subplots(k + 1, n, squeeze=False)
        for column in range(n):
            picture(axes[0, column], images[column])
            for row in range(k):
                ax = axes[row + 1, column]
                overlay(ax, images[column], maps[row][column])
                ax.set_xlabel(f"for “{names[column][row]}”", fontsize=9)
        fig.suptitle(title, x=0.01, ha="left", weight="bold")
    words = "; ".join(" and ".join(pair) for pair in names)
    return fig, (
        f"{n} scenes, each above the activation maps of {k} classes, with contours and a cross at "
        f"the maximum. Classes: {words}."
    )


def overlay(ax: Any, image: np.ndarray, cam: np.ndarray) -> None:
    """Draw a map over a gray version of its picture, with contours and a cross at the maximum."""
    size = image.shape[0]
    gray = np.repeat(image.mean(axis=-1, keepdims=True), 3, axis=-1).astype(np.uint8)
    picture(ax, gray)
    low, high = float(cam.min()), float(cam.max())
    ax.imshow(cam, extent=(0, size, size, 0), cmap="viridis", alpha=0.55, vmin=low, vmax=high)
    if high > low:
        at = np.arange(size) + 0.5
        levels = [low + share * (high - low) for share in (0.5, 0.8)]
        ax.contour(at, at, cam, levels=levels, colors=["white", INK], linewidths=(1.2, 1.6))
    y, x = np.unravel_index(cam.argmax(), cam.shape)
    ax.plot(x + 0.5, y + 0.5, marker="x", color="white", markersize=10, markeredgewidth=4)
    ax.plot(x + 0.5, y + 0.5, marker="x", color=COLORS[2], markersize=9, markeredgewidth=2.2)


def pointing(
    rows: Mapping[str, Any], random_heads: Sequence[float], *, n: int, title: str
) -> Drawn:
    """Draw how often each map peaks inside the box; random heads as small ticks.

    Args:
        rows: Name -> share with its interval, as `bounds` takes it.
        random_heads: One share for each head with random weights.
        n: Number of scenes.
        title: Headline.
    """
    names = [*rows, f"{len(random_heads)} random heads"]
    table = np.array([bounds(value) for value in rows.values()])
    y = np.arange(len(names))
    with style():
        fig = new_figure(8.0, 1.2 + 0.42 * len(names))
        ax = fig.subplots()
        ax.errorbar(
            table[:, 0], y[:-1], xerr=errors(table), fmt="o", color=COLORS[0], capsize=3
        )  # fmt: skip
        for row, (value, _, high) in enumerate(table):
            ax.annotate(
                f"{value:.2f}", (high, row), xytext=(6, 0), textcoords="offset points", va="center"
            )
        ax.plot(
            random_heads, np.full(len(random_heads), y[-1]), "|", color=COLORS[6], markersize=13
        )
        ax.plot(np.mean(random_heads), y[-1], "D", color=COLORS[6], markersize=5)
        ax.set_yticks(y, names)
        ax.set(xlim=(0, 1), xlabel=f"share of {n} scenes whose map peaks inside the box")
        ax.set_title(title)
        ax.invert_yaxis()
        ax.grid(axis="x")
        ax.grid(visible=False, axis="y")
    words = ", ".join(f"{name} {row[0]:.2f}" for name, row in zip(rows, table, strict=True))
    return fig, (
        f"Dot plot of the pointing game with intervals: {words}; random heads from "
        f"{min(random_heads):.2f} to {max(random_heads):.2f}, mean {np.mean(random_heads):.2f}."
    )


def shortcut(
    recall: Mapping[str, tuple[Any, Any]],
    shares: Mapping[str, tuple[float, float]],
    image: np.ndarray,
    cam: np.ndarray,
    *,
    name: str,
    corner: tuple[float, float, float],
) -> Drawn:
    """Draw what a sticker does: recall with and without it, what other classes become, one map.

    Args:
        recall: Which training pictures -> recall of the class (with sticker, without), as
            `bounds` takes it.
        shares: Other class -> share called `name` (without sticker, with).
        image: One stickered scene.
        cam: Its map, enlarged.
        name: The class that carried the sticker in training.
        corner: Where the sticker is: center x, center y, radius of the ring, pixels.
    """
    from matplotlib.patches import Circle

    with style():
        fig = new_figure(11.0, 3.5)
        left, middle, right = fig.subplots(1, 3, width_ratios=(1.1, 1.35, 1))
        marks = (("o", "-"), ("s", "--"))
        for i, (trained, pair) in enumerate(recall.items()):
            table = np.array([bounds(value) for value in pair])
            left.errorbar(
                (0, 1), table[:, 0], yerr=errors(table), color=COLORS[i], marker=marks[i][0],
                linestyle=marks[i][1], capsize=3, label=trained,
            )  # fmt: skip
        left.set_xticks((0, 1), ("with sticker", "the same\nwithout"))
        left.set(xlim=(-0.35, 1.35), ylim=(-0.03, 1.05), ylabel=f"recall of {name}")
        below = {"loc": "upper center", "fontsize": 8.5, "ncols": 2}
        left.legend(bbox_to_anchor=(0.5, -0.2), title="trained on", title_fontsize=8.5, **below)
        left.set_title("The cue is the class")
        y = np.arange(len(shares))
        for k, (hatch, text) in enumerate((("", "as they are"), ("///", "with sticker"))):
            middle.barh(
                y + 0.2 * (2 * k - 1), [pair[k] for pair in shares.values()], height=0.38,
                color=COLORS[3 * k], edgecolor=INK, linewidth=0.6, hatch=hatch, label=text,
            )  # fmt: skip
        middle.set_yticks(y, list(shares))
        middle.invert_yaxis()
        middle.set(xlim=(0, 1), xlabel=f"share called {name}")
        middle.grid(axis="x")
        middle.grid(visible=False, axis="y")
        middle.legend(bbox_to_anchor=(0.5, -0.2), **below)
        middle.set_title("Anybody may wear it")
        overlay(right, image, cam)
        right.add_patch(Circle(corner[:2], corner[2], fill=False, color=COLORS[2], linewidth=2.5))
        right.set_title(f"Map of {name}")
    pairs = "; ".join(
        f"trained on {trained}: {bounds(a)[0]:.2f} with, {bounds(b)[0]:.2f} without"
        for trained, (a, b) in recall.items()
    )
    mean = np.mean(list(shares.values()), axis=0)
    return fig, (
        f"Three panels. Recall of {name}, {pairs}. Share called {name}, mean of the other classes: "
        f"{mean[0]:.2f} as they are, {mean[1]:.2f} with sticker. The map of {name} on one scene, a "
        f"ring around the sticker."
    )


def finding_and_naming(rows: Mapping[str, tuple[Any, Any, Any]], *, title: str) -> Drawn:
    """Draw, for several test sets, how well objects are found, named, and both.

    Args:
        rows: Test set -> (average precision without names, share named right among the found,
            mean average precision), each as `bounds` takes it.
        title: Headline.
    """
    kinds = ("found: AP, names ignored", "named right, if found", "both: mAP")
    table = np.array([[bounds(value) for value in triple] for triple in rows.values()])
    y = np.arange(len(rows))
    with style():
        fig = new_figure(8.4, 1.5 + 0.6 * len(rows))
        ax = fig.subplots()
        for k, kind in enumerate(kinds):
            ax.errorbar(
                table[:, k, 0], y + 0.2 * (k - 1), xerr=errors(table[:, k]), fmt="os^"[k],
                color=COLORS[(0, 1, 2)[k]], capsize=3, label=kind,
            )  # fmt: skip
        ax.set_yticks(y, list(rows))
        ax.invert_yaxis()
        ax.set(xlim=(0, 1.02), xlabel="mean over folds, 95 % interval")
        ax.set_title(title)
        ax.grid(axis="x")
        ax.grid(visible=False, axis="y")
        fig.legend(loc="outside lower center", ncols=3)
    words = "; ".join(
        f"{name}: found {row[0, 0]:.2f}, named {row[1, 0]:.2f}, mAP {row[2, 0]:.2f}"
        for name, row in zip(rows, table, strict=True)
    )
    return fig, f"Dot plot of finding and naming on {len(rows)} test sets. {words}."


__all__ = ["finding_and_naming", "overlay", "pointing", "shortcut", "whose_evidence"]
