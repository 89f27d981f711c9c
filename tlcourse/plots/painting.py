"""Figures of style transfer: pictures in rows, and what happened to the losses.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.detection import picture
from tlcourse.plots.style import COLORS, MARKERS, look, new_figure, style

Drawn = tuple[Any, str]


def rows_of_pictures(
    rows: Sequence[Sequence[np.ndarray]],
    columns: Sequence[str],
    *,
    notes: Sequence[Sequence[str]],
    title: str,
    alt: str,
    side: float = 2.0,
) -> Drawn:
    """Draw pictures in a grid with a name above each column and a note below each picture.

    Args:
        rows: Pictures uint8 (S, S, 3), row by row.
        columns: Names of the columns.
        notes: One note for each picture, "" for none.
        title: Headline.
        alt: What the pictures show.
        side: Width of a picture, inches.
    """
    with style():
        fig = new_figure(side * len(columns), (side + 0.28) * len(rows) + 0.65)
        axes = fig.subplots(len(rows), len(columns), squeeze=False)
        for i, (pictures, words) in enumerate(zip(rows, notes, strict=True)):
            for ax, one, note in zip(axes[i], pictures, words, strict=True):
                picture(ax, one)
                ax.set_xlabel(note, fontsize=8.5)
        for ax, name in zip(axes[0], columns, strict=True):
            ax.set_title(name, fontsize=10.5, loc="center")
        fig.suptitle(title, x=0.01, ha="left", weight="bold")
    return fig, alt


def losses(tracks: Mapping[str, tuple[Sequence[float], Sequence[float]]], *, title: str) -> Drawn:
    """Draw style loss (share of its start, logarithmic) and content loss over steps.

    Args:
        tracks: Name -> (style losses, content losses) at each step.
        title: Headline.
    """
    with style():
        fig = new_figure(9.0, 3.3)
        left, right = fig.subplots(1, 2)
        for i, (name, (painted, kept)) in enumerate(tracks.items()):
            line = {k: v for k, v in look(i).items() if k != "marker"}
            left.plot(np.array(painted) / painted[0], label=name, **line)
            right.plot(kept, label=name, **line)
        left.axhline(0.05, color="#6b6b6b", linewidth=1, linestyle=(0, (1, 1)))
        left.text(1, 0.053, "a twentieth", fontsize=8.5, color="#6b6b6b", va="bottom")
        left.set(yscale="log", xlabel="step", ylabel="share of the first style loss")
        right.set(xlabel="step", ylabel="content loss")
        left.set_title(title)
        left.legend(fontsize=8.5)
    words = "; ".join(
        f"{name}: {100 * (1 - painted[-1] / painted[0]):.1f} % of the style loss gone after "
        f"{len(painted) - 1} steps, content loss {kept[-1]:.2f}"
        for name, (painted, kept) in tracks.items()
    )
    return fig, f"Two line charts over steps. {words}."


def judges(
    values: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    pictures: Sequence[str],
    *,
    title: str,
) -> Drawn:
    """Draw distances to the style for two painters, one line for each picture.

    Args:
        values: Judge -> (distances of the first painter, of the second), one for each picture.
        pictures: What each picture shows.
        title: Headline.
    """
    with style():
        fig = new_figure(2.6 * len(values) + 0.6, 3.4)
        axes = np.atleast_1d(fig.subplots(1, len(values)))
        for ax, (name, (first, second)) in zip(axes, values.items(), strict=True):
            for i, pair in enumerate(zip(first, second, strict=True)):
                ax.plot((0, 1), pair, color=COLORS[i], marker=MARKERS[i], label=pictures[i])
            ax.set_xticks((0, 1), ("pretrained", "random\nweights"))
            ax.set(xlim=(-0.3, 1.3), ylim=(0, None))
            ax.set_title(name, fontsize=10)
        axes[0].set_ylabel("distance to the style, lower is better")
        axes[-1].legend(loc="lower right", fontsize=8)
        fig.suptitle(title, x=0.01, ha="left", weight="bold")
    words = "; ".join(
        f"{name}: {np.mean(a):.3f} pretrained, {np.mean(b):.3f} random weights, pretrained nearer "
        f"in {sum(x < y for x, y in zip(a, b, strict=True))} of {len(a)}"
        for name, (a, b) in values.items()
    )
    return fig, f"Slope chart of distances to the style. {words}."
