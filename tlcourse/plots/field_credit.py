"""Figures of chapter 11, credit: gains by loans, a table of negative transfer, costs, time.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.intervals import bounds
from tlcourse.plots.style import COLORS, GRAY, INK, LINES, MARKERS, new_figure, style

Drawn = tuple[Any, str]


def gain_curves(sizes: Sequence[int], series: Mapping[str, Sequence[Any]]) -> Drawn:
    """Draw the gain in AUC over local ridge against the number of local loans.

    Args:
        sizes: Numbers of loans, rising.
        series: Method → one gain for each size, as `bounds` takes it.
    """
    words = []
    with style():
        fig = new_figure(7.8, 4.0)
        ax = fig.subplots()
        ax.axhline(0, color=INK, linewidth=1)
        for i, (name, gains) in enumerate(series.items()):
            table = np.array([bounds(g) for g in gains])
            ax.fill_between(sizes, table[:, 1], table[:, 2], color=COLORS[i], alpha=0.2)
            ax.plot(
                sizes, table[:, 0], color=COLORS[i], marker=MARKERS[i], linestyle=LINES[i],
                label=name,
            )  # fmt: skip
            words.append(f"{name} from {table[0, 0]:+.3f} to {table[-1, 0]:+.3f}")
        ax.set_xscale("log")
        ax.set_xticks(sizes, [f"{n:,}" for n in sizes])
        ax.minorticks_off()
        ax.set(xlabel="loans with known outcome in the new country (log)")
        ax.set(ylabel="gain in AUC over tuned local ridge")
        ax.set_title("What the old scorecard is worth abroad")
        ax.legend(loc="upper right")
    span = f"{sizes[0]:,} to {sizes[-1]:,} loans"
    return fig, f"Gain in AUC over local ridge, {span}: {'; '.join(words)}. Bands are intervals."


def gain_table(
    rhos: Sequence[float], panels: Mapping[str, Mapping[Any, Any]], sizes: Sequence[int]
) -> Drawn:
    """Draw signed gains for each likeness of the portfolios and each number of loans.

    Args:
        rhos: Cosines, one row for each.
        panels: Method → {(rho, n): gain as `bounds` takes it}.
        sizes: Numbers of loans, one column for each.
    """
    clear, words = 0, []
    with style():
        fig = new_figure(4.6 * len(panels), 1.5 + 0.55 * len(rhos))
        axes = np.atleast_1d(fig.subplots(1, len(panels), sharey=True))
        for ax, (name, cells) in zip(axes, panels.items(), strict=True):
            table = np.array([[bounds(cells[r, n]) for n in sizes] for r in rhos])
            ax.imshow(table[..., 0], cmap="RdBu", vmin=-0.2, vmax=0.2, aspect="auto")
            for (i, j), value in np.ndenumerate(table[..., 0]):
                sure = table[i, j, 1] > 0 or table[i, j, 2] < 0
                clear += sure
                ax.text(
                    j, i, f"{value:+.3f}", ha="center", va="center",
                    color="white" if abs(value) > 0.13 else INK,
                    weight="bold" if sure else "normal", alpha=1 if sure else 0.75,
                )  # fmt: skip
            ax.set_xticks(range(len(sizes)), [f"{n:,}" for n in sizes])
            ax.set_yticks(range(len(rhos)), [f"{r:g}" for r in rhos])
            ax.set(xlabel="local loans", title=name)
            ax.grid(visible=False)
            ax.spines[:].set_visible(False)
            words.append(f"{name} from {table[..., 0].min():+.3f} to {table[..., 0].max():+.3f}")
        axes[0].set_ylabel("likeness ρ of the meanings")
        fig.suptitle(
            "Gain in AUC over local ridge; bold: the interval excludes zero",
            x=0.01, ha="left", weight="bold",
        )  # fmt: skip
    total = len(rhos) * len(sizes) * len(panels)
    return (
        fig,
        f"Table of gains by likeness and loans. {'; '.join(words)}. {clear} of {total} bold.",
    )


def costs(
    thresholds: np.ndarray, curves: Mapping[str, np.ndarray], *, break_even: float, best: float
) -> Drawn:
    """Draw the cost of 1,000 applications against the threshold.

    Args:
        thresholds: Probabilities, rising, (t,).
        curves: Model → cost at each threshold, (t,).
        break_even: The threshold that the amounts dictate.
        best: Cost with the true probabilities at that threshold.
    """
    words = []
    with style():
        fig = new_figure(8.0, 4.2)
        ax = fig.subplots()
        for i, (name, values) in enumerate(curves.items()):
            ax.plot(
                thresholds, values / 1000, color=COLORS[i], linestyle=LINES[i], label=name,
                marker=MARKERS[i], markevery=(2 * i, 9),
            )  # fmt: skip
            words.append(f"{name} lowest at {thresholds[values.argmin()]:.3f}")
        ax.axvline(break_even, color=GRAY)
        ax.axhline(best / 1000, color=GRAY, linestyle=":")
        ax.annotate(
            "perfect knowledge", (thresholds[-1], best / 1000), ha="right",
            xytext=(0, 4), fontsize=9, textcoords="offset points",
        )  # fmt: skip
        ax.annotate(
            f"break-even {break_even:.3f}", (break_even, ax.get_ylim()[1]), va="top", fontsize=9,
            xytext=(4, 0), textcoords="offset points",
        )  # fmt: skip
        ax.set_xscale("log")
        ticks = (0.02, 0.05, 0.1, 0.2, 0.5)
        ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
        ax.minorticks_off()
        ax.set(xlabel="decline from this predicted probability on (log)")
        ax.set(ylabel="cost of 1,000 applications (thousands)")
        ax.set_title("Same ranks, other money")
        fig.legend(loc="outside lower center", ncols=4, fontsize=9)
    return fig, f"Cost curves; the break-even threshold is {break_even:.3f}. {'; '.join(words)}."


def over_time(panels: Mapping[str, Sequence[Sequence[Any]]]) -> Drawn:
    """Draw how a frozen scorecard ages: alarm index, AUC, predicted and true default rate.

    Args:
        panels: What moves → for each portfolio its `Quarter`s.
    """
    words = []
    with style():
        fig = new_figure(9.6, 6.2)
        axes = fig.subplots(3, len(panels), sharex=True, sharey="row", squeeze=False)
        for column, (name, runs) in zip(axes.T, panels.items(), strict=True):
            q = [quarter.number for quarter in runs[0]]

            def series(what: str, runs: Sequence[Sequence[Any]] = runs) -> np.ndarray:
                return np.array([[getattr(quarter, what) for quarter in run] for run in runs])

            for ax, what, color in ((column[0], "index", COLORS[4]), (column[1], "auc", COLORS[0])):
                ax.plot(q, series(what).T, color=color, alpha=0.25, linewidth=1)
                ax.plot(q, series(what).mean(axis=0), color=color, marker="o")
            column[0].axhline(0.1, color=GRAY, linestyle=":")
            column[2].plot(
                q, series("happened").mean(axis=0), "X-", color=COLORS[2], label="happened"
            )
            column[2].plot(
                q, series("predicted").mean(axis=0), "s--", color=COLORS[1], label="predicted"
            )
            column[0].set_title(name)
            column[2].set(xlabel="quarter", xticks=q)
            words.append(
                f"{name}: index from {series('index').mean(0)[0]:.2f} to "
                f"{series('index').mean(0)[-1]:.2f}, AUC from {series('auc').mean(0)[0]:.2f} to "
                f"{series('auc').mean(0)[-1]:.2f}, defaults {series('happened').mean(0)[-1]:.2f} "
                f"against {series('predicted').mean(0)[-1]:.2f} predicted"
            )
        axes[0, 0].set_ylabel("stability index")
        axes[1, 0].set_ylabel("AUC")
        axes[2, 0].set_ylabel("default rate")
        axes[2, 0].legend(loc="best", fontsize=9)
    return fig, f"A frozen scorecard over {len(q)} quarters. {'; '.join(words)}."
