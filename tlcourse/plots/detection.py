"""Figures of boxes: true and predicted, from candidates to detections, precision over recall.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.style import COLORS, GRAY, LINES, new_figure, style

Drawn = tuple[Any, str]
TRUE, FOUND, WRONG = "#ffffff", COLORS[0], COLORS[6]


def boxed(
    images: np.ndarray,
    truth: np.ndarray,
    predicted: np.ndarray,
    overlap: Sequence[float],
    *,
    what: str,
    title: str,
    columns: int = 4,
) -> Drawn:
    """Draw scenes with the true box (solid) and a predicted one (dashed), and their IoU.

    Args:
        images: uint8 (n, S, S, 3).
        truth: Boxes (n, 4).
        predicted: Boxes (n, 4).
        overlap: IoU of each pair.
        what: What the dashed box is.
        title: Headline.
        columns: Scenes in a row.
    """
    rows = -(-len(images) // columns)
    with style():
        fig = new_figure(1.9 * columns, 2.0 * rows + 0.6)
        axes = np.ravel(fig.subplots(rows, columns, squeeze=False))
        for ax, image, a, b, value in zip(axes, images, truth, predicted, overlap, strict=False):
            picture(ax, image)
            rectangle(ax, a, color=TRUE, line="-")
            rectangle(ax, b, color=WRONG, line="--")
            ax.text(
                0.03, 0.97, f"IoU {value:.2f}", transform=ax.transAxes, va="top", fontsize=9,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5},
            )  # fmt: skip
        for ax in axes[len(images) :]:
            ax.set_axis_off()
        fig.suptitle(f"{title}\nsolid: the truth, dashed: {what}", x=0.01, ha="left", fontsize=11)
    return fig, (
        f"{len(images)} scenes with a drawn object on a photograph; solid true box, dashed {what}. "
        f"IoU from {min(overlap):.2f} to {max(overlap):.2f}, mean {np.mean(overlap):.2f}."
    )


def from_candidates(
    image: np.ndarray,
    grid: np.ndarray,
    candidates: tuple[np.ndarray, np.ndarray],
    kept: tuple[np.ndarray, np.ndarray, Sequence[str]],
    truth: tuple[np.ndarray, Sequence[str]],
) -> Drawn:
    """Draw one scene four times: score of each place, all boxes, what is kept, the truth.

    Args:
        image: uint8 (S, S, 3).
        grid: Score of each place (rows, columns).
        candidates: Boxes (n, 4) and scores (n,) before duplicates are removed.
        kept: Boxes, scores and names after.
        truth: True boxes and names.
    """
    size = image.shape[0]
    with style():
        fig = new_figure(10.4, 3.0)
        axes = fig.subplots(1, 4)
        for ax in axes:
            picture(ax, image)
        axes[0].imshow(
            grid, extent=(0, size, size, 0), cmap="viridis", alpha=0.65, vmin=0, vmax=1,
            interpolation="nearest",
        )  # fmt: skip
        for (row, column), value in np.ndenumerate(grid):
            if value >= 0.1:
                x, y = ((i + 0.5) * size / len(grid) for i in (column, row))
                ink = "black" if value > 0.6 else "white"
                axes[0].text(
                    x, y, f"{value:.1f}".lstrip("0"), color=ink, fontsize=7,
                    ha="center", va="center",
                )  # fmt: skip
        for box, score in zip(*candidates, strict=True):
            rectangle(axes[1], box, color=WRONG, line="--", width=0.6 + 2 * float(score))
        for box, score, name in zip(*kept, strict=True):
            rectangle(axes[2], box, color=FOUND, line="-", width=2.2)
            label(axes[2], box, f"{name} {score:.2f}")
        for box, name in zip(*truth, strict=True):
            rectangle(axes[3], box, color=TRUE, line="-", width=2.2)
            label(axes[3], box, name)
        names = (
            "score of each place",
            f"{len(candidates[0])} candidates",
            f"{len(kept[0])} kept",
            f"the truth: {len(truth[0])}",
        )
        for ax, name in zip(axes, names, strict=True):
            ax.set_title(name, fontsize=10.5)
    words = ", ".join(f"{name} {score:.2f}" for _, score, name in zip(*kept, strict=True))
    return fig, (
        f"One scene in four panels: the score of {grid.size} places, {len(candidates[0])} "
        f"candidate boxes above the threshold, {len(kept[0])} boxes after duplicates are removed "
        f"({words}), and {len(truth[0])} true boxes ({', '.join(truth[1])})."
    )


def precision_recall(curves: Mapping[str, tuple[float, np.ndarray]], *, title: str) -> Drawn:
    """Draw precision over recall, one line for each detector.

    Args:
        curves: Name -> (average precision, precision at 101 values of recall).
        title: Headline.
    """
    recall = np.linspace(0, 1, 101)
    with style():
        fig = new_figure(7.6, 3.8)
        ax = fig.subplots()
        for i, (name, (value, curve)) in enumerate(curves.items()):
            ax.plot(
                recall, curve, color=COLORS[i], linestyle=LINES[i % len(LINES)], linewidth=2.2,
                label=f"{name}: {value:.2f}",
            )  # fmt: skip
        ax.set(
            xlim=(0, 1), ylim=(0, 1.03), xlabel="recall: share of objects found",
            ylabel="precision", title=title,
        )  # fmt: skip
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), title="average precision")
    words = "; ".join(
        f"{name}: AP {value:.2f}, precision {curve[50]:.2f} at recall 0.5"
        for name, (value, curve) in curves.items()
    )
    return fig, f"Precision over recall of {len(curves)} detectors at IoU 0.5. {words}."


def picture(ax: Any, image: np.ndarray) -> None:
    """Show a picture without axes, pixel edges at whole numbers."""
    size = image.shape[0]
    ax.imshow(image, extent=(0, image.shape[1], size, 0))
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


def rectangle(ax: Any, box: np.ndarray, *, color: str, line: Any, width: float = 2.0) -> None:
    """Draw a box with a dark rim, so that it can be seen on any ground."""
    from matplotlib.patches import Rectangle
    from matplotlib.patheffects import Normal, Stroke

    x1, y1, x2, y2 = (float(v) for v in box)
    shape = Rectangle(
        (x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor=color, linestyle=line, linewidth=width
    )
    rim = "#1a1a1a" if color == TRUE else "white"
    shape.set_path_effects([Stroke(linewidth=width + 1.6, foreground=rim), Normal()])
    ax.add_patch(shape)


def label(ax: Any, box: np.ndarray, text: str) -> None:
    """Write a name at the upper left corner of a box, inside the picture."""
    x, y = float(box[0]), max(float(box[1]), 9)
    ax.text(
        x, y, text, fontsize=8, va="bottom", color="#1a1a1a", clip_on=True,
        bbox={"facecolor": "white", "edgecolor": GRAY, "linewidth": 0.4, "alpha": 0.9, "pad": 1.2},
    )  # fmt: skip
