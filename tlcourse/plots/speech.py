"""Figures of speech: spectrograms with their axes, and which source met which condition."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.display import publish
from tlcourse.plots.intervals import bounds
from tlcourse.plots.style import COLORS, INK, new_figure, style
from tlcourse.speech.listen import players
from tlcourse.speech.log_mel import FLOOR, HOP, band_centers

_SHOWN_HERTZ = (100, 250, 500, 1_000, 2_000, 3_500)
_RATE = 8_000


def play(sounds: Mapping[str, np.ndarray]) -> None:
    """Show one player for each named clip, float (samples,) at 8 kHz. Press to hear."""
    page = players(dict(sounds))
    publish(page, "Sounds to play in a notebook: " + "; ".join(sounds))


def spectrograms(
    pictures: Mapping[str, np.ndarray], *, title: str = "", columns: int = 2, floor: float = FLOOR
) -> tuple[Any, str]:
    """Draw log-mel spectrograms with time in s, frequency in Hz and level in dB.

    Args:
        pictures: Title -> float (bands, frames) in [0, 1], row 0 the lowest band.
        title: Headline.
        columns: Panels in a row.
        floor: What 0 stands for, dB below the loudest point.

    Returns:
        The figure, and words that say how gray each picture is and where its sound lies.
    """
    rows = -(-len(pictures) // columns)
    with style():
        fig = new_figure(3.7 * columns, 2.3 * rows + 0.4)
        axes = np.atleast_1d(fig.subplots(rows, columns, sharex=True, sharey=True)).ravel()
        for ax, (name, picture) in zip(axes, pictures.items(), strict=False):
            image = _draw(ax, picture, floor)
            ax.set_title(name)
        for ax in axes[len(pictures) :]:
            ax.set_visible(False)
        for ax in axes[-columns:]:
            ax.set_xlabel("time, s")
        for ax in axes[::columns]:
            ax.set_ylabel("frequency, Hz")
        fig.colorbar(image, ax=axes.tolist(), label="level, dB below the loudest", shrink=0.8)
        if title:
            fig.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=11.5)
    words = "; ".join(f"{name}: {_describe(p)}" for name, p in pictures.items())
    return fig, f"Log-mel spectrograms. {words}."


def _draw(ax: Any, picture: np.ndarray, floor: float) -> Any:
    """Draw one spectrogram, lowest band at the bottom."""
    bands, frames = picture.shape
    image = ax.imshow(
        floor * (1 - picture),
        origin="lower",
        aspect="auto",
        cmap="gray_r",
        vmin=floor,
        vmax=0,
        extent=(0, frames * HOP / _RATE, -0.5, bands - 0.5),
    )
    ax.set_yticks(
        [int(np.abs(band_centers(bands) - h).argmin()) for h in _SHOWN_HERTZ],
        [f"{h:,}" for h in _SHOWN_HERTZ],
    )
    ax.grid(visible=False)
    return image


def _describe(picture: np.ndarray) -> str:
    """Say the mean level and when the energy comes, in words for those who cannot see it."""
    weight = picture.max(axis=0) ** 8
    center = float(np.sum(weight * np.arange(len(weight))) / weight.sum()) if weight.any() else 0.0
    return f"mean level {picture.mean():.2f} of full scale, loudest around {center / 100:.2f} s"


def source_cells(
    cells: Mapping[str, Mapping[str, Any]],
    references: Mapping[str, Mapping[str, Any]],
    *,
    title: str,
) -> tuple[Any, str]:
    """Draw a table of accuracies: pretrained in what (rows), tested in what (columns).

    Args:
        cells: Row name -> column name -> value with an interval, for the compared sources.
        references: The same for other ways, drawn below a line.
        title: Headline.
    """
    rows = {**cells, **references}
    columns = list(next(iter(rows.values())))
    table = np.array([[bounds(v)[0] for v in row.values()] for row in rows.values()])
    words = []
    with style():
        fig = new_figure(2.6 + 2.0 * len(columns), 1.2 + 0.62 * len(rows))
        ax = fig.subplots()
        ax.imshow(table, cmap="Blues", vmin=0, vmax=1.9, aspect="auto")
        for i, (name, row) in enumerate(rows.items()):
            for j, value in enumerate(row.values()):
                estimate, low, high = bounds(value)
                ax.text(
                    j, i, f"{estimate:.2f}\n[{low:.2f}, {high:.2f}]", ha="center", va="center",
                    color=INK, fontsize=9.5, linespacing=1.1,
                    fontweight="bold" if estimate == table[:, j].max() else "normal",
                )  # fmt: skip
            numbers = ", ".join(f"{c} {bounds(v)[0]:.2f}" for c, v in row.items())
            words.append(f"{name}: {numbers}")
        ax.axhline(len(cells) - 0.5, color=COLORS[2], linewidth=2)
        ax.set_xticks(range(len(columns)), columns)
        ax.set_yticks(range(len(rows)), list(rows))
        ax.tick_params(length=0)
        ax.xaxis.tick_top()
        ax.grid(visible=False)
        for spine in ax.spines.values():
            spine.set_visible(False)
        fig.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=11.5)
    return fig, f"Table of accuracies, the best of each column in bold. {'; '.join(words)}."


def lines_alt(opening: str, rungs: Sequence[str], series: Mapping[str, Sequence[Any]]) -> str:
    """Return words for lines over named positions."""
    parts = [
        f"{name}: " + ", ".join(f"{r} {bounds(v)[0]:.2f}" for r, v in zip(rungs, line, strict=True)
                                if v is not None)
        for name, line in series.items()
    ]  # fmt: skip
    return f"{opening} {'; '.join(parts)}."


def rows_alt(
    opening: str, left: Mapping[str, Any], right: Mapping[str, Any], labels: Sequence[str]
) -> str:
    """Return words for a dumbbell chart."""
    parts = [
        f"{name}: {labels[0]} {bounds(value)[0]:.2f}"
        + (f", {labels[1]} {bounds(right[name])[0]:.2f}" if name in right else "")
        for name, value in left.items()
    ]
    return f"{opening} {'; '.join(parts)}."


def note(text: str) -> None:
    """Show a line of words that is part of the lesson's output, plain and as HTML."""
    publish(f'<p style="max-width:60em">{html.escape(text)}</p>', text)
