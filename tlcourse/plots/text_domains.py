"""Figures of chapter 08: from one domain, and from one language, to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.intervals import bounds, errors
from tlcourse.plots.style import COLORS, GRAY, INK, look, new_figure, style


def home_and_abroad(
    first: Mapping[tuple[str, str], Any],
    second: Mapping[tuple[str, str], Any],
    differences: Mapping[tuple[str, str], Any],
    *,
    names: tuple[str, str],
) -> tuple[Any, str]:
    """Draw a table source × target with two accuracies in each cell, the proven winner in bold.

    Args:
        first: (source, target) → balanced accuracy of the first classifier.
        second: The same of the second.
        differences: (source, target) → interval of first − second.
        names: What the two are.
    """
    domains = list(dict.fromkeys(s for s, _ in first))
    words = []
    with style():
        fig = new_figure(7.6, 4.6)
        ax = fig.subplots()
        grid = np.array([[differences[s, t].estimate for t in domains] for s in domains])
        largest = max(0.05, np.abs(grid).max())
        ax.imshow(grid, cmap="PuOr_r", vmin=-2.2 * largest, vmax=2.2 * largest, aspect="auto")
        for i, s in enumerate(domains):
            for j, t in enumerate(domains):
                d = differences[s, t]
                sign = names[0] if d.low > 0 else names[1] if d.high < 0 else "±"
                for name, value, up in ((names[0], first[s, t], 0.2), (names[1], second[s, t], 0)):
                    bold = "bold" if sign == name else "normal"
                    mark = " ◂" if sign == name else ""
                    ax.text(
                        j, i - up + 0.02, f"{name} {value:.3f}{mark}", ha="center", va="center",
                        weight=bold,
                    )  # fmt: skip
                gap = f"{100 * d.estimate:+.1f} [{100 * d.low:+.1f}, {100 * d.high:+.1f}]"
                ax.text(j, i + 0.26, gap, ha="center", va="center", fontsize=9, color=INK)
                words.append(f"{s} → {t}: {first[s, t]:.3f} and {second[s, t]:.3f}, {gap}")
        ax.set_xticks(range(len(domains)), [f"asked about {d}" for d in domains])
        ax.set_yticks(range(len(domains)), [f"trained on\n{d}" for d in domains])
        ax.grid(visible=False)
        ax.set_title(f"Home and abroad: {names[0]} and {names[1]}, difference in points")
    return fig, (
        f"Table of balanced accuracy of {names[0]} and {names[1]}, difference in points: "
        f"{'; '.join(words)}."
    )


def fifty_of_your_own(
    alone: Mapping[str, Any], both: Mapping[str, Any], *, n_own: int
) -> tuple[Any, str]:
    """Draw what source labels give beside a few of one's own: alone (open), both (filled).

    Args:
        alone: Pair → difference of source alone to one's own labels alone.
        both: Pair → difference of both together.
        n_own: Number of one's own labels.
    """
    names = list(alone)
    with style():
        fig = new_figure(7.6, 1.7 + 0.5 * len(names))
        ax = fig.subplots()
        ax.axvline(0, color=INK, linewidth=1.4, zorder=0)
        for found, up, marker, face, color, label in (
            (alone, -0.12, "s", "white", COLORS[2], "source labels alone"),
            (both, 0.12, "o", COLORS[0], COLORS[0], f"source labels and the {n_own}"),
        ):
            table = 100 * np.array([bounds(found[n]) for n in names])
            ax.errorbar(
                table[:, 0], np.arange(len(names)) + up, xerr=errors(table), fmt=marker,
                color=color, markerfacecolor=face, markeredgewidth=1.8, capsize=3, label=label,
            )  # fmt: skip
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.grid(visible=False, axis="y")
        ax.grid(visible=True, axis="x")
        ax.set(xlabel=f"points more than {n_own} target labels alone")
        ax.set_title("Labels of another domain, alone and as a supplement")
        fig.legend(loc="outside lower center", ncols=2)
    words = "; ".join(
        f"{n}: {100 * alone[n].estimate:+.1f} alone, {100 * both[n].estimate:+.1f} together"
        for n in names
    )
    return fig, f"Dot plot, points more than {n_own} target labels alone. {words}."


def turning(
    curves: Mapping[str, Mapping[int, Sequence[float]]],
    before: np.ndarray,
    after: np.ndarray,
    french: np.ndarray,
    pairs: Sequence[tuple[str, str]],
) -> tuple[Any, str]:
    """Draw precision over anchors, and word pairs before and after the rotation.

    Args:
        curves: Kind of map → anchors → P@1 of each draw.
        before: English words on their own axes, projected to the plane, (k, 2).
        after: The same, rotated, (k, 2).
        french: French words, (k, 2).
        pairs: Their names.
    """
    with style():
        fig = new_figure(11.4, 4.6)
        left, middle, right = fig.subplots(1, 3, width_ratios=[1.1, 1, 1])
        words = []
        for i, (name, points) in enumerate(curves.items()):
            sizes = list(points)
            means = [float(np.mean(points[n])) for n in sizes]
            spread = np.array([[m - min(points[n]), max(points[n]) - m] for n, m in
                               zip(sizes, means, strict=True)]).T  # fmt: skip
            left.errorbar(sizes, means, spread, capsize=3, label=name, **look(i))
            values = ", ".join(f"{m:.2f} at {n}" for n, m in zip(sizes, means, strict=True))
            words.append(f"{name} {values}")
        left.set_xscale("log")
        left.set_xticks(sizes, [f"{n:,}" for n in sizes])
        left.minorticks_off()
        left.set(xlabel="anchors (bars: lowest and highest draw)", ylabel="P@1", ylim=(0, None))
        left.set_title("Translated right at first place")
        left.legend(loc="upper left")
        for ax, english, title in (
            (middle, before, "before"),
            (right, after, "after the rotation"),
        ):
            for e, f, (a, b) in zip(english, french, pairs, strict=True):
                ax.plot(*np.stack([e, f]).T, color=GRAY, linewidth=1, zorder=0)
                if title != "before":  # there the English words lie on top of each other
                    ax.annotate(a, e, (5, 4), textcoords="offset points", fontsize=8)
                ax.annotate(b, f, (4, -9), textcoords="offset points", fontsize=8, style="italic")
            ax.plot(*english.T, **{**look(0), "linestyle": ""}, label="English")
            ax.plot(
                *french.T, **{**look(1), "linestyle": ""}, markerfacecolor="white", label="French"
            )
            ax.set_title(title)
            ax.set_xticks([])
            ax.set_yticks([])
            ax.margins(0.14)
        middle.legend(loc="best", fontsize=8)
    gaps = [float(np.mean(np.linalg.norm(x - french, axis=1))) for x in (before, after)]
    return fig, (
        f"Left, P@1 over anchors: {'; '.join(words)}. Right, {len(pairs)} word pairs in a plane: "
        f"mean distance {gaps[0]:.2f} before and {gaps[1]:.2f} after the rotation."
    )


def sentence_strip(logits: np.ndarray, labels: np.ndarray, texts: Sequence[str]) -> tuple[Any, str]:
    """Draw the logits of sentences in order, + and − for their labels; errors are named.

    Args:
        logits: What the head says, (n,).
        labels: 1 praises, 0 complains.
        texts: The sentences.
    """
    order = np.argsort(logits)
    wrong = (logits > 0) != (labels == 1)
    with style():
        fig = new_figure(9.6, 5.4)
        ax = fig.subplots()
        ax.axhline(0, color=INK, linewidth=1.4)
        for place, i in enumerate(order, start=1):
            good = labels[i] == 1
            color = COLORS[0] if good else COLORS[2]
            ax.text(
                place, logits[i], "+" if good else "−", color=color, ha="center", va="center",
                fontsize=15, weight="bold",
            )  # fmt: skip
            if wrong[i]:
                ax.plot(place, logits[i], "o", mfc="none", mec=INK, markersize=14)
        low, high = float(logits.min()), float(logits.max())
        pad = 0.08 * (high - low)
        ax.set(xlim=(-0.5, len(logits) + 1.5), ylim=(low - pad, high + pad))
        ax.set(xlabel="sentences in the order of their logit", ylabel="logit: below 0 complains")
        ax.set_title("+ praises, − complains, circle: on the wrong side")
        ax.grid(visible=False, axis="x")
        _name_errors(ax, order, wrong, texts)
    right = [int(np.sum(~wrong & (labels == c))) for c in (1, 0)]
    n = [int(np.sum(labels == c)) for c in (1, 0)]
    return fig, (
        f"Strip of {len(logits)} French sentences by logit: {right[0]} of {n[0]} positive and "
        f"{right[1]} of {n[1]} negative sentences are on the right side."
    )


def _name_errors(ax: Any, order: np.ndarray, wrong: np.ndarray, texts: Sequence[str]) -> None:
    """List the wrong sentences in the empty corner."""
    lines = [f"{place + 1}. {texts[i]}" for place, i in enumerate(order) if wrong[i]]
    shown = [line if len(line) < 62 else line[:60] + "…" for line in lines[:12]]
    ax.text(0.02, 0.97, "\n".join(shown), transform=ax.transAxes, va="top", fontsize=8, color=INK)


def dots_of_encoders(rows: Mapping[str, Mapping[str, Any]]) -> tuple[Any, str]:
    """Draw balanced accuracy of several classifiers, one panel for each domain.

    Args:
        rows: Domain → classifier → `Hits`.
    """
    words = []
    with style():
        fig = new_figure(9.6, 1.6 + 0.42 * max(len(r) for r in rows.values()))
        axes = np.atleast_1d(fig.subplots(1, len(rows), sharey=True))
        for ax, (domain, found) in zip(axes, rows.items(), strict=True):
            for i, (name, value) in enumerate(found.items()):
                table = np.array([bounds(value.interval)])
                sign = look(i)
                ax.errorbar(
                    table[:, 0], [i], xerr=errors(table), fmt=sign["marker"], color=sign["color"],
                    capsize=3,
                )  # fmt: skip
                ax.plot(
                    value.per_draw, np.full(len(value.per_draw), i + 0.22), "|", color=GRAY,
                    markersize=7,
                )  # fmt: skip
                words.append(f"{domain}, {name} {table[0, 0]:.3f}")
            ax.axvline(0.5, color=GRAY, linestyle=":", zorder=0)
            ax.set_yticks(range(len(found)), list(found))
            ax.set_ylim(len(found) - 0.5, -0.6)
            ax.grid(visible=False, axis="y")
            ax.set(title=domain, xlabel="balanced accuracy")
    return fig, f"Rows with 95 % interval, ticks are single draws. {'; '.join(words)}."
