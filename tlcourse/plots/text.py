"""Figures of chapter 08: words and learning curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.intervals import bounds, errors
from tlcourse.plots.style import COLORS, GRAY, INK, look, new_figure, style


def word_pairs(cosines: Mapping[tuple[str, str], float], opposites: Sequence[tuple[str, str]]):
    """Draw cosines of word pairs: open circles mean the same, filled squares the opposite.

    Args:
        cosines: Pair of words → cosine, drawn from the largest to the smallest.
        opposites: Which pairs are opposites.

    Returns:
        The figure and its alternative text.
    """
    pairs = sorted(cosines, key=cosines.get)
    with style():
        fig = new_figure(7.2, 1.5 + 0.34 * len(pairs))
        ax = fig.subplots()
        for kind, marker, color, face in (
            ("same meaning", "o", COLORS[0], "white"),
            ("opposite", "s", COLORS[2], COLORS[2]),
        ):
            rows = [i for i, p in enumerate(pairs) if (p in opposites) == (kind == "opposite")]
            ax.plot(
                [cosines[pairs[i]] for i in rows], rows, linestyle="", marker=marker, color=color,
                markerfacecolor=face, markeredgewidth=1.8, markersize=9, label=kind,
            )  # fmt: skip
        ax.set_yticks(range(len(pairs)), [f"{a} – {b}" for a, b in pairs])
        ax.grid(visible=False, axis="y")
        ax.grid(visible=True, axis="x")
        ax.set(xlim=(min(0, *cosines.values()), 1), xlabel="cosine")
        ax.set_title("Who lives next door")
        fig.legend(loc="outside lower center", ncols=2)
    words = "; ".join(
        f"{a}–{b} {cosines[a, b]:.2f} ({'opposite' if (a, b) in opposites else 'same meaning'})"
        for a, b in pairs[::-1]
    )
    return fig, f"Dot plot of cosines between words: {words}."


def lost_words(
    shares: Mapping[str, Mapping[str, float]], examples: Mapping[str, Sequence[str]]
) -> tuple[Any, str]:
    """Draw the share of tokens without a vector under several ways to cut, a panel a domain.

    Args:
        shares: Domain → way to cut → share of tokens without a vector.
        examples: Domain → most frequent lost words under the last way.
    """
    domains, cuts = list(shares), list(next(iter(shares.values())))
    with style():
        fig = new_figure(3.4 * len(domains), 3.9)
        axes = np.atleast_1d(fig.subplots(1, len(domains), sharey=True))
        for ax, domain in zip(axes, domains, strict=True):
            lost = np.array([shares[domain][c] for c in cuts])
            x = np.arange(len(cuts))
            ax.bar(x, 1 - lost, color=COLORS[0], label="has a vector")
            ax.bar(
                x, lost, bottom=1 - lost, color="white", edgecolor=COLORS[2], hatch="///",
                label="has none",
            )  # fmt: skip
            for i, value in enumerate(lost):
                ax.text(i, 1.015, f"{value:.0%}" if value >= 0.095 else f"{value:.1%}", ha="center")
            ax.set_xticks(x, [c.replace(" ", "\n") for c in cuts], fontsize=9)
            ax.set_title(domain)
            ax.set_xlabel("lost: " + "  ".join(examples[domain][:4]), fontsize=8.5)
            ax.grid(visible=False, axis="x")
            ax.set_ylim(0, 1.1)
        axes[0].set_ylabel("share of tokens")
        handles, names = axes[0].get_legend_handles_labels()
        fig.legend(handles, names, loc="outside lower center", ncols=2)
    words = "; ".join(
        f"{d}: " + ", ".join(f"{c} {shares[d][c]:.1%}" for c in cuts) for d in domains
    )
    return fig, f"Bars of the share of tokens without a vector for three ways to cut. {words}."


def crossing(
    curves: Mapping[str, Mapping[str, Mapping[int, Any]]], *, title: str
) -> tuple[Any, str]:
    """Draw balanced accuracy over labels, one panel for each domain.

    Args:
        curves: Domain → classifier → labels → `Hits` or anything with an interval.
        title: Headline of the figure.
    """
    looks = {"GloVe": look(0), "TF-IDF": look(1), "random vectors": look(2)}
    words = []
    with style():
        fig = new_figure(3.6 * len(curves), 3.9)
        axes = np.atleast_1d(fig.subplots(1, len(curves), sharey=True))
        for ax, (domain, rows) in zip(axes, curves.items(), strict=True):
            for name, points in rows.items():
                sizes = list(points)
                table = np.array([bounds(points[n].interval) for n in sizes])
                ax.errorbar(sizes, table[:, 0], errors(table), capsize=3, label=name, **looks[name])
                values = ", ".join(
                    f"{v:.2f} at {n}" for n, v in zip(sizes, table[:, 0], strict=True)
                )
                words.append(f"{domain}, {name}: {values}")
            ax.axhline(0.5, color=GRAY, linestyle=":", linewidth=1.4, zorder=0)
            ax.set_xscale("log")
            ax.set_xticks(sizes, [f"{n:,}" for n in sizes])
            ax.minorticks_off()
            ax.set(title=domain, xlabel="labels")
        axes[0].set_ylabel("balanced accuracy")
        handles, names = axes[0].get_legend_handles_labels()
        fig.legend(handles, names, loc="outside lower center", ncols=3)
        fig.suptitle(title, fontsize=12)
    return fig, f"Lines of balanced accuracy over labels, chance 0.5. {'; '.join(words)}."


def tuning_differences(
    differences: Mapping[str, Mapping[str, Mapping[int, Any]]],
) -> tuple[Any, str]:
    """Draw what ways to tune gain over frozen vectors, in points, one panel for each domain.

    Args:
        differences: Domain → way to tune → labels → paired difference to frozen.
    """
    words = []
    with style():
        fig = new_figure(4.4 * len(differences), 3.9)
        axes = np.atleast_1d(fig.subplots(1, len(differences), sharey=True))
        for ax, (domain, rows) in zip(axes, differences.items(), strict=True):
            ax.axhline(0, color=INK, linewidth=1.4, zorder=0)
            for i, (name, points) in enumerate(rows.items()):
                sizes = list(points)
                table = 100 * np.array([bounds(points[n]) for n in sizes])
                x = np.arange(len(sizes)) + 0.08 * (i - 1)
                ax.errorbar(x, table[:, 0], errors(table), capsize=3, label=name, **look(i))
                values = ", ".join(
                    f"{v:+.1f} at {n}" for n, v in zip(sizes, table[:, 0], strict=True)
                )
                words.append(f"{domain}, {name}: {values}")
            ax.set_xticks(range(len(sizes)), [f"{n:,}" for n in sizes])
            ax.set(title=domain, xlabel="labels")
        axes[0].set_ylabel("points more than frozen vectors")
        handles, names = axes[0].get_legend_handles_labels()
        fig.legend(handles, names, loc="outside lower center", ncols=3)
    return fig, f"Lines of points gained over frozen vectors. {'; '.join(words)}."
