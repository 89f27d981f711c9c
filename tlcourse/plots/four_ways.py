"""A diagram: four ways to learn from the same pictures, and where their parts come from."""

from __future__ import annotations

from typing import Any

from matplotlib.patches import FancyBboxPatch

from tlcourse.plots.style import COLORS, GRAY, INK, new_figure, style

# What fills a box says where it comes from; the hatch says it without color.
_KINDS = {
    "given": ("#ffffff", "", "given"),
    "written": ("#e3e3e3", "", "written by people"),
    "here": (COLORS[1], "///", "learned here, from your labels"),
    "elsewhere": (COLORS[0], "xx", "learned elsewhere, kept"),
}
_ROWS = (
    ("traditional ML", (("features", "written"), ("head", "here"))),
    ("from scratch", (("features", "here"), ("head", "here"))),
    ("multi-task", (("shared features", "here"), ("head: class\nhead: color", "here"))),
    ("transfer", (("features", "elsewhere"), ("head", "here"))),
)
_WIDTH, _HEIGHT, _GAP = 2.3, 0.62, 1.0


def four_ways() -> tuple[Any, str]:
    """Draw traditional learning, from scratch, multi-task and transfer as rows of boxes.

    Returns:
        The figure and its alternative text.
    """
    with style():
        fig = new_figure(9.2, 4.1)
        ax = fig.subplots()
        for line, (name, boxes) in enumerate(_ROWS):
            y = -_GAP * line
            ax.text(-0.25, y, name, ha="right", va="center", weight="bold", fontsize=11)
            for column, (label, kind) in enumerate((("pictures", "given"), *boxes)):
                _box(ax, column * (_WIDTH + 0.7), y, label, kind)
                if column:
                    _arrow(ax, column * (_WIDTH + 0.7), y)
        for x, kind in ((0, "written"), (2.7, "here"), (6.1, "elsewhere")):
            _box(ax, x, -_GAP * len(_ROWS) - 0.1, "", kind, width=0.5, height=0.34)
            ax.text(x + 0.6, -_GAP * len(_ROWS) - 0.1, _KINDS[kind][2], va="center", fontsize=9.5)
        ax.set(xlim=(-2.0, 3 * (_WIDTH + 0.7) - 0.4), ylim=(-_GAP * len(_ROWS) - 0.5, 0.55))
        ax.set_title("Four ways to learn: what is learned, and where")
        ax.axis("off")
    rows = ". ".join(
        f"{name}: pictures, "
        + ", ".join(
            f"{label.replace(chr(10), ' and ')} ({_KINDS[kind][2]})" for label, kind in boxes
        )
        for name, boxes in _ROWS
    )
    return fig, f"Diagram with four rows of boxes. {rows}."


def _box(
    ax: Any, x: float, y: float, label: str, kind: str,
    *, width: float = _WIDTH, height: float = _HEIGHT,
) -> None:  # fmt: skip
    color, hatch, _ = _KINDS[kind]
    shape = FancyBboxPatch(
        (x, y - height / 2), width, height, boxstyle="round,pad=0.02,rounding_size=0.08",
        facecolor=color, edgecolor=INK if kind == "given" else "white", hatch=hatch, linewidth=1.0,
    )  # fmt: skip
    ax.add_patch(shape)
    if label:
        paper = {"boxstyle": "round,pad=0.18", "fc": "white", "ec": "none"}
        ax.text(x + width / 2, y, label, ha="center", va="center", fontsize=9.5, bbox=paper)


def _arrow(ax: Any, x: float, y: float) -> None:
    ax.annotate("", (x - 0.06, y), (x - 0.64, y), arrowprops={"arrowstyle": "->", "color": GRAY})
