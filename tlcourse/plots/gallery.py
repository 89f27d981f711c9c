"""Rows of small pictures with their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.plots.style import COLORS, GRAY, new_figure, style

FRAMES = {
    "same": (COLORS[0], "-", 3.0),
    "other": (COLORS[6], (0, (3, 2)), 3.0),
    "query": ("#1a1a1a", "-", 1.2),
    None: ("none", "-", 0.0),
}


def gallery(
    images: Any,
    titles: Sequence[str] | None = None,
    frames: Sequence[str | None] | None = None,
    *,
    columns: int = 6,
    row_titles: Sequence[str] | None = None,
    title: str = "",
) -> Any:
    """Draw small pictures in rows, each with its name below and a frame.

    Args:
        images: Pictures, uint8 RGB (n, S, S, 3), filled row by row.
        titles: One name for each picture, printed under it.
        frames: One for each picture: "same" (solid: same class as the query), "other"
            (dashed: another class), "query" (thin), or None.
        columns: Pictures in a row.
        row_titles: One name for each row, printed at its left.
        title: Headline.

    Raises:
        CourseError: If names or frames do not pair with the pictures.
    """
    n = len(images)
    titles = [""] * n if titles is None else list(titles)
    frames = [None] * n if frames is None else list(frames)
    if not n or len(titles) != n or len(frames) != n:
        raise CourseError(
            f"There are {n} pictures, {len(titles)} names and {len(frames)} frames. Expected one "
            f"name and one frame for each of at least one picture."
        )
    unknown = [frame for frame in frames if frame not in FRAMES]
    if unknown:
        raise CourseError(f"Unknown frame {unknown[0]!r}. Expected 'same', 'other', 'query', None.")
    rows = -(-n // columns)
    with style():
        fig = new_figure(1.25 * columns + (0.8 if row_titles else 0), 1.5 * rows + 0.3)
        grid = fig.subplots(rows, columns, squeeze=False)
        for i, ax in enumerate(grid.flat):
            ax.set_xticks([])
            ax.set_yticks([])
            ax.grid(visible=False)
            ax.spines[:].set_visible(False)
            if i < n:
                _picture(ax, np.asarray(images[i]), titles[i], frames[i])
        for ax, name in zip(grid[:, 0], row_titles or [], strict=False):
            ax.set_ylabel(name, rotation=0, ha="right", va="center", labelpad=10)
        if title:
            fig.suptitle(title, x=0.01, ha="left", weight="bold")
    return fig


def _picture(ax: Any, image: np.ndarray, name: str, frame: str | None) -> None:
    ax.imshow(image.squeeze(), cmap="gray" if image.squeeze().ndim == 2 else None)
    color, line, width = FRAMES[frame]
    if width:
        ax.spines[:].set_visible(True)
        for spine in ax.spines.values():
            spine.set(color=color, linestyle=line, linewidth=width)
    ax.set_xlabel(_wrapped(name), fontsize=8.5, color=GRAY if not frame else "#1a1a1a")


def _wrapped(name: str, width: int = 16) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(name, width)[:2])
