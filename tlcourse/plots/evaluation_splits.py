"""Figures of splits and leaks: many answers to one question, coverage, and the size of lies.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.intervals import bounds, errors
from tlcourse.plots.style import COLORS, GRAY, HATCHES, INK, new_figure, style

Drawn = tuple[Any, str]


def many_answers(rows: Mapping[str, Sequence[float]], one: Any, *, n_test: int) -> Drawn:
    """Draw the accuracies of the same model on many random splits, one row for each setting.

    Args:
        rows: Name of the setting -> accuracies.
        one: Wilson interval of a single split of the first setting.
        n_test: Test pictures of each split.
    """
    rng = np.random.default_rng(0)
    names, words = list(rows), []
    with style():
        fig = new_figure(7.6, 1.5 + 0.95 * len(rows))
        ax = fig.subplots()
        for i, (name, values) in enumerate(rows.items()):
            values = np.asarray(values, float)
            y = i + rng.uniform(-0.16, 0.16, len(values))
            ax.plot(values, y, "o", mfc="none", mew=1.4, color=COLORS[i * 2], alpha=0.9)
            ax.plot([values.mean()] * 2, [i - 0.3, i + 0.3], color=INK, linewidth=2.2)
            ax.annotate(
                f"mean {values.mean():.3f}, sd {values.std(ddof=1):.3f}",
                (values.max(), i), xytext=(9, 0), textcoords="offset points", va="center",
                fontsize=9,
            )  # fmt: skip
            words.append(
                f"{name}: {len(values)} splits from {values.min():.3f} to {values.max():.3f}, mean "
                f"{values.mean():.3f}, standard deviation {values.std(ddof=1):.3f}"
            )
        estimate, low, high = bounds(one)
        at = len(rows) - 0.35
        ax.plot([low, high], [at, at], color=COLORS[2], linewidth=4, solid_capstyle="butt")
        ax.plot([estimate], [at], "D", color=COLORS[2])
        ax.set_yticks([*range(len(names)), at], [*names, "one split, Wilson"])
        ax.set_ylim(at + 0.45, -0.55)
        ax.grid(visible=False, axis="y")
        ax.grid(visible=True, axis="x")
        ax.tick_params(axis="y", length=0)
        ax.margins(x=0.17)
        ax.set(xlabel=f"accuracy on {n_test} test pictures, one circle for each random split")
        ax.set_title("One split shows you one circle of this cloud")
    alt = f"Strip plot. {'. '.join(words)}. Wilson interval of one split: {low:.3f} to {high:.3f}."
    return fig, alt


def coverage(settings: Sequence[tuple[float, int]], wald: Any, wilson: Any) -> Drawn:
    """Draw how often two 95 % intervals hold the true accuracy.

    Args:
        settings: Pairs (true accuracy, test pictures).
        wald: Coverage of the textbook interval for each, 0 to 1.
        wilson: Coverage of Wilson's.
    """
    wald, wilson = 100 * np.asarray(wald, float), 100 * np.asarray(wilson, float)
    x = np.arange(len(settings))
    with style():
        fig = new_figure(7.2, 3.7)
        ax = fig.subplots()
        for shift, values, name, i in (
            (-0.2, wald, "textbook (Wald)", 1),
            (0.2, wilson, "Wilson", 0),
        ):
            ax.bar(
                x + shift, values, 0.38, label=name, color=COLORS[i], hatch=HATCHES[i],
                edgecolor="white",
            )  # fmt: skip
            for at, value in zip(x + shift, values, strict=True):
                box = {"fc": "white", "ec": "none", "pad": 1.5}
                ax.text(at, value - 12, f"{value:.0f}", ha="center", fontsize=9.5, bbox=box)
        ax.axhline(95, color=GRAY, linestyle="--", linewidth=1.6)
        ax.text(len(x) - 0.45, 96, "95", color=INK)
        ax.set_xticks(x, [f"accuracy {p:g}\n{n} pictures" for p, n in settings])
        ax.set(ylabel="intervals that hold the truth (%)", ylim=(0, 122))
        ax.set_title("Near 100 %, the textbook interval promises more than it holds")
        ax.legend(ncols=2, loc="upper left")
    pairs = "; ".join(
        f"true accuracy {p:g} and {n} pictures: textbook {a:.0f}, Wilson {b:.0f}"
        for (p, n), a, b in zip(settings, wald, wilson, strict=True)
    )
    return fig, f"Bars of coverage in percent, nominal 95. {pairs}."


def split_and_seed(table: np.ndarray) -> Drawn:
    """Draw accuracies of every split (row) with every seed (column), and the row means.

    Args:
        table: Accuracy, float (splits, seeds).
    """
    rows, columns = table.shape
    means = table.mean(axis=1)
    between, within = means.std(ddof=1), np.sqrt(table.var(axis=1, ddof=1).mean())
    with style():
        fig = new_figure(2.6 + 0.72 * columns, 1.6 + 0.46 * rows)
        ax = fig.subplots()
        whole = np.hstack([table, np.full((rows, 1), np.nan), means[:, None]])
        shown = ax.imshow(whole, cmap="Blues", aspect="auto", vmin=table.min() - 0.02)
        middle = (table.min() + table.max()) / 2 + 0.01
        for (i, j), value in np.ndenumerate(whole):
            if not np.isnan(value):
                color = "white" if value > middle else INK
                weight = "bold" if j > columns else "normal"
                ax.text(
                    j, i, f"{value:.2f}", ha="center", va="center", color=color, weight=weight,
                    fontsize=9.5,
                )  # fmt: skip
        names = [*(f"{j + 1}" for j in range(columns)), "", "mean"]
        ax.set_xticks(range(columns + 2), names)
        ax.set_yticks(range(rows), [f"split {i + 1}" for i in range(rows)])
        ax.grid(visible=False)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
        ax.set(xlabel="seed of the starting weights")
        ax.set_title(f"sd between splits {between:.3f}, between seeds {within:.3f}")
        fig.colorbar(shown, ax=ax, label="accuracy", shrink=0.85)
    alt = (
        f"Table of {table.size} accuracies from {table.min():.2f} to {table.max():.2f}, {rows} "
        f"splits by {columns} seeds. Standard deviation of the split means {between:.3f}, between "
        f"seeds within a split {within:.3f}."
    )
    return fig, alt


def leak_and_test(
    random: Mapping[str, Mapping[str, Any]],
    grouped: Mapping[str, Mapping[str, Any]],
    *,
    chance: float,
) -> Drawn:
    """Draw accuracy with random and with grouped folds, for real and for shuffled labels.

    Args:
        random: Model -> {labels used -> accuracy, as `bounds` takes it}, random folds.
        grouped: The same with grouped folds.
        chance: Accuracy of guessing by class shares.
    """
    models, words = list(random), []
    with style():
        fig = new_figure(9.6, 4.1)
        widths = [0.6 + len(random[model]) for model in models]
        axes = np.atleast_1d(fig.subplots(1, len(models), sharey=True, width_ratios=widths))
        for ax, model in zip(axes, models, strict=True):
            kinds = list(random[model])
            x = np.arange(len(kinds))
            for shift, values, mark, color, name in (
                (-0.12, random[model], "^", COLORS[2], "random folds"),
                (0.12, grouped[model], "o", COLORS[0], "grouped folds"),
            ):
                table = np.array([bounds(values[kind]) for kind in kinds])
                at = x + shift
                ax.errorbar(
                    at, table[:, 0], errors(table), fmt=mark, color=color, capsize=3, label=name,
                    markersize=8,
                )  # fmt: skip
                for place, (estimate, low, high) in zip(at, table, strict=True):
                    ax.annotate(
                        f"{estimate:.2f}", (place, high if shift < 0 else low),
                        xytext=(0, 5 if shift < 0 else -14), textcoords="offset points",
                        ha="center", fontsize=9,
                    )  # fmt: skip
                words += [
                    f"{model}, {k}, {name}: {t[0]:.2f}" for k, t in zip(kinds, table, strict=True)
                ]
            ax.axhline(chance, color=GRAY, linestyle=":", linewidth=1.8)
            ax.set_xticks(x, [kind.replace(" per ", "\nper ") for kind in kinds])
            ax.set(title=model, xlim=(-0.5, len(kinds) - 0.5), ylim=(0, 1.04))
        axes[0].set_ylabel("cross-validated accuracy")
        axes[0].text(-0.47, chance, f"chance {chance:.2f}", va="bottom", color=INK, fontsize=9)
        axes[-1].legend(loc="upper right")
        fig.suptitle("Nonsense labels must score chance", x=0.01, ha="left", weight="bold")
    return fig, f"Accuracy by kind of folds. {'; '.join(words)}. Chance is {chance:.2f}."


def lies(rows: Mapping[str, tuple[Any, str]]) -> Drawn:
    """Draw the size of each lie in points: reported minus true, with interval.

    Args:
        rows: What was done wrong -> (difference in accuracy, as `bounds` takes it, and the
            experiment that exposes it).
    """
    table = 100 * np.array([bounds(value) for value, _ in rows.values()])
    y = np.arange(len(rows))
    with style():
        fig = new_figure(9.6, 1.8 + 0.6 * len(rows))
        ax = fig.subplots()
        told = table[:, 1] > 0
        for shown, fill, label in (
            (told, COLORS[2], "interval above zero"), (~told, "white", "not shown"),
        ):  # fmt: skip
            if shown.any():
                ax.errorbar(
                    table[shown, 0], y[shown], xerr=errors(table[shown]), fmt="o", markersize=9,
                    mfc=fill, mec=COLORS[2], color=COLORS[2], ecolor=COLORS[2], capsize=4,
                    elinewidth=2.2, label=label,
                )  # fmt: skip
        for row, (estimate, _, high), (_, caught) in zip(y, table, rows.values(), strict=True):
            ax.annotate(
                f"{estimate:+.1f}", (high, row), xytext=(8, 0), textcoords="offset points",
                va="center", weight="bold",
            )  # fmt: skip
            ax.annotate(
                caught, (1.01, row), xycoords=("axes fraction", "data"), va="center", fontsize=9,
                color=GRAY,
            )  # fmt: skip
        ax.axvline(0, color=GRAY, linestyle=":", linewidth=1.6)
        ax.annotate("exposed by", (1.01, -0.75), xycoords=("axes fraction", "data"), fontsize=9)
        ax.set_yticks(y, list(rows))
        ax.set_ylim(len(rows) - 0.4, -0.9)
        ax.grid(visible=False, axis="y")
        ax.grid(visible=True, axis="x")
        ax.tick_params(axis="y", length=0)
        low, high = min(table[:, 1].min(), 0), table[:, 2].max()
        ax.set_xlim(low - 0.08 * (high - low), high + 0.22 * (high - low))  # room for numbers
        ax.set(xlabel="points of accuracy that are not there (95 % interval)")
        ax.set_title("The size of each lie")
        fig.legend(loc="outside lower center", ncols=2)
    words = "; ".join(
        f"{name}: {t[0]:+.1f} points, {t[1]:+.1f} to {t[2]:+.1f}, exposed by {caught}"
        for (name, (_, caught)), t in zip(rows.items(), table, strict=True)
    )
    return fig, f"Dots with intervals, reported minus true accuracy. {words}."
