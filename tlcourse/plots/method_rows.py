"""Methods in rows: every draw, the mean with its interval, and the difference to a rival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.intervals import bounds, errors
from tlcourse.plots.style import COLORS, GRAY, INK, new_figure, style

# Family -> color and marker: two signs for one thing.
FAMILIES = {
    "traditional": (COLORS[1], "s"),
    "scratch": (COLORS[2], "^"),
    "random": (COLORS[8], "D"),
    "pretrained": (COLORS[0], "o"),
}


def side_by_side(
    rows: Sequence[Any],
    differences: Mapping[str, Any],
    *,
    rival: str,
    references: Mapping[str, float],
) -> tuple[Any, str]:
    """Draw every method's draws, mean and interval, and its difference to one rival.

    Args:
        rows: Records with `name`, `family`, `per_draw`, `estimate`, `low` and `high`; drawn
            from the lowest mean to the highest.
        differences: Name -> paired difference to the rival; the rival itself is left out.
        rival: Name of the rival.
        references: Name -> accuracy, drawn as dotted lines.
    """
    rows = sorted(rows, key=lambda row: row.estimate)
    with style():
        fig = new_figure(10.6, 1.7 + 0.42 * len(rows))
        left, right = fig.subplots(1, 2, sharey=True, width_ratios=[1.7, 1])
        _method_rows(left, rows)
        for i, (name, value) in enumerate(references.items()):
            left.axvline(value, color=GRAY, linestyle=":", linewidth=1.6, zorder=0)
            left.annotate(
                name, (value, 0.0), (3, 4 + 11 * i), xycoords=left.get_xaxis_transform(),
                textcoords="offset points", fontsize=8.5,
            )  # fmt: skip
        left.set(xlabel="accuracy, every draw and mean with 95 % interval")
        left.set_title("The same labels, the same unseen pictures")
        there = [i for i, row in enumerate(rows) if row.name in differences]
        table = 100 * np.array([bounds(differences[rows[i].name]) for i in there])
        right.axvline(0, color=INK, linewidth=1.8)
        for i, line in zip(there, table, strict=True):
            color, marker = FAMILIES[rows[i].family]
            right.errorbar(line[0], i, xerr=errors(line[None]), fmt=marker, color=color, capsize=3)
        right.set(xlabel=f"points more than '{rival}'", title="Paired difference")
        _finish((left, right), [row.name for row in rows])
        handles = [_key(left, name) for name in FAMILIES if any(r.family == name for r in rows)]
        fig.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=9)
    words = "; ".join(f"{r.name} {r.estimate:.2f} ({r.low:.2f} to {r.high:.2f})" for r in rows)
    gains = "; ".join(f"{rows[i].name} {g[0]:+.0f}" for i, g in zip(there, table, strict=True))
    lines = ", ".join(f"{name} {value:.2f}" for name, value in references.items())
    return fig, (
        f"Rows of methods by mean accuracy with 95 % interval: {words}. Dotted lines: {lines}. "
        f"Right, points more than '{rival}': {gains}."
    )


def sequence_rows(rows: Sequence[Any], *, chance: float) -> tuple[Any, str]:
    """Draw networks that read sequences in rows, with the line of chance.

    Args:
        rows: Records as for `side_by_side`, drawn from top to bottom.
        chance: Accuracy of guessing.
    """
    with style():
        fig = new_figure(8.2, 1.6 + 0.42 * len(rows))
        ax = fig.subplots()
        _method_rows(ax, rows[::-1])
        ax.axvline(chance, color=GRAY, linestyle=":", linewidth=1.6, zorder=0)
        ax.annotate(
            " chance", (chance, 1.0), xycoords=ax.get_xaxis_transform(), fontsize=9, va="top"
        )
        ax.set(xlabel="accuracy on digits by other voices, every draw and mean with 95 % interval")
        ax.set_title("A trained state is a feature vector too")
        _finish((ax,), [row.name for row in rows[::-1]])
        handles = [_key(ax, name) for name in FAMILIES if any(r.family == name for r in rows)]
        fig.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=9)
    words = "; ".join(f"{r.name} {r.estimate:.2f} ({r.low:.2f} to {r.high:.2f})" for r in rows)
    alt = f"Rows of methods with mean accuracy and 95 % interval: {words}. Chance {chance:.2f}."
    return fig, alt


def _method_rows(ax: Any, rows: Sequence[Any]) -> None:
    for i, row in enumerate(rows):
        color, marker = FAMILIES[row.family]
        ax.plot(
            row.per_draw, np.full(len(row.per_draw), i - 0.15), linestyle="", marker=marker,
            markersize=5, color=color, alpha=0.45, markeredgewidth=0,
        )  # fmt: skip
        table = np.array([bounds(row)])
        ax.errorbar(
            table[:, 0], [i + 0.15], xerr=errors(table), fmt=marker, color=color, capsize=3,
            markersize=7,
        )  # fmt: skip
        ax.annotate(
            f"{row.estimate:.2f}", (max(row.high, row.per_draw.max()), i), (8, 0),
            textcoords="offset points", va="center", fontsize=9.5,
        )  # fmt: skip


def _finish(axes: Sequence[Any], names: Sequence[str]) -> None:
    axes[0].set_yticks(range(len(names)), names)
    axes[0].set_ylim(-0.7, len(names) - 0.3)
    axes[0].margins(x=0.1)
    for ax in axes:
        ax.grid(visible=False, axis="y")
        ax.grid(visible=True, axis="x")
        ax.tick_params(axis="y", length=0)


def _key(ax: Any, family: str) -> Any:
    color, marker = FAMILIES[family]
    names = {"traditional": "written by people", "random": "random weights"}
    label = names.get(family, family)
    return ax.plot([], [], marker=marker, color=color, linestyle="", label=label)[0]
