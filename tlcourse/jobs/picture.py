"""One picture of what a fitted model answered: test pictures with answers, recall by class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest

from tlcourse.datasets.images import at_size
from tlcourse.evaluation import Result
from tlcourse.jobs.fit import Fitted

_ROWS, _COLUMNS = 4, 4
_SIDE = 128  # pixels of one test picture
_RIGHT, _WRONG = "#1f5fa8", "#c23b22"  # told apart by line style too, never by color alone


def save_picture(fitted: Fitted, path: str | Path, *, seed: int = 0) -> None:
    """Draw `answer_figure` into a PNG file whose description says what it shows."""
    figure, description = answer_figure(fitted, seed=seed)
    figure.savefig(path, dpi=120, metadata={"Description": description})


def answer_figure(fitted: Fitted, *, seed: int = 0) -> tuple[Any, str]:
    """Draw test pictures with the model's answers, and the recall of every class.

    The pictures are drawn by lot from the test part, neither the best nor the worst. A
    right answer has a solid frame; a wrong one has a dashed frame and names the true class.

    Args:
        fitted: A finished fit.
        seed: Seed of the lot.

    Returns:
        (matplotlib figure, description in words).
    """
    from matplotlib.figure import Figure

    result = fitted.result
    figure = Figure(figsize=(12, 7.2), layout="constrained", facecolor="white")
    left, right = figure.subfigures(1, 2, width_ratios=(1.25, 1))
    shown = np.random.default_rng(seed).permutation(result.n)[: _ROWS * _COLUMNS]
    _draw_pictures(left, fitted, shown)
    _draw_recall(right, result)
    low, high = result.interval
    figure.suptitle(
        f"{result.accuracy:.0%} of {result.n} test pictures right (95 % interval {low:.0%} to "
        f"{high:.0%}); always the most frequent class: {result.majority:.0%}",
        fontsize=13,
    )
    return figure, _describe(result, shown)


def _draw_pictures(part: Any, fitted: Fitted, shown: np.ndarray) -> None:
    result, dataset = fitted.result, fitted.dataset
    row_of = {name: row for row, name in enumerate(dataset.ids)}
    images = at_size(dataset.images, _SIDE)
    part.suptitle(
        f"{len(shown)} test pictures drawn by lot: answer and its probability\n"
        f"solid frame = right, dashed frame = wrong",
        fontsize=10,
    )
    axes = part.subplots(_ROWS, _COLUMNS, squeeze=False).ravel()
    for axis in axes[len(shown) :]:
        axis.set_axis_off()
    for axis, i in zip(axes, shown, strict=False):
        axis.imshow(images[row_of[result.ids[i]]])
        axis.set_xticks([])
        axis.set_yticks([])
        is_right = result.predictions[i] == result.labels[i]
        for spine in axis.spines.values():
            spine.set(linewidth=2.5, color=_RIGHT if is_right else _WRONG)
            spine.set_linestyle("solid" if is_right else (0, (3, 2)))
        answer = _short(result.class_names[result.predictions[i]])
        title = f"{answer} {result.confidence[i]:.0%}"
        axis.set_title(title, fontsize=9, pad=3, parse_math=False)
        if not is_right:
            truth = f"is: {_short(result.class_names[result.labels[i]])}"
            axis.set_xlabel(truth, fontsize=9, color=_WRONG, labelpad=2, parse_math=False)


def _draw_recall(part: Any, result: Result) -> None:
    """Draw each class's recall with its 95 % Wilson interval, the best on top."""
    support = np.asarray(result.confusion).sum(axis=1)
    tested = [c for c in range(len(support)) if support[c]]
    tested.sort(key=lambda c: result.recall[result.class_names[c]])
    recall = np.array([result.recall[result.class_names[c]] for c in tested])
    bounds = np.array([_wilson(result.confusion[c][c], int(support[c])) for c in tested])
    errors = np.abs(bounds.T - recall)
    axis = part.subplots()
    rows = np.arange(len(tested))
    axis.errorbar(recall, rows, xerr=errors, fmt="o", color=_RIGHT, capsize=4, markersize=6)
    axis.axvline(result.accuracy, color="#555555", linewidth=1, linestyle="dotted")
    names = [f"{_short(result.class_names[c])} (n={support[c]})" for c in tested]
    axis.set_yticks(rows, names, parse_math=False)
    axis.set_xlim(-0.02, 1.04)
    axis.set_ylim(-0.6, len(tested) - 0.4)
    axis.grid(axis="x", color="#dddddd")
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_xlabel("recall: share of the class's test pictures found")
    axis.set_title(
        "Recall by class with 95 % intervals\ndotted line = accuracy over all", fontsize=10
    )


def _wilson(right: int, n: int) -> tuple[float, float]:
    interval = binomtest(right, n).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def _short(name: str, limit: int = 16) -> str:
    return name if len(name) <= limit else name[: limit - 1] + "…"


def _describe(result: Result, shown: np.ndarray) -> str:
    right = sum(result.predictions[i] == result.labels[i] for i in shown)
    recall = ", ".join(f"{name} {share:.2f}" for name, share in result.recall.items())
    return (
        f"{len(shown)} test pictures with the model's answers, {right} right (solid frame) and "
        f"{len(shown) - right} wrong (dashed frame). Recall by class: {recall}. Accuracy "
        f"{result.accuracy:.3f} on {result.n} test pictures."
    )
