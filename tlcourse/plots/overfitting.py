"""Figures of overfitting: curves of one patient, remedies in two columns, cost, leashes, stops.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.intervals import bounds
from tlcourse.plots.style import COLORS, GRAY, INK, MARKERS, look, new_figure, style

Drawn = tuple[Any, str]


def patient(
    train: np.ndarray, held_out: np.ndarray, train_loss: np.ndarray, loss: np.ndarray
) -> Drawn:
    """Draw accuracy and loss over epochs, with the gap as a labeled bracket.

    Args:
        train: Training accuracy after each epoch.
        held_out: Validation accuracy after each epoch.
        train_loss: Mean training loss after each epoch, nats.
        loss: The same for validation.
    """
    epochs = np.arange(1, len(train) + 1)
    first, second = {**look(0), "markersize": 4}, {**look(2), "markersize": 4, "linestyle": "--"}
    gap = 100 * (train[-1] - held_out[-1])
    with style():
        fig = new_figure(9.2, 3.7)
        left, right = fig.subplots(1, 2)
        left.plot(epochs, 100 * train, label="training", **first)
        left.plot(epochs, 100 * held_out, label="validation", **second)
        at = epochs[-1] + 1
        left.annotate(
            "", (at, 100 * train[-1]), (at, 100 * held_out[-1]),
            arrowprops={"arrowstyle": "<->", "color": INK, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
        left.set_xlim(0.5, at + 0.6)
        left.text(at - 1, 100 * (train[-1] + held_out[-1]) / 2, f"gap {gap:.0f}", ha="right")
        left.set(xlabel="epoch", ylabel="accuracy (%)", title="Accuracy, and its gap")
        right.plot(epochs, np.maximum(train_loss, 1e-6), **first)
        right.plot(epochs, loss, **second)
        right.set(xlabel="epoch", ylabel="loss, nats (log)", yscale="log")
        right.set_title("Loss")
        fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    alt = (
        f"Two line charts over {len(train)} epochs. Training accuracy ends at "
        f"{100 * train[-1]:.0f} percent, validation at {100 * held_out[-1]:.0f} percent, a gap of "
        f"{gap:.0f} points. The validation loss ends at {loss[-1]:.2f} nats, the training loss at "
        f"{train_loss[-1]:.2g}."
    )
    return fig, alt


def remedies(patients: Mapping[str, Mapping[str, Any]]) -> Drawn:
    """Draw the effect of each remedy on accuracy, one panel for each patient.

    Args:
        patients: Patient -> remedy -> difference to that patient untreated, with an interval.
            A marker is hollow where the interval includes zero.
    """
    names = list(next(iter(patients.values())))
    words = []
    with style():
        fig = new_figure(9.6, 1.6 + 0.42 * len(names))
        axes = np.atleast_1d(fig.subplots(1, len(patients), sharex=True, sharey=True))
        for ax, (patient_, effects) in zip(axes, patients.items(), strict=True):
            ax.axvline(0, color=GRAY, linestyle=":", linewidth=1.6)
            said = []
            for row, name in enumerate(names):
                value, low, high = (100 * v for v in bounds(_triple(effects[name])))
                clear = low > 0 or high < 0
                ax.errorbar(
                    value, row, xerr=[[value - low], [high - value]], capsize=3,
                    fmt="o" if clear else "s", mfc=COLORS[0] if clear else "white",
                    color=COLORS[0] if clear else GRAY,
                )  # fmt: skip
                said.append(f"{name} {value:+.1f}{'' if clear else ' (undecided)'}")
            ax.set_title(patient_)
            ax.set_xlabel("change of test accuracy (points)")
            ax.grid(visible=True, axis="x")
            words.append(f"{patient_}: {', '.join(said)}")
        axes[0].set_yticks(range(len(names)), names)
        axes[0].set_ylim(len(names) - 0.5, -0.5)
    return fig, f"Effects of {len(names)} remedies in points. {'. '.join(words)}."


def _triple(gain: Any) -> Any:
    return (gain.gain, gain.low, gain.high) if hasattr(gain, "gain") else gain


_TICKS = (0.3, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 1.6, 2, 2.5, 3, 4, 6, 8, 12, 20)


def _apart(heights: Sequence[float], least: float, middle: float) -> list[float]:
    """Return rising heights that are at least so far apart, moved back around the middle."""
    written = list(heights)
    for i in range(1, len(written)):
        written[i] = max(written[i], written[i - 1] + least)
    shift = (written[0] + written[-1]) / 2 - middle
    return [height - shift for height in written]


def honesty(points: Mapping[str, tuple[float, float, float]]) -> Drawn:
    """Draw accuracy against likelihood, with an arrow from before to after the temperature.

    Args:
        points: Treatment -> (NLL before, NLL after, accuracy).
    """
    order = sorted(points, key=lambda name: points[name][2])
    heights = [100 * points[name][2] for name in order]
    middle = (heights[0] + heights[-1]) / 2
    tall = max(4.0, 1.25 * (heights[-1] - heights[0]))  # points of accuracy shown
    written = _apart(heights, 0.085 * tall, middle)
    words = []
    with style():
        fig = new_figure(8.4, 4.8)
        ax = fig.subplots()
        right = max(before for before, _, _ in points.values()) * 1.12
        for name, height, label in zip(order, heights, written, strict=True):
            before, after, _ = points[name]
            color = COLORS[list(points).index(name) % len(COLORS)]
            ax.annotate(
                "", (after, height), (before, height), arrowprops={"arrowstyle": "->", "color": INK}
            )
            ax.plot(before, height, marker="o", mfc="white", mew=1.8, color=color)
            ax.plot(after, height, marker="s", color=color)
            ax.annotate(
                name, (before, height), xytext=(right, label), va="center", fontsize=9.5,
                arrowprops={"arrowstyle": "-", "color": "#c8c8c8", "linewidth": 0.8},
            )  # fmt: skip
            words.append(f"{name}: {height:.0f} percent, {before:.2f} to {after:.2f} nats")
        low = min(after for _, after, _ in points.values())
        ax.set_xscale("log")
        ax.set_xlim(low * 0.93, right * (right / low) ** 0.55)
        ax.set_ylim(middle - 0.56 * tall, middle + 0.56 * tall)
        ticks = [t for t in _TICKS if low * 0.93 <= t <= right]
        fewer = ticks[:: 1 + len(ticks) // 8]
        ax.set_xticks(fewer, [f"{t:g}" for t in fewer])
        ax.minorticks_off()
        ax.set(xlabel="test NLL, nats (log)", ylabel="test accuracy (%)")
        ax.set_title("One number per model: circle before, square after the temperature")
    return fig, f"Arrows from the likelihood before to after one temperature. {'; '.join(words)}."


def noisy_labels(grid: Any, size: int) -> Drawn:
    """Draw accuracy and likelihood against regularization strength, by share of wrong labels.

    Args:
        grid: A `NoiseGrid`.
        size: Labels of each class.
    """
    words = []
    with style():
        fig = new_figure(9.6, 3.9)
        left, right = fig.subplots(1, 2)
        for i, share in enumerate(grid.shares):
            cells = [grid.cell(c, share, size) for c in grid.strengths]
            test = 100 * np.array([cell.accuracy for cell in cells])
            train = 100 * np.array([cell.train.mean() for cell in cells])
            nll = np.array([cell.nll.mean() for cell in cells])
            left.plot(grid.strengths, test, label=f"{share:.0%} wrong, test", **look(i))
            thin = {**look(i), "linewidth": 0.9, "markersize": 4, "mfc": "white"}
            left.plot(grid.strengths, train, label=f"{share:.0%} wrong, training", **thin)
            right.plot(grid.strengths, nll, **look(i))
            words.append(
                f"{share:.0%} wrong labels: test accuracy {test[0]:.0f} to {test[-1]:.0f} percent "
                f"from C {grid.strengths[0]:g} to {grid.strengths[-1]:g}, best at "
                f"{grid.best(share, size):g}; NLL {nll.min():.2f} to {nll.max():.2f}"
            )
        for ax in (left, right):
            ax.set(xscale="log", xlabel="C (log): strong to weak regularization")
        left.set(ylabel="accuracy (%)", title="Accuracy, open markers: training")
        right.set(ylabel="test NLL, nats", title="Likelihood")
        fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig, f"Lines over regularization strength, {size} labels a class. {'. '.join(words)}."


def double_cost(arms: Mapping[str, tuple[float, Any, float]], majority: float) -> Drawn:
    """Draw test accuracy against training time, one marker for each way to train.

    Args:
        arms: Arm -> (seconds of one run, accuracy with interval, training accuracy).
        majority: Share of the largest class.
    """
    words = []
    with style():
        fig = new_figure(8.4, 4.4)
        ax = fig.subplots()
        for i, (name, (seconds, accuracy, train)) in enumerate(arms.items()):
            value, low, high = (100 * v for v in bounds(accuracy))
            ax.errorbar(
                seconds, value, [[value - low], [high - value]], capsize=3,
                fmt=MARKERS[i], color=COLORS[i], markersize=9,
                label=f"{name} (training {train:.2f})",
            )  # fmt: skip
            words.append(
                f"{name}: {seconds:.2g} seconds, {value:.0f} percent, training {100 * train:.0f}"
            )
        ax.axhline(100 * majority, color=GRAY, linestyle=":", linewidth=1.6)
        ax.text(1, 100 * majority, "majority", transform=ax.get_yaxis_transform(), ha="right",
                va="bottom")  # fmt: skip
        ax.set(xscale="log", xlabel="seconds to train once (log)", ylabel="test accuracy (%)")
        ax.margins(x=0.12)
        ax.set_title("More layers on few labels: the time is certain, the gain is not")
        fig.legend(loc="outside right center")
    return fig, f"Accuracy against training time. {'; '.join(words)}."


def leashes(
    strengths: Sequence[float],
    arms: Mapping[str, Sequence[Any]],
    moved: Mapping[str, Sequence[float]],
    *,
    probe: float,
    majority: float,
) -> Drawn:
    """Draw accuracy and movement for two anchors over the strength of the pull.

    Args:
        strengths: Lambda, rising.
        arms: Anchor -> accuracy with interval at each strength.
        moved: Anchor -> mean relative movement of the kernels.
        probe: Accuracy of a head on untouched features.
        majority: Share of the largest class.
    """
    x = np.arange(len(strengths))
    words = []
    with style():
        fig = new_figure(9.2, 4.0)
        left, right = fig.subplots(1, 2)
        for i, (name, values) in enumerate(arms.items()):
            table = 100 * np.array([bounds(value) for value in values])
            looks, at = look(2 * i), x + 0.05 * (2 * i - 1)
            spread = np.abs(table[:, 1:] - table[:, :1]).T
            left.errorbar(at, table[:, 0], spread, capsize=3, label=name, **looks)
            far = 100 * np.array(moved[name])
            right.plot(at, far, **looks)
            said = ", ".join(
                f"{value:.0f} percent at {s:g} (moved {m:.0f})"
                for value, s, m in zip(table[:, 0], strengths, far, strict=True)
            )
            words.append(f"{name}: {said}")
        for value, label, side in ((probe, "probe", "top"), (majority, "majority", "bottom")):
            left.axhline(100 * value, color=GRAY, linestyle=":", linewidth=1.6)
            left.text(0.5, 100 * value, label, va=side, ha="center")
        left.set(ylabel="test accuracy (%)", title="Where each leash ends")
        right.set(ylabel="movement of block-5 kernels (%)", title="Who goes where")
        for ax in (left, right):
            ax.set_xticks(x, [f"{s:g}" for s in strengths])
            ax.set_xlabel("strength λ")
        fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return fig, f"Two anchors over the strength of the pull. {'. '.join(words)}."


def three_lies(lotteries: Sequence[Any], curves: Mapping[str, np.ndarray], epochs: int) -> Drawn:
    """Draw what early stopping reports, where it stops, and what a leak makes of it.

    Args:
        lotteries: One `Lottery` for each number of validation pictures, rising.
        curves: "leaking validation", "honest validation" and "test" -> accuracy by epoch.
        epochs: Number of epochs.
    """
    sizes = [own.size for own in lotteries]
    over = [100 * (own.reported - own.true) for own in lotteries]
    first, last = lotteries[0], lotteries[-1]
    with style():
        fig = new_figure(11.4, 3.9)
        left, middle, right = fig.subplots(1, 3)
        ends = np.array([[np.mean(o), *np.percentile(o, (10, 90))] for o in over])
        spread = np.abs(ends[:, 1:] - ends[:, :1]).T
        x = np.arange(len(sizes))
        left.errorbar(x, ends[:, 0], spread, capsize=3, **look(0))
        left.axhline(0, color=GRAY, linestyle=":")
        left.set_xticks(x, sizes)
        left.set(xlabel="validation pictures", ylabel="reported − true (points)")
        left.set_title("1. It reports a maximum")
        bins = np.arange(0.5, epochs + 1, max(1, epochs // 10))
        for own, hatch, color in ((first, "///", COLORS[1]), (last, "", COLORS[0])):
            middle.hist(
                own.chosen, bins, weights=np.full(len(own.chosen), 100 / len(own.chosen)),
                histtype="bar", alpha=0.55, hatch=hatch, color=color, edgecolor=INK,
                label=f"{own.size} pictures",
            )  # fmt: skip
        middle.set(
            xlabel="epoch chosen", ylabel="share of redraws (%)", title="2. It picks by luck"
        )
        middle.legend()
        for i, (name, values) in enumerate(curves.items()):
            looks = {**look(i), "markersize": 3.5}
            right.plot(np.arange(1, len(values) + 1), 100 * values, label=name, **looks)
        right.set(xlabel="epoch", ylabel="accuracy (%)", title="3. It believes a leak")
        right.legend(fontsize=9)
    said = ", ".join(f"{o.size} pictures {100 * o.optimism:+.1f}" for o in lotteries)
    low, high = np.percentile(first.chosen, (10, 90))
    ends_at = ", ".join(f"{name} {100 * values[-1]:.0f}" for name, values in curves.items())
    alt = (
        f"Three panels. Reported minus true accuracy in points: {said}. With {first.size} pictures "
        f"the middle 80 percent of stops lie between epoch {low:.0f} and {high:.0f}. Accuracy "
        f"after the last epoch: {ends_at} percent."
    )
    return fig, alt
