"""Figures of chapter 11, small machines: what a block weighs, and accuracy against size.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.intervals import bounds, errors
from tlcourse.plots.style import COLORS, HATCHES, new_figure, style

Drawn = tuple[Any, str]

KINDS = {  # kind of small model -> marker, color
    "cut trunk": ("o", COLORS[0]),
    "fewer bits": ("s", COLORS[1]),
    "fewer bits, one scale": ("P", COLORS[3]),
    "distilled": ("^", COLORS[2]),
}


def shares(cuts: Sequence[Any]) -> Drawn:
    """Draw each cut's share of parameters, multiply-adds and time.

    Args:
        cuts: `Cut`s with measured milliseconds, in order.
    """
    kinds = {
        "parameters": [c.parameters for c in cuts],
        "multiply-adds": [c.multiply_adds for c in cuts],
        "measured time": [c.milliseconds for c in cuts],
    }
    x = np.arange(len(cuts))
    with style():
        fig = new_figure(8.2, 3.8)
        ax = fig.subplots()
        words = []
        for i, (name, values) in enumerate(kinds.items()):
            percent = 100 * np.array(values) / values[-1]
            bars = ax.bar(
                x + 0.27 * (i - 1), percent, 0.26, color=COLORS[i], hatch=HATCHES[i],
                edgecolor="white", label=name,
            )  # fmt: skip
            ax.bar_label(bars, fmt="%.0f", padding=2, fontsize=8.5)
            words.append(f"{name} {', '.join(f'{p:.0f}' for p in percent)}")
        ax.set_xticks(x, [f"blocks 1 to {i + 1}" if i else "block 1" for i in x])
        ax.set(ylabel="share of the whole trunk (percent)", ylim=(0, 115))
        ax.set_title("Size lives late, time lives early")
        ax.legend(loc="upper left")
    return fig, f"Bars for cuts after blocks 1 to {len(cuts)}, percent: {'; '.join(words)}."


def size_and_accuracy(points: Sequence[tuple[str, str, float, Any, float]]) -> Drawn:
    """Draw accuracy against the size of the file, with the time beside each point.

    Args:
        points: (kind, name, megabytes, accuracy as `bounds` takes it, milliseconds a picture).
    """
    with style():
        fig = new_figure(9.4, 5.0)
        ax = fig.subplots()
        shown: set[str] = set()
        for kind, name, size, accuracy, milliseconds in points:
            marker, color = KINDS[kind]
            value = np.array([bounds(accuracy)])
            ax.errorbar(
                size, value[0, 0], yerr=errors(value), fmt=marker, color=color, capsize=2,
                markersize=8, elinewidth=1, label=None if kind in shown else kind,
            )  # fmt: skip
            shown.add(kind)
            left = kind.startswith("fewer")  # so that two signs at one size keep their words apart
            ax.annotate(
                f"{name}, {milliseconds:.1f} ms", (size, value[0, 0]), fontsize=8.5,
                xytext=(-7, -11) if left else (7, 4), textcoords="offset points",
                ha="right" if left else "left",
            )  # fmt: skip
        ax.set_xscale("log")
        low, high = min(p[2] for p in points), max(p[2] for p in points)
        ax.set_xlim(low / 1.4, high * 3.2)
        ticks = [t for t in (0.1, 0.3, 1, 3, 10, 30, 60) if low / 1.4 <= t <= high * 1.2]
        ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
        ax.minorticks_off()
        ax.set(xlabel="size of the weights (MB, log)", ylabel="accuracy, 95 % interval")
        ax.set_title("Accuracy, size and speed of small models")
        ax.legend(loc="lower right")
        ax.grid(visible=True, axis="both")
    words = "; ".join(
        f"{name} {size:.2f} MB, accuracy {bounds(a)[0]:.2f}, {ms:.1f} ms"
        for _, name, size, a, ms in points
    )
    return fig, f"Scatter plot of accuracy against size. {words}."


def bits(rows: Mapping[str, Mapping[int, Any]]) -> Drawn:
    """Draw accuracy against the bits of a weight, one line for each way to scale.

    Args:
        rows: Way → {bits: accuracy as `bounds` takes it}.
    """
    words = []
    with style():
        fig = new_figure(7.0, 3.8)
        ax = fig.subplots()
        for i, (name, found) in enumerate(rows.items()):
            sizes = sorted(found)
            table = np.array([bounds(found[b]) for b in sizes])
            ax.errorbar(
                np.array(sizes) + 0.06 * (i - 0.5), table[:, 0], yerr=errors(table),
                color=COLORS[i], marker=("o", "s")[i % 2], linestyle=("-", "--")[i % 2],
                capsize=3, label=name,
            )  # fmt: skip
            each = [f"{b} bits {t[0]:.2f}" for b, t in zip(sizes, table, strict=True)]
            words.append(f"{name}: {', '.join(each)}")
        ax.set_xticks(sorted({b for found in rows.values() for b in found}))
        ax.set(xlabel="bits for each weight", ylabel="accuracy, 95 % interval")
        ax.set_title("How many bits does a weight need?")
        ax.legend(loc="lower right")
    return fig, f"Accuracy against bits. {'; '.join(words)}."
