"""Pictures of tables: the confusion matrix and the ledger of repairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.plots.intervals import bounds, errors
from tlcourse.plots.style import COLORS, GRAY, INK, new_figure, style


@dataclass(frozen=True)
class Rung:
    """One line of a ledger: a change, and what it gave and cost.

    Args:
        name: The change, short.
        accuracy: A `Result`, `Interval`, number or (estimate, low, high).
        weights: Number of trained weights.
        seconds: Time, s.
        note: Words to print beside the dot, where the rung deserves them.
    """

    name: str
    accuracy: Any
    weights: float
    seconds: float
    note: str = ""


def confusion(
    result: Any, *, class_names: Sequence[str] | None = None, title: str = "", counts: bool = True
) -> Any:
    """Draw a confusion matrix: rows are true classes, columns are predicted ones.

    Shades are shares of the row, so that rare classes are as visible as frequent ones.

    Args:
        result: A `Result`, or counts (C, C).
        class_names: Names in label order; taken from the `Result` when None.
        title: Headline.
        counts: Print the counts into the cells.
    """
    table = np.asarray(getattr(result, "confusion", result))
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not len(table):
        raise CourseError(
            f"A confusion matrix has one row and one column for each class, but this has shape "
            f"{table.shape}. Pass a Result or counts of shape (classes, classes)."
        )
    names = class_names or getattr(result, "class_names", None) or range(len(table))
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    side = 2.2 + 0.52 * len(table)
    with style():
        fig = new_figure(side + 0.8, side)
        ax = fig.subplots()
        image = ax.imshow(share, cmap="Blues", vmin=0, vmax=1)
        ax.set_xticks(range(len(table)), names, rotation=45, ha="right", rotation_mode="anchor")
        ax.set_yticks(range(len(table)), names)
        ax.grid(visible=False)
        ax.spines[:].set_visible(False)
        if counts:
            for i, j in np.argwhere(table > 0):
                color = "white" if share[i, j] > 0.55 else INK
                ax.text(j, i, f"{table[i, j]:g}", ha="center", va="center", color=color)
        ax.set(xlabel="predicted class", ylabel="true class", title=title)
        fig.colorbar(image, ax=ax, label="share of the true class", shrink=0.8)
    return fig


def ledger(rungs: Sequence[Rung | tuple], *, title: str = "") -> Any:
    """Draw a ledger: what each change gave (accuracy) and cost (trained weights, seconds).

    Three panels share their rows, in order from the top. A rung whose accuracy falls
    below the interval of the one before is marked, because a repair may lose before it wins.

    Args:
        rungs: `Rung`s, or tuples (name, accuracy, weights, seconds) and optionally a note.
        title: Headline.
    """
    rungs = [rung if isinstance(rung, Rung) else Rung(*rung) for rung in rungs]
    if not rungs:
        raise CourseError("The ledger is empty. Expected at least one rung.")
    table = np.array([bounds(rung.accuracy) for rung in rungs])
    y = np.arange(len(rungs))
    with style():
        fig = new_figure(10.5, 1.5 + 0.5 * len(rungs))
        left, middle, right = fig.subplots(1, 3, sharey=True, width_ratios=[1.5, 1, 1])
        left.errorbar(table[:, 0], y, xerr=errors(table), fmt="o", color=COLORS[0], capsize=3)
        left.plot(table[:, 0], y, color="#c8c8c8", linewidth=1.2, zorder=0)
        for row, rung in enumerate(rungs):
            _accuracy_label(left, table, row, rung.note)
        left.set_xlabel("accuracy, 95 % interval")
        left.margins(x=0.2)
        _log_bars(middle, [rung.weights for rung in rungs], "trained weights (log)", COLORS[4], "")
        seconds = [rung.seconds for rung in rungs]
        _log_bars(right, seconds, "seconds (log)", COLORS[1], "///")
        left.set_yticks(y, [rung.name for rung in rungs])
        left.set_ylim(len(rungs) - 0.4, -0.7)
        for ax in (left, middle, right):
            ax.grid(visible=False, axis="y")
            ax.tick_params(axis="y", length=0)
        left.grid(visible=True, axis="x")
        fig.suptitle(title, x=0.01, ha="left", weight="bold")
    return fig


def ledger_alt(rungs: Sequence[Rung | tuple]) -> str:
    """Say in words what `ledger` draws, rung by rung, with the numbers that were measured."""
    rungs = [rung if isinstance(rung, Rung) else Rung(*rung) for rung in rungs]
    words = []
    for rung in rungs:
        estimate, low, high = bounds(rung.accuracy)
        words.append(
            f"{rung.name}: accuracy {estimate:.3f} ({low:.3f} to {high:.3f}), "
            f"{rung.weights:,.0f} trained weights, {rung.seconds:.3g} seconds"
        )
    return f"Ledger of {len(rungs)} rungs. " + "; ".join(words) + "."


def _accuracy_label(ax: Any, table: np.ndarray, row: int, note: str) -> None:
    estimate = table[row, 0]
    down = row > 0 and estimate < table[row - 1, 1]
    words = [f"{estimate:.3f}", "(down)" if down else "", note]
    ax.annotate(
        " ".join(word for word in words if word),
        (estimate, row),
        xytext=(0, 7),
        textcoords="offset points",
        ha="center",
        fontsize=9,
        weight="bold" if down else "normal",
        color=COLORS[2] if down else INK,
    )


def _log_bars(ax: Any, values: Sequence[float], xlabel: str, color: str, hatch: str) -> None:
    """Draw bars on a logarithmic axis with the numbers at their ends; 0 has no bar."""
    values = np.asarray(values, float)
    some = values[values > 0]
    floor = 10 ** np.floor(np.log10(some.min()) - 0.3) if len(some) else 0.1
    ceiling = some.max() * 60 if len(some) else 10
    shown = np.maximum(values, floor)
    y = np.arange(len(values))
    ax.barh(y, shown, height=0.55, color=color, alpha=0.75, hatch=hatch, edgecolor="white")
    ax.set(xscale="log", xlim=(floor, ceiling), xlabel=xlabel)
    for row, value in enumerate(values):
        text = f"{value:,.0f}" if value >= 100 or value == 0 else f"{value:.2g}"
        ax.text(shown[row] * 1.25, row, text, va="center", fontsize=9)
    ax.tick_params(axis="x", colors=GRAY)
