"""The dial that does not move accuracy: regularization strength, wrong labels, number of labels."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from tlcourse.plots.display import display_widget, is_live, show
from tlcourse.plots.overfitting import noisy_labels
from tlcourse.plots.style import COLORS, GRAY, INK, new_figure, style
from tlcourse.recipes.chapter06_noise import Cell, NoiseGrid

_SIDE, _PAD = 250, 34


def turn_the_dial(
    grid: NoiseGrid, *, size: int, share: float, interactive: bool | None = None
) -> None:
    """Show what strength does to accuracy and honesty, first as figures, then with sliders.

    Nothing is fitted while dragging: every setting is in the grid.

    Args:
        grid: What `noise_grid` found.
        size: Labels of each class in the static form.
        share: Share of wrong labels in the static form's reliability diagrams.
        interactive: Add the sliders. None adds them where a notebook kernel runs.
    """
    figure, alt = noisy_labels(grid, size)
    show(figure, alt=alt)
    figure, alt = reliability(grid, (grid.strengths[1], grid.strengths[-1]), share, size)
    show(figure, alt=alt)
    if is_live() if interactive is None else interactive:
        instead = "With a running kernel, sliders for strength, wrong labels and labels stand here."
        display_widget(sliders(grid), instead=instead)


def reliability(
    grid: NoiseGrid, strengths: Sequence[float], share: float, size: int
) -> tuple[Any, str]:
    """Draw reliability diagrams of some strengths; the area of a circle is its number of answers.

    Args:
        grid: What `noise_grid` found.
        strengths: One panel for each.
        share: Share of wrong labels.
        size: Labels of each class.
    """
    words = []
    with style():
        fig = new_figure(4.2 * len(strengths), 3.9)
        axes = np.atleast_1d(fig.subplots(1, len(strengths), sharey=True))
        for ax, strength in zip(axes, strengths, strict=True):
            found = grid.cell(strength, share, size).calibration
            full = [b for b in found.bins if b.n]
            ax.plot((0, 1), (0, 1), color=GRAY, linestyle=":")
            ax.scatter(
                [b.confidence for b in full], [b.accuracy for b in full],
                s=[900 * b.n / found.n for b in full], color=COLORS[0], edgecolor=INK, alpha=0.8,
                clip_on=False,
            )  # fmt: skip
            ax.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="confidence")
            ax.set_title(f"C = {strength:g}: ECE {found.ece:.2f}")
            words.append(
                f"C {strength:g}: accuracy {found.accuracy:.2f}, mean confidence "
                f"{found.confidence:.2f}, ECE {found.ece:.2f}"
            )
        axes[0].set_ylabel("share right")
    alt = f"Reliability diagrams, {share:.0%} wrong labels, {size} labels a class. "
    return fig, f"{alt}{'; '.join(words)}."


def view_html(grid: NoiseGrid, strength: float, share: float, size: int) -> str:
    """Return one setting as HTML: its numbers, its place on the curve, its reliability diagram."""
    cell, weakest = grid.cell(strength, share, size), grid.cell(grid.strengths[-1], share, size)
    train, test = 100 * cell.train.mean(), 100 * cell.accuracy
    moved = test - 100 * weakest.accuracy
    words = (
        f"C = {strength:g}, {share:.0%} wrong labels, {size} labels a class: training {train:.0f}, "
        f"test {test:.0f}, gap {train - test:.0f} points. Against C = {grid.strengths[-1]:g}: test "
        f"{moved:+.0f} points, NLL {cell.nll.mean():.2f} in place of {weakest.nll.mean():.2f}."
    )
    return (
        '<div style="background:#fff;color:#1a1a1a;padding:8px;max-width:760px">'
        f'<div style="display:flex;flex-wrap:wrap;gap:16px">{_curve(grid, strength, share, size)}'
        f'{_circles(cell)}</div><div role="status" style="line-height:1.5">{html.escape(words)}'
        "</div></div>"
    )


def sliders(grid: NoiseGrid) -> Any:
    """Return three sliders and the view (ipywidgets >= 7.7), all in the kernel's own thread."""
    import ipywidgets as widgets

    def control(values: Sequence[Any], form: str, name: str) -> Any:
        options = [(format(value, form), value) for value in values]
        look = {"description_width": "initial"}  # a name that is too long is cut otherwise
        return widgets.SelectionSlider(options=options, description=name, style=look)

    strength = control(grid.strengths, "g", "C")
    share = control(grid.shares, ".0%", "wrong labels")
    size = control(grid.sizes, "d", "labels")
    view = widgets.HTML()

    def redraw(_: Any = None) -> None:
        view.value = view_html(grid, strength.value, share.value, size.value)

    for part in (strength, share, size):
        part.observe(redraw, names="value")
    redraw()
    return widgets.VBox([strength, share, size, view])


def _svg(name: str, marks: str) -> str:
    label = html.escape(name, quote=True)
    return (
        f'<svg role="img" aria-label="{label}" width="{_SIDE + 2 * _PAD}" '
        f'height="{_SIDE // 2 + 2 * _PAD}" font-size="11">{marks}'
        f'<text x="{_PAD}" y="{_SIDE // 2 + 2 * _PAD - 4}">{label}</text></svg>'
    )


def _place(x: float, y: float) -> tuple[float, float]:
    """Return pixels for a point of the unit square."""
    return _PAD + _SIDE * x, _PAD + _SIDE / 2 * (1 - y)


def _curve(grid: NoiseGrid, strength: float, share: float, size: int) -> str:
    """Draw training (dashed) and test accuracy over all strengths, and mark one."""
    cells = [grid.cell(c, share, size) for c in grid.strengths]
    last = max(len(cells) - 1, 1)
    marks = ""
    rows = (
        ("training", [float(c.train.mean()) for c in cells], "6 4", GRAY),
        ("test", [c.accuracy for c in cells], "", COLORS[0]),
    )
    for name, values, dash, color in rows:
        points = [_place(i / last, v) for i, v in enumerate(values)]
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        marks += (
            f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2" '
            f'stroke-dasharray="{dash}"/>'
        )
        x, y = points[grid.strengths.index(strength)]
        marks += f'<circle cx="{x:.0f}" cy="{y:.0f}" r="5" fill="{color}"/>'
        marks += f'<text x="{_PAD}" y="{points[0][1] - 6:.0f}">{name}</text>'
    return _svg("accuracy from strong to weak regularization", marks)


def _circles(cell: Cell) -> str:
    """Draw the reliability diagram: circles on the diagonal are honest."""
    (x0, y0), (x1, y1) = _place(0, 0), _place(1, 1)
    marks = f'<line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" stroke="{GRAY}" stroke-dasharray="4"/>'
    for part in cell.calibration.bins:
        if part.n:
            x, y = _place(part.confidence, part.accuracy)
            radius = 2 + 18 * np.sqrt(part.n / cell.calibration.n)
            marks += (
                f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.1f}" fill="{COLORS[0]}" '
                f'stroke="{INK}" fill-opacity="0.7"/>'
            )
    return _svg("share right over confidence", marks)
