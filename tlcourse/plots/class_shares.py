"""Figures of targets with other class shares: the crossing, and clouds pulled together.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.adaptation import rows_axis
from tlcourse.plots.intervals import bounds, errors
from tlcourse.plots.style import COLORS, GRAY, LINES, MARKERS, new_figure, style

Drawn = tuple[Any, str]


def crossing(
    shares: Sequence[float], lines: Mapping[str, Sequence[Any]], restricted: Mapping[str, Mapping]
) -> Drawn:
    """Draw accuracy against the share of two classes, and gains on restricted targets beside it.

    Args:
        shares: Shares of the two classes in the target.
        lines: Method → value for each share, as `bounds` takes it.
        restricted: Restricted target → method → paired gain over source only.
    """
    with style():
        fig = new_figure(11.0, 4.4)
        left, right = fig.subplots(1, 2, width_ratios=[1.15, 1])
        for i, (name, values) in enumerate(lines.items()):
            table = np.array([bounds(v) for v in values])
            at = np.asarray(shares) + 0.012 * (i - len(lines) / 2)
            left.errorbar(
                at, table[:, 0], errors(table), label=name, capsize=2, color=COLORS[i],
                marker=MARKERS[i], linestyle=LINES[i], elinewidth=1,
            )  # fmt: skip
        left.set(xlabel="share of the two classes in the target", ylabel="accuracy, 95 % interval")
        left.set_title("The crossing")
        fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=len(lines))
        methods = list(next(iter(restricted.values())))
        for i, name in enumerate(methods):
            table = 100 * np.array([bounds(gains[name]) for gains in restricted.values()])
            at = np.arange(len(table)) + 0.17 * (i - (len(methods) - 1) / 2)
            right.errorbar(
                table[:, 0], at, xerr=errors(table), fmt=MARKERS[i + 1], color=COLORS[i + 1],
                capsize=3, label=name,
            )  # fmt: skip
        right.axvline(0, color=GRAY, linestyle=":", linewidth=1.6)
        names = [name.replace(" + ", " +\n") for name in restricted]
        rows_axis(right, names, "gain over source only (points)", "Targets with only these classes")
    words = "; ".join(
        f"{name}: {bounds(v[0])[0]:.2f} to {bounds(v[-1])[0]:.2f}" for name, v in lines.items()
    )
    more = "; ".join(
        f"{target}: " + ", ".join(f"{m} {100 * bounds(g)[0]:+.0f}" for m, g in gains.items())
        for target, gains in restricted.items()
    )
    alt = (
        f"Line chart of accuracy from share {shares[0]:g} to {shares[-1]:g}: {words}. Dot plot of "
        f"gains on restricted targets, points: {more}."
    )
    return fig, alt


def cloud_panels(clouds: Any) -> Drawn:
    """Draw source and target before and after alignment, at the smallest and largest share.

    Args:
        clouds: `Clouds` of the chapter's recipes.
    """
    alphas = (clouds.strengths[0], clouds.strengths[-1])
    shares = (clouds.shares[0], clouds.shares[-1])
    words = []
    with style():
        fig = new_figure(9.6, 7.4)
        axes = fig.subplots(2, 2)
        for i, share in enumerate(shares):
            for j, alpha in enumerate(alphas):
                ax, key = axes[i, j], (share, alpha)
                for k, (name, xy) in enumerate(
                    (("source", clouds.source[key]), ("target", clouds.target[key]))
                ):
                    ax.plot(*xy.astype(float).T, MARKERS[k], color=COLORS[2 * k], label=name,
                            markersize=5, mfc="none" if k else COLORS[0], alpha=0.8)  # fmt: skip
                score, distance = clouds.accuracy[key], clouds.mmd[key]
                text = f"accuracy {score.estimate:.2f}, MMD² {distance:.2f}"
                ax.set(xticks=[], yticks=[])
                ax.set_title(f"share {share:g}, strength {alpha:g}: {text}", fontsize=10.5)
                ax.grid(visible=False)
                words.append(f"share {share:g}, strength {alpha:g}: {text}")
        handles, labels = axes[0, 0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="outside lower center", ncols=2)
        fig.suptitle(f"Overlap is not correctness (share of {clouds.of})", x=0.01, ha="left",
                     weight="bold")  # fmt: skip
    return fig, f"Four scatter plots of source and target items. {'; '.join(words)}."
