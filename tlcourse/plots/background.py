"""Figures of the background chapter: a hunt for twins, gain by depth, and when it pays.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from tlcourse.plots.intervals import bounds, errors
from tlcourse.plots.style import COLORS, GRAY, INK, LINES, MARKERS, new_figure, style

Drawn = tuple[Any, str]
_SIGNS = {True: ("✓", COLORS[0]), False: ("✗", COLORS[6])}


def twins(
    images: np.ndarray,
    other_images: np.ndarray,
    shown: Mapping[str, Any],
    rows: Sequence[int],
    by_block: Mapping[str, Sequence[Any]],
    pixels: Any,
) -> Drawn:
    """Draw who is nearest in the other style, and how often it is the same thing.

    Args:
        images: Pictures to ask about, uint8 (n, S, S, 3).
        other_images: Pictures of the other style.
        shown: Column name -> record with `nearest` and `found`.
        rows: Which pictures to show.
        by_block: Series name -> share found for block 1 to 5, as `bounds` takes them.
        pixels: Share found by raw pixels.
    """
    with style():
        fig = new_figure(11.0, 0.92 * len(rows) + 0.5)
        left, right = fig.subfigures(1, 2, width_ratios=[1.15, 1])
        grid = left.subplots(len(rows), 1 + len(shown), squeeze=False)
        for line, row in zip(grid, rows, strict=True):
            _thumbnail(line[0], images[row])
            for ax, hunt in zip(line[1:], shown.values(), strict=True):
                _thumbnail(ax, other_images[hunt.nearest[row]])
                sign, color = _SIGNS[bool(hunt.found[row])]
                ax.set_ylabel(sign, rotation=0, color=color, fontsize=15, labelpad=8, va="center")
        for ax, name in zip(grid[0], ["asked for", *shown], strict=True):
            ax.set_title(name, fontsize=9.5, loc="center", weight="normal")
        _shares(right.subplots(), by_block, pixels)
    words = "; ".join(
        f"{name}: " + ", ".join(f"{bounds(v)[0]:.2f}" for v in values)
        for name, values in by_block.items()
    )
    hits = "; ".join(
        f"{' '.join(name.split())}: {int(hunt.found[list(rows)].sum())} of {len(rows)}"
        for name, hunt in shown.items()
    )
    alt = (
        f"Left, {len(rows)} emoji and the nearest picture in another style; the same thing was "
        f"found by {hits}. Right, share of all {len(images)} emoji whose nearest picture in the "
        f"other style is the same thing, block 1 to 5. {words}. Pixels: {bounds(pixels)[0]:.2f}."
    )
    return fig, alt


def _thumbnail(ax: Any, image: np.ndarray) -> None:
    ax.imshow(image)
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


def _shares(ax: Any, by_block: Mapping[str, Sequence[Any]], pixels: Any) -> None:
    for i, (name, values) in enumerate(by_block.items()):
        table, at = np.array([bounds(v) for v in values]), np.arange(1, len(values) + 1)
        looks = {"color": COLORS[2 * i], "marker": MARKERS[2 * i], "linestyle": LINES[i]}
        ax.errorbar(at, table[:, 0], errors(table), label=name, capsize=3, **looks)
    ax.axhline(bounds(pixels)[0], color=INK, linestyle=":", linewidth=1.6, label="pixels")
    ax.set_xticks(at, [f"block {i}" for i in at])
    ax.set(ylabel="share found first, 95 % interval", ylim=(0, None))
    ax.set_title("The same thing in another style")
    ax.legend(fontsize=9, loc="upper left")


def gain_by_depth(gains: Mapping[str, Sequence[Any]], *, labels_per_class: int) -> Drawn:
    """Draw what pretrained weights add to random ones, block by block, for each target.

    Args:
        gains: Target -> paired difference for block 1 to 5, as `bounds` takes them.
        labels_per_class: For the headline.
    """
    tables = {name: 100 * np.array([bounds(g) for g in values]) for name, values in gains.items()}
    blocks = np.arange(1, len(next(iter(tables.values()))) + 1)
    with style():
        fig = new_figure(8.2, 4.6)
        ax = fig.subplots()
        ax.axhline(0, color=INK, linewidth=2.2, zorder=1)
        places = _apart([table[-1, 0] for table in tables.values()], least=5.0)
        for i, (name, table) in enumerate(tables.items()):
            looks = {"color": COLORS[(0, 1, 2)[i]], "marker": MARKERS[i], "linestyle": LINES[i]}
            ax.fill_between(blocks, table[:, 1], table[:, 2], color=looks["color"], alpha=0.18)
            ax.plot(blocks, table[:, 0], linewidth=2.4, markersize=8, **looks)
            ax.annotate(
                f"{name}  {table[-1, 0]:+.0f}".replace("-", "−"), (blocks[-1], table[-1, 0]),
                (blocks[-1] + 0.12, places[i]), va="center", weight="bold", fontsize=11,
            )  # fmt: skip
        ax.annotate(
            "random weights", (1, 0), xycoords=ax.get_yaxis_transform(), xytext=(-4, 3),
            textcoords="offset points", ha="right", fontsize=9, color=GRAY,
        )  # fmt: skip
        ax.set_xticks(blocks, [f"block {b}" for b in blocks])
        ax.set(xlim=(0.85, blocks[-1] + 1.15), xlabel="block where VGG16 is cut")
        ax.set_ylabel("gain of pretrained over random (points)")
        ax.set_title(f"What pretraining adds, block by block ({labels_per_class} labels per class)")
    words = "; ".join(
        f"{name}: "
        + ", ".join(f"{g:+.0f} ({low:+.0f} to {high:+.0f})" for g, low, high in table)
        + f", highest at block {blocks[table[:, 0].argmax()]}"
        for name, table in tables.items()
    )
    return fig, (
        f"Line chart with bands: gain in points of pretrained over random weights at block 1 to "
        f"{blocks[-1]}, with 95 % intervals. {words}."
    )


def _apart(values: Sequence[float], least: float) -> list[float]:
    """Move labels apart until neighbors are `least` from each other, keeping their order."""
    order = np.argsort(values)
    places = np.array(values, float)
    for below, above in pairwise(order):
        places[above] = max(places[above], places[below] + least)
    return places.tolist()


def when_it_pays(panels: Mapping[str, tuple[Sequence[int], Mapping[str, Sequence[Any]]]]) -> Drawn:
    """Draw accuracy against labels for each class, one panel for each target.

    Args:
        panels: Target -> (labels per class, method -> records with `per_draw`).
    """
    with style():
        fig = new_figure(10.4, 4.3)
        axes = fig.subplots(1, len(panels), squeeze=False)[0]
        for ax, (title, (sizes, methods)) in zip(axes, panels.items(), strict=True):
            for i, (name, values) in enumerate(methods.items()):
                draws = np.array([v.per_draw for v in values])
                middle = draws.mean(axis=1)
                ends = np.stack([middle - draws.min(axis=1), draws.max(axis=1) - middle])
                at = np.asarray(sizes) * 1.03 ** (i - (len(methods) - 1) / 2)
                looks = {"color": COLORS[i], "marker": MARKERS[i], "linestyle": LINES[i]}
                ax.errorbar(at, middle, ends, label=name, capsize=2.5, **looks)
            ax.set(xscale="log", title=title, xlabel="labels per class (log)", ylabel="accuracy")
            ax.set_xticks(sizes, [str(n) for n in sizes])
            ax.minorticks_off()
            ax.legend(fontsize=8.5, loc="lower right")
    words = ". ".join(
        f"{title}, {sizes[0]} to {sizes[-1]} labels per class: "
        + "; ".join(
            f"{name} {values[0].estimate:.2f} to {values[-1].estimate:.2f}"
            for name, values in methods.items()
        )
        for title, (sizes, methods) in panels.items()
    )
    return fig, f"Line charts of accuracy against labels, bars show the range of draws. {words}."
