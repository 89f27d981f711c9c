"""Figures of domain shift: its price, favorite answers, rulers, renderings, gains, seeds.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.intervals import bounds, errors
from tlcourse.plots.style import COLORS, GRAY, HATCHES, INK, MARKERS, new_figure, style

Drawn = tuple[Any, str]


def price(directions: Mapping[str, tuple[Any, Any]]) -> Drawn:
    """Draw what a new style costs: each direction's accuracy and that of training on the target.

    Args:
        directions: "source → target" → (source only, trained on the target's style), each as
            `bounds` takes it.
    """
    names = list(directions)
    low = np.array([bounds(pair[0]) for pair in directions.values()])
    high = np.array([bounds(pair[1]) for pair in directions.values()])
    y = np.arange(len(names))
    with style():
        fig = new_figure(8.4, 1.7 + 0.55 * len(names))
        ax = fig.subplots()
        ax.hlines(y, low[:, 0], high[:, 0], color="#c8c8c8", linewidth=5, zorder=0)
        ax.errorbar(
            low[:, 0], y + 0.1, xerr=errors(low), fmt="X", color=COLORS[2], capsize=3, markersize=9,
            label="trained on the source's style",
        )  # fmt: skip
        ax.errorbar(
            high[:, 0], y - 0.1, xerr=errors(high), fmt="o", color=COLORS[0], capsize=3,
            label="trained on the target's style",
        )  # fmt: skip
        for row in y:
            ax.annotate(
                f"{100 * (low[row, 0] - high[row, 0]):+.0f} points",
                (max(low[row, 2], high[row, 2]), row),
                xytext=(9, 0), textcoords="offset points", va="center", weight="bold",
            )  # fmt: skip
        rows_axis(ax, names, "accuracy on unseen things, 95 % interval", "The price of a style")
        ax.margins(x=0.16)
        fig.legend(loc="outside lower center", ncols=2)
    words = "; ".join(
        f"{name}: {a[0]:.2f} against {b[0]:.2f}, {100 * (a[0] - b[0]):+.0f} points"
        for name, a, b in zip(names, low, high, strict=True)
    )
    return (
        fig,
        f"Dot plot of accuracy, trained on the source's against the target's style. {words}.",
    )


def favorites(
    true: np.ndarray, predicted: np.ndarray, class_names: Sequence[str], *, title: str
) -> Drawn:
    """Draw true and predicted class counts side by side.

    Args:
        true: Number of items of each class, (C,).
        predicted: Number of times each class is answered, (C,).
        class_names: In label order.
        title: Headline.
    """
    order = np.argsort(-predicted, kind="stable")
    y = np.arange(len(order))
    with style():
        fig = new_figure(7.4, 1.5 + 0.5 * len(order))
        ax = fig.subplots()
        kinds = ((true, "true", COLORS[3], -0.2, 0), (predicted, "predicted", COLORS[1], 0.2, 1))
        for counts, label, color, move, hatch in kinds:
            bars = ax.barh(
                y + move, counts[order], 0.38, color=color, hatch=HATCHES[hatch], edgecolor="white",
                label=label,
            )  # fmt: skip
            ax.bar_label(bars, fmt="%d", padding=3, fontsize=9)
        rows_axis(ax, [class_names[c] for c in order], "pictures", title)
        ax.legend(loc="lower right")
        ax.margins(x=0.1)
    top = order[:2]
    never = [class_names[c] for c in order if predicted[c] == 0]
    alt = (
        f"Paired bars of true and predicted counts. {class_names[top[0]]} and "
        f"{class_names[top[1]]} take {predicted[top].sum():.0f} of {predicted.sum():.0f} answers "
        f"(true: {true[top].sum():.0f}). Never answered: {', '.join(never) or 'no class'}."
    )
    return fig, alt


def rulers(
    measures: Mapping[str, Mapping[str, float]],
    losses: Mapping[str, float],
    floors: Mapping[str, float],
) -> Drawn:
    """Draw each shift measure against the loss of accuracy, one point for each direction.

    Args:
        measures: Measure → "source → target" → value.
        losses: "source → target" → loss in points.
        floors: Measure → its value within one style.
    """
    targets = list(dict.fromkeys(name.split(" → ")[1] for name in losses))
    with style():
        fig = new_figure(9.6, 6.6)
        axes = fig.subplots(2, 2, sharey=True).ravel()
        for ax, (measure, values) in zip(axes, measures.items(), strict=True):
            for i, target in enumerate(targets):
                names = [n for n in losses if n.endswith(f"→ {target}")]
                ax.scatter(
                    [values[n] for n in names], [losses[n] for n in names], s=64, label=target,
                    marker=MARKERS[i], color=COLORS[i], edgecolors="white", zorder=3,
                )  # fmt: skip
            ax.axvline(floors[measure], color=GRAY, linestyle="--", linewidth=1.4)
            ax.annotate(
                "same style", (floors[measure], 1), xycoords=("data", "axes fraction"),
                xytext=(3, -3), textcoords="offset points", va="top", fontsize=9, color=INK,
            )  # fmt: skip
            ax.set(xlabel=measure)
            ax.locator_params(axis="x", nbins=5)
            ax.grid(visible=True, axis="both")
        for ax in axes[::2]:
            ax.set_ylabel("loss of accuracy (points)")
        handles, labels = axes[0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="outside lower center", ncols=len(targets), title="target")
        fig.suptitle("Four rulers, and the loss they should foretell", x=0.01, ha="left",
                     weight="bold")  # fmt: skip
    words = "; ".join(
        f"{name} from {min(v.values()):.3g} to {max(v.values()):.3g}, same style {floors[name]:.3g}"
        for name, v in measures.items()
    )
    alt = (
        f"Four scatter plots of a shift measure against the loss for {len(losses)} directions; "
        f"losses run from {min(losses.values()):.0f} to {max(losses.values()):.0f} points. {words}."
    )
    return fig, alt


def looks_alike(
    rows: Mapping[str, np.ndarray], accuracy: Mapping[str, Any], *, title: str
) -> Drawn:
    """Draw a strip of pictures for each kind of training set, and the accuracy it buys.

    Args:
        rows: Kind → a few pictures, uint8 (k, S, S, 3).
        accuracy: The same kinds, and others without a strip → value as `bounds` takes it.
        title: Headline.
    """
    names, k = list(accuracy), max(len(v) for v in rows.values())
    table = np.array([bounds(v) for v in accuracy.values()])
    with style():
        fig = new_figure(10.4, 0.95 * len(names) + 0.9)
        grid = fig.add_gridspec(len(names), k + 5)
        for i, name in enumerate(names):
            for j in range(k if name in rows else 0):
                ax = fig.add_subplot(grid[i, j])
                ax.imshow(rows[name][j])
                ax.set(xticks=[], yticks=[])
                ax.grid(visible=False)
                ax.spines[:].set_color("#d0d0d0")
        ax = fig.add_subplot(grid[:, k + 1 :])
        y = np.arange(len(names))
        ax.errorbar(table[:, 0], y, xerr=errors(table), fmt="o", color=COLORS[0], capsize=3)
        for row, (estimate, _, high) in enumerate(table):
            ax.annotate(f"{estimate:.2f}", (high, row), xytext=(6, 0), va="center",
                        textcoords="offset points")  # fmt: skip
        rows_axis(ax, names, "accuracy on the target, 95 % interval", "")
        ax.margins(x=0.18)
        fig.suptitle(title, x=0.01, ha="left", weight="bold")
    words = "; ".join(f"{name}: {v[0]:.2f}" for name, v in zip(names, table, strict=True))
    return fig, f"Strips of pictures, and the accuracy that training on them buys. {words}."


def repair_ladder(gains: Mapping[str, Mapping[str, Any]]) -> Drawn:
    """Draw the gain of each method over source only, one panel for each target.

    Args:
        gains: Target → method → paired difference (0.05 is 5 points), as `bounds` takes it.
    """
    methods = list(next(iter(gains.values())))
    clear = []
    with style():
        fig = new_figure(3.4 * len(gains) + 1.2, 1.6 + 0.55 * len(methods))
        axes = np.atleast_1d(fig.subplots(1, len(gains), sharey=True, sharex=True))
        for i, (ax, (target, values)) in enumerate(zip(axes, gains.items(), strict=True)):
            table = 100 * np.array([bounds(values[m]) for m in methods])
            ax.axvline(0, color=GRAY, linestyle=":", linewidth=1.6, zorder=0)
            for row, (estimate, low, high) in enumerate(table):
                decided = low > 0 or high < 0
                ax.errorbar(
                    estimate, row, xerr=[[estimate - low], [high - estimate]], capsize=3,
                    fmt=MARKERS[i], color=COLORS[i], mfc=COLORS[i] if decided else "white", mew=1.6,
                )  # fmt: skip
            rows_axis(ax, methods, "gain (points)", target)
            clear.append(f"{target}: {int((table[:, 1] > 0).sum())} of {len(methods)} clear zero")
        fig.suptitle("Repairs, and where they pay (filled: the interval excludes zero)", x=0.01,
                     ha="left", weight="bold")  # fmt: skip
    words = "; ".join(
        f"{target}: " + ", ".join(f"{m} {100 * bounds(v)[0]:+.0f}" for m, v in values.items())
        for target, values in gains.items()
    )
    return fig, f"Gains in points over source only. {'; '.join(clear)}. {words}."


def five_seeds(
    accuracy: Mapping[str, Mapping[str, Sequence[float]]],
    domain_loss: Mapping[str, Mapping[str, float]],
) -> Drawn:
    """Draw every seed of every network, one column for each way of scaling, with domain losses.

    Args:
        accuracy: Scaling → method → accuracy of each run.
        domain_loss: Scaling → method → domain loss at the end, where the method has one.
    """
    columns = list(accuracy)
    with style():
        fig = new_figure(9.0, 5.2)
        grid = fig.subplots(2, len(columns), sharey="row", sharex=True, height_ratios=[2, 1],
                            squeeze=False)  # fmt: skip
        for j, scaling in enumerate(columns):
            names = list(accuracy[scaling])
            for i, name in enumerate(names):
                runs = np.asarray(accuracy[scaling][name])
                spread = np.linspace(-0.18, 0.18, len(runs))
                top = grid[0, j]
                top.vlines(i, runs.min(), runs.max(), color="#c8c8c8", linewidth=6, zorder=0)
                top.plot(i + spread, runs, MARKERS[i], color=COLORS[i], mfc="white", mew=1.5)
                if name in domain_loss[scaling]:
                    grid[1, j].plot(i, domain_loss[scaling][name], MARKERS[i], color=COLORS[i])
            grid[0, j].set_title(f"{scaling} scaling")
            grid[1, j].axhline(np.log(2), color=GRAY, linestyle=":", linewidth=1.6)
            grid[1, j].annotate("ln 2: chance", (0, np.log(2)), xytext=(0, 3), fontsize=9,
                                textcoords="offset points", ha="center")  # fmt: skip
            grid[1, j].set_xticks(range(len(names)), names)
            grid[1, j].set_xlim(-0.6, len(names) - 0.4)
        grid[0, 0].set_ylabel("accuracy on the target")
        grid[1, 0].set_ylabel("domain loss (nats)")
        grid[1, 0].margins(y=0.4)
    words = "; ".join(
        f"{scaling} scaling, {name}: {min(runs):.2f} to {max(runs):.2f}"
        + (
            f", domain loss {domain_loss[scaling][name]:.2f}"
            if name in domain_loss[scaling]
            else ""
        )
        for scaling in columns
        for name, runs in accuracy[scaling].items()
    )
    return fig, f"Accuracy of every run of every network, and domain losses. {words}."


def rows_axis(ax: Any, names: Sequence[str], xlabel: str, title: str) -> None:
    """Name the rows, the first on top, with vertical grid lines."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.45, -0.55)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.tick_params(axis="y", length=0)
    ax.set(xlabel=xlabel, title=title)
