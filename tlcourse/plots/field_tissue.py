"""Figures of chapter 11, tissue: the slide, the baselines, another lab.

Each function returns a figure and its alternative text, written from the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.plots.intervals import bounds, errors
from tlcourse.plots.style import COLORS, GRAY, INK, new_figure, style

Drawn = tuple[Any, str]


def slide(rgb: np.ndarray, blue: np.ndarray, mask: np.ndarray, *, block: int) -> Drawn:
    """Draw the slide, the blue stain alone, and the brown pixels under a grid of blocks.

    Args:
        rgb: uint8 (s, s, 3).
        blue: uint8 (s, s, 3).
        mask: Brown pixels, bool (s, s).
        block: Side of a block, pixels. Blocks with an even sum of row and column train.
    """
    side = len(rgb)
    with style():
        fig = new_figure(10.4, 3.9)
        axes = fig.subplots(1, 3)
        axes[0].imshow(rgb)
        axes[1].imshow(blue)
        axes[2].imshow(np.where(mask[..., None], (169, 107, 89), (255, 255, 255)))
        titles = ("the slide", "blue stain alone", "label: brown pixels; hatched blocks train")
        for ax, title in zip(axes, titles, strict=True):
            ax.set_title(title)
            ax.set(xticks=[], yticks=[])
            ax.grid(visible=False)
        for top in range(0, side, block):
            for left in range(0, side, block):
                trains = (top // block + left // block) % 2 == 0
                axes[2].add_patch(_square(left, top, block, "////" if trains else ""))
    n = side // block
    alt = (
        f"Three pictures: the slide with brown glands, its blue stain alone in which they "
        f"disappear, and the brown pixels ({mask.mean():.0%} of all) under a grid of {n} × {n} "
        f"blocks, every second one hatched for training."
    )
    return fig, alt


def _square(left: float, top: float, side: float, hatch: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((left, top), side, side, fill=False, hatch=hatch, edgecolor=INK, linewidth=1.4)


def baselines(rows: Mapping[str, Any], *, trivial: Sequence[str]) -> Drawn:
    """Draw AUCs of inputs and baselines with intervals, those that give the label away apart.

    Args:
        rows: Name → AUC as `bounds` takes it.
        trivial: Names of rows whose input holds the label.
    """
    names = list(rows)
    table = np.array([bounds(v) for v in rows.values()])
    y = np.arange(len(names))
    with style():
        fig = new_figure(8.2, 1.5 + 0.42 * len(names))
        ax = fig.subplots()
        for i, name in enumerate(names):
            look = ("X", COLORS[2]) if name in trivial else ("o", COLORS[0])
            ax.errorbar(
                table[i, 0], y[i], xerr=errors(table[i : i + 1]), fmt=look[0], color=look[1],
                capsize=3, markersize=8,
            )  # fmt: skip
            ax.annotate(
                f"{table[i, 0]:.3f}", (table[i, 2], y[i]), xytext=(8, 0),
                textcoords="offset points", va="center",
            )  # fmt: skip
        ax.axvline(0.5, color=GRAY, linestyle=":")
        ax.set_yticks(y, names)
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.set(xlabel="AUC, 95 % interval over blocks; crosses: the label is in the input")
        ax.set_title("From trivial to real: what can be read from shape alone")
        ax.grid(visible=False, axis="y")
        ax.grid(visible=True, axis="x")
        ax.margins(x=0.12)
    words = "; ".join(f"{n} {t[0]:.3f}" for n, t in zip(names, table, strict=True))
    return fig, f"Dot plot of AUC with intervals. {words}."


def other_labs(
    frozen: Sequence[Any], repaired: Sequence[Any], thin: Mapping[float, np.ndarray]
) -> Drawn:
    """Draw ranking and decision of each lab, before and after the repair, and a rarer case mix.

    Args:
        frozen: One `Lab` for each lab, home first.
        repaired: The same labs after own statistics.
        thin: Share of positives → specificity of each draw, in the lab that was repaired.
    """
    names = [lab.name for lab in frozen]
    y = np.arange(len(names))
    with style():
        fig = new_figure(11.4, 1.9 + 0.55 * len(names))
        left, middle, right = fig.subplots(1, 3, width_ratios=[1, 1.5, 1])
        table = np.array([bounds(lab.auc) for lab in frozen])
        left.errorbar(table[:, 0], y, xerr=errors(table), fmt="o", color=COLORS[0], capsize=3)
        left.set(xlabel="AUC", xlim=(0.5, 1.02), title="ranking")
        for labs, fill, move in ((frozen, True, -0.16), (repaired, False, 0.16)):
            for which, marker, color in (
                ("sensitivity", "^", COLORS[0]), ("specificity", "s", COLORS[6]),
            ):  # fmt: skip
                t = np.array([bounds(getattr(lab, which)) for lab in labs])
                middle.errorbar(
                    t[:, 0], y + move, xerr=errors(t), fmt=marker, color=color, capsize=2,
                    markerfacecolor=color if fill else "white", markersize=8,
                    label=f"{which}, {'frozen' if fill else 'repaired'}",
                )  # fmt: skip
        middle.set(xlabel="share, at the frozen threshold", xlim=(-0.03, 1.05), title="decision")
        middle.legend(loc="upper center", bbox_to_anchor=(0.5, -0.24), ncols=2, fontsize=9)
        for ax, labels in ((left, names), (middle, [""] * len(names))):
            ax.set_yticks(y, labels)
            ax.set_ylim(len(names) - 0.5, -0.5)
            ax.grid(visible=False, axis="y")
            ax.grid(visible=True, axis="x")
        _thin(right, thin)
    words = "; ".join(
        f"{a.name}: AUC {a.auc.estimate:.2f}, sensitivity {a.sensitivity.estimate:.2f}, "
        f"specificity {a.specificity.estimate:.2f}, repaired {b.sensitivity.estimate:.2f} and "
        f"{b.specificity.estimate:.2f}"
        for a, b in zip(frozen, repaired, strict=True)
    )
    rare = "; ".join(f"{100 * s:.0f} percent positive {v.mean():.2f}" for s, v in thin.items())
    return fig, f"Three panels. {words}. Specificity of the repair by case mix: {rare}."


def _thin(ax: Any, thin: Mapping[float, np.ndarray]) -> None:
    x = np.arange(len(thin))
    for i, values in enumerate(thin.values()):
        ax.plot(np.full(len(values), i), values, "s", color=COLORS[6], alpha=0.4, markersize=5)
        ax.plot([i - 0.25, i + 0.25], [values.mean()] * 2, color=INK)
        ax.annotate(
            f"{values.mean():.2f}", (i + 0.25, values.mean()), xytext=(4, 0), va="center",
            textcoords="offset points",
        )  # fmt: skip
    ax.set_xticks(x, [f"{100 * share:.0f} %" for share in thin])
    ax.set(xlabel="positive patches in the lab", ylabel="specificity", ylim=(0, 1.02))
    ax.set_title("repair, other case mix")
    ax.set_xlim(-0.5, len(thin) - 0.2)
