"""Figures of choosing a model: the truth, who ranks it well, and a placebo.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.intervals import as_rows, errors
from tlcourse.plots.style import COLORS, GRAY, INK, LINES, new_figure, style

Drawn = tuple[Any, str]

# Kind of candidate -> marker and color. The marker alone tells them apart.
KINDS = {
    "pretrained": ("o", COLORS[0]),
    "untrained": ("^", COLORS[1]),
    "made by hand": ("s", COLORS[4]),
    "placebo": ("X", COLORS[2]),
    "other network": ("D", COLORS[5]),
}


def truth_panels(
    truth: Mapping[str, Mapping[str, Any]],
    kinds: Mapping[str, str],
    *,
    chance: Mapping[str, float],
    title: str = "",
) -> Drawn:
    """Draw the accuracy of every candidate on every target, one panel for each target.

    Args:
        truth: Target → candidate → accuracy, as `bounds` takes it. All targets have the same
            candidates in the same order.
        kinds: Candidate → key of `KINDS`.
        chance: Target → accuracy of always naming the most frequent class.
        title: Headline.
    """
    names = list(next(iter(truth.values())))
    with style():
        fig = new_figure(10.6, 1.7 + 0.33 * len(names))
        axes = np.atleast_1d(fig.subplots(1, len(truth), sharey=True))
        for ax, (target, values) in zip(axes, truth.items(), strict=True):
            _, table = as_rows(values)
            _dots(ax, table, [kinds[name] for name in names])
            ax.axvline(chance[target], color=GRAY, linestyle="--", linewidth=1.4, zorder=0)
            best = int(table[:, 0].argmax())
            ax.axhspan(best - 0.5, best + 0.5, color="#f1f1f1", zorder=-1)
            ax.annotate(
                "best", (0.3, best), xycoords=("axes fraction", "data"), xytext=(4, 0),
                textcoords="offset points", va="center", fontsize=9, color=INK,
            )  # fmt: skip
            ax.set(title=target, xlabel="accuracy, 95 % interval", xlim=(0, 1.02))
            ax.grid(visible=False, axis="y")
            ax.grid(visible=True, axis="x")
            ax.tick_params(axis="y", length=0)
        axes[0].set_yticks(range(len(names)), names)
        axes[0].set_ylim(len(names) - 0.4, -0.6)
        _legend(fig, axes[0])
        fig.suptitle(title, x=0.01, ha="left", weight="bold")
    words = []
    for target, values in truth.items():
        listed = ", ".join(f"{n} {row[0]:.2f}" for n, row in zip(*as_rows(values), strict=True))
        words.append(f"{target}: {listed}")
    return fig, f"Dots with intervals, one panel for each target. {'. '.join(words)}."


def _legend(fig: Any, ax: Any) -> None:
    """Name the markers and the dashed line below the panels."""
    handles, words = ax.get_legend_handles_labels()
    handles.append(ax.plot([], [], color=GRAY, linestyle="--")[0])
    fig.legend(
        handles, [*words, "most frequent class"], loc="outside lower center", ncols=len(handles),
        fontsize=9.5, columnspacing=1.2,
    )  # fmt: skip


def _dots(ax: Any, table: np.ndarray, kinds: Sequence[str]) -> None:
    """Draw one row for each candidate; every kind gets its marker and one legend entry."""
    kinds = np.array(kinds)
    for kind, (marker, color) in KINDS.items():
        rows = np.flatnonzero(kinds == kind)
        if len(rows):
            ax.errorbar(
                table[rows, 0], rows, xerr=errors(table[rows]), fmt=marker, color=color,
                capsize=2.5, label=kind, linewidth=1.2,
            )  # fmt: skip


def agreement(rankings: Sequence[Any], *, title: str = "") -> Drawn:
    """Draw how well each score ranked the candidates of each target.

    Args:
        rankings: Records with `score`, `target`, `tau` (an interval), `single` and `regret`, the
            scores of one target after the other.
        title: Headline.
    """
    targets = list(dict.fromkeys(r.target for r in rankings))
    scores = list(dict.fromkeys(r.score for r in rankings))
    looks = {s: (COLORS[i], "os^DvPX<>*"[i % 10]) for i, s in enumerate(scores)}
    with style():
        fig = new_figure(8.2, 1.3 + 0.31 * len(rankings) + 0.25 * len(targets))
        ax = fig.subplots()
        y, places, names = 0.0, [], []
        for target in targets:
            ax.text(0.01, y, target, weight="bold", va="center",
                    transform=ax.get_yaxis_transform())  # fmt: skip
            y += 1
            for r in (r for r in rankings if r.target == target):
                _agreement_row(ax, y, r, looks[r.score])
                places.append(y)
                names.append(r.score)
                y += 1
            y += 0.3
        ax.axvline(0, color=GRAY, linestyle=":", linewidth=1.6, zorder=0)
        ax.set_yticks(places, names)
        lowest = min([-0.25, *(r.tau.low for r in rankings), *(min(r.single) for r in rankings)])
        ax.set(ylim=(y - 0.5, -0.7), xlim=(lowest - 0.1, 1.05), title=title)
        ax.set_xlabel("weighted τ with the truth: −1 reversed, 0 unrelated, 1 same order")
        ax.text(1.09, -0.45, "regret\n(points)", va="center", ha="left", fontsize=9)
        ax.grid(visible=False, axis="y")
        ax.grid(visible=True, axis="x")
        ax.tick_params(axis="y", length=0)
    words = "; ".join(
        f"{r.score} on {r.target}: {r.tau.estimate:.2f} ({r.tau.low:.2f} to {r.tau.high:.2f}), "
        f"regret {100 * r.regret:.1f} points"
        for r in rankings
    )
    return fig, f"Dots with intervals of weighted tau, single halves as ticks. {words}."


def _agreement_row(ax: Any, y: float, r: Any, looks: tuple[str, str]) -> None:
    color, marker = looks
    bar = np.array([[r.tau.estimate, r.tau.low, r.tau.high]])
    ax.errorbar(bar[:, 0], [y], xerr=errors(bar), fmt=marker, color=color, capsize=3)
    ax.plot(r.single, np.full(len(r.single), y + 0.3), "|", color=INK, markersize=5, alpha=0.7)
    ax.text(1.09, y, f"{100 * r.regret:4.1f}", va="center", ha="left", fontsize=9.5)


def rank_slopes(
    names: Sequence[str],
    before: Sequence[float],
    after: Sequence[float],
    *,
    labels: tuple[str, str],
    highlight: Sequence[str],
    title: str = "",
) -> Drawn:
    """Draw how ranks change from one way of scoring to another.

    Args:
        names: The m candidates.
        before: Their scores on the left, higher is better, shape (m,).
        after: Their scores on the right.
        labels: What the two sides are.
        highlight: Candidates drawn thick: the first dashed, the others solid.
        title: Headline.
    """
    left, right = ranks(before), ranks(after)
    with style():
        fig = new_figure(7.6, 1.2 + 0.3 * len(names))
        ax = fig.subplots()
        for name, a, b in zip(names, left, right, strict=True):
            looks = {"color": "#b5b5b5", "linewidth": 1.2, "marker": "o", "markersize": 4}
            if name in highlight:
                looks = _thick(list(highlight).index(name))
            ax.plot([0, 1], [a, b], **looks)
            weight = "bold" if name in highlight else "normal"
            for x, rank, side in ((-0.03, a, "right"), (1.03, b, "left")):
                text = f"{name}  {rank}" if side == "right" else f"{rank}  {name}"
                ax.text(x, rank, text, ha=side, va="center", fontsize=9.5, weight=weight)
        ax.set_xticks([0, 1], labels, weight="bold")
        ax.xaxis.tick_top()
        ax.set(ylim=(len(names) + 0.6, 0.4), xlim=(-0.75, 1.75), yticks=[])
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
        ax.grid(visible=False)
        fig.suptitle(title, x=0.01, ha="left", weight="bold")
    words = "; ".join(
        f"{name} from rank {a} to rank {b}" for name, a, b in zip(names, left, right, strict=True)
    )
    return fig, f"Slope chart of ranks, from '{labels[0]}' to '{labels[1]}'. {words}."


def _thick(i: int) -> dict[str, Any]:
    """Return how the i-th highlighted candidate is drawn; the first one is dashed."""
    return {
        "color": (COLORS[2], COLORS[0], COLORS[4])[i % 3],
        "marker": "Xos"[i % 3],
        "linestyle": LINES[1] if i == 0 else LINES[0],
        "linewidth": 3,
        "markersize": 8,
    }


def ranks(scores: Sequence[float]) -> np.ndarray:
    """Return ranks, 1 for the highest score; ties in the order given, int (m,)."""
    order = np.argsort(-np.asarray(scores, float), kind="stable")
    found = np.empty(len(order), int)
    found[order] = np.arange(1, len(order) + 1)
    return found
