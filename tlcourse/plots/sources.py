"""Figures of source tasks: good at home against useful here, and how many labels a score needs.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.style import COLORS, GRAY, INK, look, new_figure, style

Drawn = tuple[Any, str]

# Kind of source -> marker and color.
SOURCE_KINDS = {
    "same classes": ("o", COLORS[0]),
    "related": ("s", COLORS[4]),
    "unrelated": ("^", COLORS[1]),
    "null": ("X", COLORS[2]),
}


def home_and_away(
    home: Mapping[str, Sequence[float]],
    away: Mapping[str, Sequence[float]],
    kinds: Mapping[str, str],
    *,
    nothing: str,
    title: str = "",
) -> Drawn:
    """Draw accuracy on the target against the source model's accuracy on its own task.

    Args:
        home: Source → accuracy on its own task, one for each seed.
        away: Source → accuracy on the target, one for each seed.
        kinds: Source → key of `SOURCE_KINDS`.
        nothing: The source that learned nothing: drawn as a line with a band.
        title: Headline.
    """
    base = np.asarray(away[nothing], float)
    with style():
        fig = new_figure(8.2, 4.9)
        ax = fig.subplots()
        ax.axhspan(base.min(), base.max(), color="#ececec", zorder=-1)
        ax.axhline(base.mean(), color=GRAY, linestyle="--", linewidth=1.4, zorder=0)
        ax.text(0.005, base.mean(), f" {nothing}", transform=ax.get_yaxis_transform(),
                va="bottom", fontsize=9, color=INK)  # fmt: skip
        points = {}
        for name in (name for name in home if name != nothing):
            x, y = np.asarray(home[name], float), np.asarray(away[name], float)
            marker, color = SOURCE_KINDS[kinds[name]]
            ax.errorbar(
                [x.mean()], [y.mean()], [[y.mean() - y.min()], [y.max() - y.mean()]], fmt=marker,
                color=color, capsize=3, markersize=8,
            )  # fmt: skip
            points[name] = tuple(map(float, (x.mean(), y.mean(), y.min(), y.max())))
        for kind, (marker, color) in SOURCE_KINDS.items():
            if any(kinds[name] == kind for name in points):
                ax.plot([], [], marker, color=color, label=kind)
        ax.set(xlabel="accuracy of the source model on its own task", title=title, xlim=(0, 1.05))
        ax.set_ylabel("accuracy on the target (bars: seeds)")
        _names(ax, points)
        fig.legend(loc="outside lower center", ncols=4, fontsize=9.5)
    words = "; ".join(
        f"{name}: {x:.2f} at home, {y:.2f} here" for name, (x, y, *_) in points.items()
    )
    return fig, f"Scatter of ten sources. {words}. {nothing}: {base.mean():.2f} here."


def _names(ax: Any, points: Mapping[str, tuple[float, ...]]) -> None:
    """Write each name beside its point, where the fewest others are in the way."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    at = {
        name: ((x - left) / (right - left), *((v - bottom) / (top - bottom) for v in values))
        for name, (x, *values) in points.items()
    }
    taken: list[tuple[float, float, float, float]] = []  # boxes: x from, to, y from, to
    for name, (x, y, _, _) in at.items():
        width, places = 0.0125 * len(name), []
        for rise in (0.0, 0.05, -0.05, 0.1, -0.1):
            for side in (1, -1):
                start = x + 0.018 if side > 0 else x - 0.018 - width
                box = (start, start + width, y + rise - 0.025, y + rise + 0.025)
                others = [point for other, point in at.items() if other != name]
                places.append((_in_the_way(box, taken, others) + abs(rise), -side, rise, box))
        _, side, rise, box = min(places)
        side = -side  # on a tie the name stands on the right
        taken.append(box)
        ax.text(
            x + 0.018 * side, y + rise, name, transform=ax.transAxes, va="center", fontsize=9.5,
            ha="left" if side > 0 else "right",
        )  # fmt: skip


def _in_the_way(
    box: tuple[float, ...], taken: list[tuple[float, ...]], points: list[tuple[float, ...]]
) -> int:
    """Count boxes that overlap, points and their bars under the box, and room that is missing."""
    x0, x1, y0, y1 = box
    overlaps = sum(x0 < b and a < x1 and y0 < d and c < y1 for a, b, c, d in taken)
    hidden = sum(x0 - 0.01 < x < x1 + 0.01 and y0 < high and low < y1 for x, _, low, high in points)
    return 2 * overlaps + hidden + 3 * (x0 < 0 or x1 > 1)


def labels_needed(
    sizes: Sequence[int], taus: Mapping[str, Mapping[str, np.ndarray]], *, title: str = ""
) -> Drawn:
    """Draw how the agreement of scores with the truth grows with the number of labels.

    Args:
        sizes: Numbers of labeled pictures.
        taus: Target → score → weighted τ, one row for each size, one column for each draw.
        title: Headline.
    """
    with style():
        fig = new_figure(max(5.5, 3.6 * len(taus)), 3.9)
        axes = np.atleast_1d(fig.subplots(1, len(taus), sharey=True))
        ratio = max(sizes) / min(sizes)
        for ax, (target, scores) in zip(axes, taus.items(), strict=True):
            for i, (score, values) in enumerate(scores.items()):
                values = np.asarray(values, float)
                mean = values.mean(axis=1)
                bars = [mean - values.min(axis=1), values.max(axis=1) - mean]
                at = np.asarray(sizes) * ratio ** (0.02 * (i - 1))  # bars side by side
                ax.errorbar(at, mean, bars, label=score, capsize=3, **look(i))
            ax.axhline(0, color=GRAY, linestyle=":", linewidth=1.4, zorder=0)
            ax.set(xscale="log", title=target, xlabel="labeled pictures (log)", ylim=(-0.6, 1.05))
            ax.set_xticks(sizes, [str(n) for n in sizes])
            ax.minorticks_off()
        axes[0].set_ylabel("weighted τ with the truth\n(bars: all draws)")
        handles, words = axes[0].get_legend_handles_labels()
        fig.legend(handles, words, loc="outside lower center", ncols=len(words))
        fig.suptitle(title, x=0.01, ha="left", weight="bold")
    words = "; ".join(
        f"{score} on {target}: {np.mean(values[0]):.2f} with {sizes[0]}, {np.mean(values[-1]):.2f} "
        f"with {sizes[-1]}"
        for target, scores in taus.items()
        for score, values in scores.items()
    )
    return fig, f"Line chart of weighted tau against labeled pictures. {words}."
