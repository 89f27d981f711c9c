"""Figures of comparisons: six questions, false alarms, reliability, curves and gains.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.intervals import bounds, errors
from tlcourse.plots.style import COLORS, GRAY, INK, LINES, MARKERS, new_figure, style

Drawn = tuple[Any, str]


def questions(
    corrected: Mapping[str, Any], naive: Mapping[str, Any], kept: Mapping[str, bool]
) -> Drawn:
    """Draw a forest plot of paired differences, with naive and with corrected intervals.

    Args:
        corrected: Question -> difference with its corrected interval, as `bounds` takes it.
        naive: The same with the interval of the plain t test.
        kept: Whether the question survives Holm's correction.
    """
    names = list(corrected)
    wide = 100 * np.array([bounds(corrected[name]) for name in names])
    thin = 100 * np.array([bounds(naive[name]) for name in names])
    filled = np.array([kept[name] for name in names])
    counts = [int(((t[:, 1] > 0) | (t[:, 2] < 0)).sum()) for t in (thin, wide)]
    with style():
        fig = new_figure(8.4, 1.6 + 0.55 * len(names))
        ax = fig.subplots()
        _draw_questions(ax, wide, thin, filled)
        ax.set_yticks(range(len(names)), names)
        ax.set_title(
            f"Clear of zero: naive {counts[0]} of {len(names)}, corrected {counts[1]}, "
            f"after Holm {int(filled.sum())}"
        )
        fig.legend(loc="outside lower center", ncols=4)
    words = "; ".join(
        f"{name}: {w[0]:+.1f} points, corrected {w[1]:+.1f} to {w[2]:+.1f}, naive {t[1]:+.1f} to "
        f"{t[2]:+.1f}"
        for name, w, t in zip(names, wide, thin, strict=True)
    )
    alt = (
        f"Forest plot of {len(names)} questions. The naive interval excludes zero in {counts[0]}, "
        f"the corrected one in {counts[1]}; Holm keeps {int(filled.sum())}. {words}."
    )
    return fig, alt


def _draw_questions(ax: Any, wide: np.ndarray, thin: np.ndarray, filled: np.ndarray) -> None:
    """Draw a thick bar for the corrected interval, a thin capped line for the naive one."""
    y = np.arange(len(wide))
    ax.hlines(
        y + 0.13, wide[:, 1], wide[:, 2], color=COLORS[0], linewidth=6, alpha=0.55,
        label="corrected",
    )  # fmt: skip
    ax.errorbar(
        thin[:, 0], y - 0.13, xerr=errors(thin), fmt="none", ecolor=INK, capsize=4,
        elinewidth=1.4, label="naive",
    )  # fmt: skip
    for shown, fill, label in (
        (filled, COLORS[2], "kept after Holm"), (~filled, "white", "not kept"),
    ):  # fmt: skip
        if shown.any():
            ax.plot(
                wide[shown, 0], y[shown], "o", mfc=fill, mec=COLORS[2], mew=1.8, markersize=8,
                label=label,
            )  # fmt: skip
    ax.axvline(0, color=GRAY, linestyle=":", linewidth=1.6)
    ax.set_ylim(len(wide) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.tick_params(axis="y", length=0)
    ax.set(xlabel="difference in accuracy, points (95 % interval)")


def alarms(found: Any) -> Drawn:
    """Draw the false-alarm rates of two tests against the number of splits.

    Args:
        found: Record with `repeats`, `naive`, `corrected`, `n_worlds` and `level`.
    """
    x = np.asarray(found.repeats)
    naive, corrected = 100 * np.asarray(found.naive), 100 * np.asarray(found.corrected)
    with style():
        fig = new_figure(7.0, 3.9)
        ax = fig.subplots()
        series = (
            ("naive paired t", naive, "^", "--", COLORS[2]),
            ("corrected", corrected, "o", "-", COLORS[0]),
        )
        for name, values, mark, line, color in series:
            error = 196 * np.sqrt(np.maximum(values / 100 * (1 - values / 100), 0) / found.n_worlds)
            low = np.minimum(error, values)
            ax.errorbar(
                x, values, (low, error), marker=mark, linestyle=line, color=color, label=name,
                capsize=3,
            )  # fmt: skip
            above = name != "corrected"
            for at, value, up in zip(x, values, error, strict=True):
                ax.annotate(
                    f"{value:.0f} %", (at, value + up if above else max(value - up, 0)),
                    xytext=(0, 5 if above else -13), textcoords="offset points", ha="center",
                    fontsize=9,
                )  # fmt: skip
        ax.axhline(100 * found.level, color=GRAY, linestyle=":", linewidth=1.8)
        ax.set(xscale="log", xlabel="splits J of the same pictures (log)", ylim=(-9, 100))
        ax.set_xticks(x, [str(v) for v in x])
        ax.minorticks_off()
        ax.margins(x=0.1)
        ax.set(ylabel="false alarms (%)", title="More splits, more false alarms")
        ax.legend(loc="upper left")
    words = "; ".join(
        f"{J} splits: naive {a:.0f}, corrected {b:.0f}"
        for J, a, b in zip(x, naive, corrected, strict=True)
    )
    alt = (
        f"Lines of false alarms in percent over {found.n_worlds} data sets without any difference, "
        f"nominal {100 * found.level:.0f}. {words}."
    )
    return fig, alt


def reliability(before: Any, after: Any, *, names: tuple[str, str], title: str) -> Drawn:
    """Draw two reliability diagrams, and both ECE against what a perfect model would show.

    Args:
        before: A `Calibration`.
        after: A `Calibration` of the same items.
        names: What to call the two.
        title: Headline.
    """
    with style():
        fig = new_figure(10.2, 3.9)
        left, right = fig.subplots(1, 2, width_ratios=[1.5, 1])
        left.plot([0, 1], [0, 1], color=GRAY, linestyle=":", linewidth=1.6)
        for i, (name, found) in enumerate(zip(names, (before, after), strict=True)):
            _draw_bins(left, found, name, i)
            _draw_yardstick(right, found, i)
        left.set(xlabel="confidence", ylabel="share correct", xlim=(0, 1.03), ylim=(-0.03, 1.05))
        left.set_title(title)
        left.legend(loc="upper left", markerscale=0.7)
        right.set_xticks([0, 1], list(names))
        right.set(ylabel="ECE", xlim=(-0.6, 1.75))
        right.set_ylim(0, 1.25 * max(before.ece, after.ece, before.null_95, after.null_95))
        right.set_title("ECE and a perfect model's range")
    words = "; ".join(
        f"{name}: ECE {f.ece:.3f}, a perfect model shows {f.null_mean:.3f} on average and up to "
        f"{f.null_95:.3f}, {f.verdict}"
        for name, f in zip(names, (before, after), strict=True)
    )
    alt = (
        f"Reliability diagram of {before.n} pictures before and after; ECE against the range of "
        f"a calibrated world (hatched up to its 95th percentile, line at its mean). {words}."
    )
    return fig, alt


def _draw_bins(ax: Any, found: Any, name: str, i: int) -> None:
    """Draw the bars of a reliability diagram as points; larger ones hold more pictures."""
    bins = [b for b in found.bins if b.n]
    x, y = np.array([[b.confidence, b.accuracy] for b in bins]).T
    span = np.array([[b.accuracy - b.accuracy_low, b.accuracy_high - b.accuracy] for b in bins])
    color, mark = (COLORS[2], "^") if i == 0 else (COLORS[0], "o")
    ax.errorbar(x, y, np.maximum(span.T, 0), fmt="none", ecolor=color, elinewidth=1, alpha=0.6)
    most = max(b.n for b in bins)
    sizes = [18 + 260 * b.n / most for b in bins]
    ax.scatter(x, y, s=sizes, label=name, edgecolors="white", color=color, marker=mark)


def _draw_yardstick(ax: Any, found: Any, i: int) -> None:
    """Draw an ECE against the range of a calibrated world: up to its 95th percentile."""
    ax.bar(i, found.null_95, 0.5, color="#dfe7ee", edgecolor=GRAY, hatch="//", zorder=1)
    ax.plot([i - 0.25, i + 0.25], [found.null_mean] * 2, color=INK, zorder=2)
    color, mark = (COLORS[2], "^") if i == 0 else (COLORS[0], "o")
    ax.plot(i, found.ece, mark, color=color, zorder=3, markersize=9)
    ax.annotate(
        f"{found.ece:.3f}", (i, found.ece), xytext=(32, 0), textcoords="offset points", va="center"
    )


def curves_and_gains(
    labels: Sequence[int],
    curves: Mapping[str, Mapping[int, Any]],
    gains: Mapping[str, Sequence[Any]],
    *,
    title: str,
) -> Drawn:
    """Draw accuracy against labels, and below it the transfer gain with its verdict.

    Args:
        labels: All numbers of labels on the axis.
        curves: Name -> {labels -> accuracy, as `bounds` takes it}.
        gains: Name -> `Gain`s, with their `labels`.
        title: Headline.
    """
    with style():
        fig = new_figure(7.8, 6.0)
        top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=[1.25, 1])
        for i, (name, values) in enumerate(curves.items()):
            table = np.array([bounds(value) for value in values.values()])
            look = {"color": COLORS[2 * i % 10], "marker": MARKERS[i], "linestyle": LINES[i]}
            top.errorbar(
                _beside(values, i), table[:, 0], errors(table), capsize=3, label=name, **look
            )
        top.set(ylabel="accuracy", ylim=(0, 1.03), title=title)
        top.legend(loc="lower right")
        words = []
        for i, (name, found) in enumerate(gains.items()):
            at = _beside([gain.labels for gain in found], i)
            table = 100 * np.array([[gain.gain, gain.low, gain.high] for gain in found])
            mark = "ov^"[i % 3]
            look = {"color": COLORS[(0, 6, 4)[i % 3]], "linestyle": LINES[i]}
            bottom.errorbar(
                at, table[:, 0], errors(table), marker=mark, capsize=3, label=name, **look
            )
            for place, gain, row in zip(at, found, table, strict=True):
                if gain.high < 0:
                    bottom.annotate(
                        "negative\ntransfer", (place, row[1]), xytext=(0, -4), fontsize=8.5,
                        textcoords="offset points", ha="center", va="top", weight="bold",
                    )  # fmt: skip
                words.append(
                    f"{name}, {gain.labels} labels: {row[0]:+.1f} points, {row[1]:+.1f} to "
                    f"{row[2]:+.1f}, {gain.word}"
                )
        bottom.axhline(0, color=GRAY, linestyle=":", linewidth=1.6)
        bottom.set(xscale="log", xlabel="labeled pictures (log)", ylabel="transfer gain (points)")
        bottom.set_xticks(labels, [str(n) for n in labels])
        bottom.minorticks_off()
        bottom.margins(y=0.22)
        fig.legend(*bottom.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig, f"Learning curves, and transfer gain below. {'; '.join(words)}."


def _beside(labels: Sequence[int], i: int) -> np.ndarray:
    """Move the points of series i a little, so that intervals do not cover each other."""
    return np.asarray(list(labels), float) * 1.03 ** (i - 0.5)
