"""Numbers with their intervals: dots in rows, lines over an axis, pairs joined by a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.plots.style import COLORS, GRAY, INK, look, new_figure, style


def bounds(value: Any) -> tuple[float, float, float]:
    """Return (estimate, low, high) of anything the course measures.

    Args:
        value: A `Result`, an `Interval`, a `Comparison`, a triple (estimate, low, high), or
            one number, which then has no interval.

    Raises:
        CourseError: If it is none of these.
    """
    if hasattr(value, "accuracy") and hasattr(value, "interval"):
        return (float(value.accuracy), *map(float, value.interval))
    for name in ("estimate", "difference"):
        if hasattr(value, name):
            return float(getattr(value, name)), float(value.low), float(value.high)
    try:
        numbers = np.empty(0) if value is None else np.atleast_1d(np.asarray(value, float))
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if numbers.shape == (1,):
        return (float(numbers[0]),) * 3
    if numbers.shape == (3,):
        return tuple(float(number) for number in numbers)
    raise CourseError(
        f"Cannot plot a {type(value).__name__} as a number with an interval. Expected a Result, an "
        f"Interval, a Comparison, one number, or (estimate, low, high)."
    )


def as_rows(values: Any) -> tuple[list[str], np.ndarray]:
    """Return names and an array (n, 3) of estimate, low, high.

    Args:
        values: A mapping from names to what `bounds` takes, or a sequence of `Result`s.
    """
    if isinstance(values, Mapping):
        names, items = [str(name) for name in values], list(values.values())
    else:
        items = list(values)
        names = [str(getattr(item, "name", i + 1)) for i, item in enumerate(items)]
    if not items:
        raise CourseError("There is nothing to plot. Expected at least one named value.")
    return names, np.array([bounds(item) for item in items], float)


def errors(table: np.ndarray) -> np.ndarray:
    """Return distances (2, n) from the estimates down and up to the ends of the intervals."""
    return np.abs(np.stack([table[:, 0] - table[:, 1], table[:, 2] - table[:, 0]]))


def dots_with_intervals(
    values: Any,
    *,
    xlabel: str = "accuracy",
    title: str = "",
    reference: float | None = None,
    reference_label: str = "",
    digits: int = 3,
) -> Any:
    """Draw one row for each value: a dot, its interval, and the number itself.

    Args:
        values: Mapping from names to `Result`s, `Interval`s, numbers or triples; or `Result`s.
        xlabel: What is measured, with its unit.
        title: Headline.
        reference: Where to draw a dotted line (the majority share, or 0 for differences).
        reference_label: What that line is.
        digits: Decimals of the printed numbers.

    Returns:
        The figure, rows from top to bottom in the order given.
    """
    names, table = as_rows(values)
    with style():
        fig = new_figure(7.2, 1.1 + 0.42 * len(names))
        ax = fig.subplots()
        y = np.arange(len(names))
        ax.errorbar(table[:, 0], y, xerr=errors(table), fmt="o", color=COLORS[0], capsize=3)
        for row, (estimate, _, high) in zip(y, table, strict=True):
            ax.annotate(
                f"{estimate:.{digits}f}",
                (max(high, estimate), row),
                xytext=(7, 0),
                textcoords="offset points",
                va="center",
            )
        _rows_axis(ax, names, xlabel, title)
        _reference(ax, reference, reference_label)
        ax.margins(x=0.14)
    return fig


def lines_with_intervals(
    x: Sequence[Any],
    series: Mapping[str, Sequence[Any]],
    *,
    xlabel: str,
    ylabel: str = "accuracy",
    title: str = "",
    log_x: bool = False,
    reference: float | None = None,
    reference_label: str = "",
) -> Any:
    """Draw one line for each series, with a bar for the interval at every point.

    Args:
        x: Positions: numbers, or names of cuts or blocks, which are spaced evenly.
        series: Mapping from names to one value for each position, as `bounds` takes them.
            A missing point is None.
        xlabel: What changes along the axis, with its unit.
        ylabel: What is measured, with its unit.
        title: Headline.
        log_x: Space numbers by their ratio, for instance numbers of labels.
        reference: Where to draw a dotted horizontal line.
        reference_label: What that line is.

    Raises:
        CourseError: If a series has another length than `x`.
    """
    numeric = all(isinstance(v, (int, float, np.number)) for v in x)
    at = np.asarray(x, float) if numeric else np.arange(len(x), dtype=float)
    with style():
        fig = new_figure()
        ax = fig.subplots()
        for i, (name, values) in enumerate(series.items()):
            if len(values) != len(at):
                raise CourseError(
                    f"Series '{name}' has {len(values)} values for {len(at)} positions. Expected "
                    f"one value for each position; write None where one is missing."
                )
            there = [j for j, value in enumerate(values) if value is not None]
            table = np.array([bounds(values[j]) for j in there], float).reshape(-1, 3)
            ax.errorbar(at[there], table[:, 0], errors(table), label=name, capsize=3, **look(i))
        if log_x:
            ax.set_xscale("log")
            ax.minorticks_off()
        if not numeric or len(at) <= 10:
            ax.set_xticks(at, [f"{v:g}" if numeric else str(v) for v in x])
        ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
        _reference(ax, reference, reference_label, vertical=False)
        if len(series) > 1:
            fig.legend(loc="outside lower center", ncols=min(len(series), 3))
    return fig


def dumbbell(
    left: Mapping[str, Any],
    right: Mapping[str, Any],
    *,
    labels: tuple[str, str],
    xlabel: str = "accuracy",
    title: str = "",
    reference: float | None = None,
    reference_label: str = "",
) -> Any:
    """Draw two values for each row, joined by a line: a filled circle and an open square.

    Args:
        left: Mapping from row names to the values drawn as filled circles.
        right: The same rows, drawn as open squares; a row may be missing.
        labels: What circles and squares mean, for the legend.
        xlabel: What is measured, with its unit.
        title: Headline.
        reference: Where to draw a dotted vertical line.
        reference_label: What that line is.
    """
    names, first = as_rows(left)
    unknown = [name for name in right if name not in names]
    if unknown:
        raise CourseError(
            f"Row '{unknown[0]}' has a square and no circle. Expected the rows {', '.join(names)}."
        )
    rows = [i for i, name in enumerate(names) if name in right]
    with style():
        fig = new_figure(7.2, 1.6 + 0.45 * len(names))
        ax = fig.subplots()
        y = np.arange(len(names), dtype=float)
        if rows:
            _, second = as_rows({names[i]: right[names[i]] for i in rows})
            ax.hlines(y[rows], first[rows, 0], second[:, 0], color="#c8c8c8", linewidth=4)
            open_square = {"fmt": "s", "mfc": "white", "mew": 1.8, "color": COLORS[2]}
            ax.errorbar(
                second[:, 0], y[rows] + 0.1, xerr=errors(second), capsize=3, **open_square,
                label=labels[1],
            )  # fmt: skip
        ax.errorbar(
            first[:, 0], y - 0.1, xerr=errors(first), fmt="o", color=COLORS[0], capsize=3,
            label=labels[0],
        )  # fmt: skip
        _rows_axis(ax, names, xlabel, title)
        _reference(ax, reference, reference_label)
        handles, words = ax.get_legend_handles_labels()
        order = np.argsort([words.index(word) if word != labels[0] else -1 for word in words])
        fig.legend(
            [handles[i] for i in order], [words[i] for i in order],
            loc="outside lower center", ncols=2,
        )  # fmt: skip
    return fig


def _rows_axis(ax: Any, names: list[str], xlabel: str, title: str) -> None:
    """Name the rows, the first on top, with vertical grid lines."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.tick_params(axis="y", length=0)
    ax.set(xlabel=xlabel, title=title)


def _reference(ax: Any, value: float | None, label: str, *, vertical: bool = True) -> None:
    if value is None:
        return
    line = ax.axvline if vertical else ax.axhline
    line(value, color=GRAY, linestyle=":", linewidth=1.6, zorder=0)
    if not label:
        return
    if vertical:
        ax.text(value, 1.0, f" {label}", transform=ax.get_xaxis_transform(), va="top", color=INK)
    else:
        ax.text(1.0, value, label, transform=ax.get_yaxis_transform(), va="bottom", ha="right")
