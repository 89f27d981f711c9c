"""Tables as figures: every style against every style, who helps whom, regret of a choice.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.intervals import bounds
from tlcourse.plots.style import INK, new_figure, style

Drawn = tuple[Any, str]


def style_matrices(
    before: Mapping[tuple[str, str], Any],
    after: Mapping[tuple[str, str], Any],
    gains: Mapping[tuple[str, str], Any],
    *,
    names: Sequence[str],
    method: str,
) -> Drawn:
    """Draw accuracy from every style to every style, before and after adaptation, and the gain.

    A gain is marked with ▲ or ▼ where its interval excludes zero.

    Args:
        before: (source, target) → accuracy of source only, as `bounds` takes it.
        after: The same with the method.
        gains: (source, target) → paired difference.
        names: The styles, in order.
        method: What was done in between.
    """
    tables = [
        np.array([[bounds(x[s, t])[0] for t in names] for s in names]) for x in (before, after)
    ]
    gain = 100 * np.array([[bounds(gains[s, t]) for t in names] for s in names])

    def words(value: float, i: int, j: int) -> str:
        sign = "▲" if gain[i, j, 1] > 0 else "▼" if gain[i, j, 2] < 0 else ""
        return f"{round(value):+d}{sign}"

    with style():
        fig = new_figure(11.1, 4.2)
        axes = fig.subplots(1, 3)
        for ax, values in zip(axes, tables, strict=False):
            _heat(ax, values, "Blues", (0.1, 0.95))
            _cells(ax, values, lambda v, i, j: f"{v:.2f}", lambda v: v > 0.62)
        limit = max(5.0, float(np.abs(gain[..., 0]).max()))
        _heat(axes[2], gain[..., 0], "PuOr", (-limit, limit))
        _cells(axes[2], gain[..., 0], words, lambda v: abs(v) > 0.62 * limit)
        titles = "Before: source only", f"After: {method}", "Gain in points (▲▼ decided)"
        for k, (ax, title) in enumerate(zip(axes, titles, strict=True)):
            ax.set_xticks(range(len(names)), names, rotation=30, ha="right", rotation_mode="anchor")
            ax.set_yticks(range(len(names)), names if k == 0 else [])
            ax.set(xlabel="tested on (target)", title=title)
        axes[0].set_ylabel("trained on (source)")
    return fig, _matrices_alt(tables, gain, words, names, method)


def _matrices_alt(
    tables: Sequence[np.ndarray], gain: np.ndarray, words: Any, names: Sequence[str], method: str
) -> str:
    off = ~np.eye(len(names), dtype=bool)
    best = np.unravel_index(gain[..., 0].argmax(), off.shape)
    rows = "; ".join(
        f"{s} → {t}: {tables[0][i, j]:.2f} to {tables[1][i, j]:.2f} ({words(gain[i, j, 0], i, j)})"
        for i, s in enumerate(names)
        for j, t in enumerate(names)
    )
    return (
        f"Three tables, source styles in rows, target styles in columns: accuracy before, after "
        f"{method}, and the gain in points. Of {int(off.sum())} directions "
        f"{int((gain[..., 1] > 0)[off].sum())} gain for certain and "
        f"{int((gain[..., 2] < 0)[off].sum())} lose. "
        f"Largest gain: {names[best[0]]} → {names[best[1]]}. {rows}."
    )


def who_helps_whom(
    shares: np.ndarray,
    helping: Any,
    *,
    source_names: Sequence[str],
    target_names: Sequence[str],
    title: str,
) -> Drawn:
    """Draw what a source head calls unknown classes, and what each source class is worth to them.

    Args:
        shares: P(answer | class), (target classes, source classes).
        helping: Has `gain`, `low`, `high`, each (source classes, target classes).
        source_names: In order.
        target_names: In order.
        title: What the left table was measured on.
    """
    gain = 100 * helping.gain
    with style():
        fig = new_figure(10.6, 1.9 + 0.55 * max(len(source_names), len(target_names)))
        left, right = fig.subplots(1, 2)
        _heat(left, shares, "Blues", (0, 1))
        _cells(left, shares, lambda v, i, j: f"{v:.2f}", lambda v: v > 0.6)
        _label(left, target_names, source_names, "true class", "answer of the source head", title)
        limit = max(5.0, float(np.abs(gain).max()))
        _heat(right, gain, "PuOr", (-limit, limit))

        def words(value: float, i: int, j: int) -> str:
            star = "*" if helping.low[i, j] > 0 or helping.high[i, j] < 0 else ""
            return f"{round(value):+d}{star}"

        _cells(right, gain, words, lambda v: abs(v) > 0.6 * limit)
        _label(right, source_names, target_names, "source class", "target class",
               "Gain in recall, points (* interval excludes 0)")  # fmt: skip
    top = [int(row.argmax()) for row in shares]
    called = ", ".join(
        f"{target_names[i]} is called {source_names[j]} ({shares[i, j]:.2f})"
        for i, j in enumerate(top)
    )
    stars = [
        f"{source_names[i]} for {target_names[j]} {gain[i, j]:+.0f}"
        for i, j in np.argwhere((helping.low > 0) | (helping.high < 0))
    ]
    alt = (
        f"Two tables. Answers to unknown classes: {called}. Gains in recall whose "
        f"interval excludes zero, points: {', '.join(stars) or 'none'}."
    )
    return fig, alt


def regret_table(chosen: Sequence[Any]) -> Drawn:
    """Draw what each selection rule's choices reached and lost, the oracle ruled off below.

    Args:
        chosen: Records with `rule`, `situation`, `accuracy`, `regret`, `needs_target_labels`.
    """
    rules = list(dict.fromkeys(c.rule for c in chosen))
    situations = list(dict.fromkeys(c.situation for c in chosen))
    found = {(c.rule, c.situation): c for c in chosen}
    regret = np.array([[found[r, s].regret for s in situations] for r in rules])
    with style():
        fig = new_figure(3.0 + 2.1 * len(situations), 1.4 + 0.5 * len(rules))
        ax = fig.subplots()
        _heat(ax, regret, "Oranges", (0, max(0.2, float(regret.max()) * 1.3)))
        for i, rule in enumerate(rules):
            for j, name in enumerate(situations):
                one = found[rule, name]
                ax.text(j, i, f"{one.accuracy:.2f}\nlost {100 * one.regret:.0f}", ha="center",
                        va="center", fontsize=9.5, color=INK)  # fmt: skip
        marked = [i for i, r in enumerate(rules) if found[r, situations[0]].needs_target_labels]
        for i in marked:
            ax.axhline(i - 0.5, color=INK, linewidth=2)
        ax.set_xticks(range(len(situations)), situations)
        ax.set_yticks(range(len(rules)), rules)
        ax.set_title("Accuracy of the choice, and points lost against the best candidate")
    worst = np.unravel_index(regret.argmax(), regret.shape)
    rows = "; ".join(
        f"{rule}: " + ", ".join(f"{s} {found[rule, s].accuracy:.2f}" for s in situations)
        for rule in rules
    )
    alt = (
        f"Table of accuracies reached by each selection rule. Largest loss: {rules[worst[0]]} on "
        f"{situations[worst[1]]}, {100 * regret.max():.0f} points. {rows}."
    )
    return fig, alt


def _heat(ax: Any, values: np.ndarray, colors: str, limits: tuple[float, float]) -> None:
    ax.imshow(values, cmap=colors, vmin=limits[0], vmax=limits[1], aspect="auto")
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)


def _cells(ax: Any, values: np.ndarray, words: Any, is_dark: Any) -> None:
    for i, j in np.ndindex(values.shape):
        color = "white" if is_dark(values[i, j]) else INK
        ax.text(j, i, words(values[i, j], i, j), ha="center", va="center", color=color)


def _label(
    ax: Any, rows: Sequence[str], columns: Sequence[str], ylabel: str, xlabel: str, title: str
) -> None:
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.set_title(title, fontsize=10.5)
