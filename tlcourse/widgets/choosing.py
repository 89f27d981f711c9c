"""Choose before you train: what a score would have you take, and what that costs."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from tlcourse.plots import show
from tlcourse.plots.choosing import KINDS
from tlcourse.plots.display import display_widget, is_live
from tlcourse.plots.style import INK, new_figure, style
from tlcourse.widgets.choices import ChoiceTable

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 620, 340, 56, 16, 46
# Shapes of the markers, drawn around (0, 0), so that color is not the only sign.
_SHAPES = {
    "o": '<circle r="6"/>',
    "s": '<rect x="-5.5" y="-5.5" width="11" height="11"/>',
    "^": '<path d="M0 -7 L6.5 5 L-6.5 5 Z"/>',
    "X": '<path d="M-6 -4 L-4 -6 L0 -2 L4 -6 L6 -4 L2 0 L6 4 L4 6 L0 2 L-4 6 L-6 4 L-2 0 Z"/>',
    "D": '<path d="M0 -7 L7 0 L0 7 L-7 0 Z"/>',
}


def choose_before_you_train(
    table: ChoiceTable,
    *,
    static: Sequence[tuple[str, int, str]] | None = None,
    interactive: bool | None = None,
) -> None:
    """Show which candidate a score takes, first as a figure, then with controls.

    Dragging the number of labels scrambles the ranks of a score; choosing another score moves the
    ring to another candidate. Nothing is computed while dragging.

    Args:
        table: What `choice_table` made.
        static: Settings of the static figure; when None, the second target with the first two
            scores and the fewest and the most labels.
        interactive: Add the controls. None adds them where a notebook kernel runs.
    """
    if static is None:
        target = table.targets[min(1, len(table.targets) - 1)]
        sizes = dict.fromkeys((table.sizes[0], table.sizes[-1]))
        static = [(target, n, score) for score in table.scores[:2] for n in sizes]
    figure, alt = scatters(table, static)
    show(figure, alt=alt)
    if is_live() if interactive is None else interactive:
        instead = "With a running kernel, controls for target, labels and score stand here."
        display_widget(controls(table), instead=instead)


def scatters(table: ChoiceTable, settings: Sequence[tuple[str, int, str]]) -> tuple[Any, str]:
    """Return the static figure, one small scatter for each setting, and its alternative text."""
    columns = 2 if len(settings) > 1 else 1
    rows = -(-len(settings) // columns)
    with style():
        fig = new_figure(4.6 * columns, 2.9 * rows + 0.4)
        axes = np.atleast_1d(fig.subplots(rows, columns, sharex=True, sharey=True)).ravel()
        for ax, (target, size, score) in zip(axes, settings, strict=False):
            found = table.choice(target, size, score)
            for kind, (marker, color) in KINDS.items():
                own = [i for i, k in enumerate(table.kinds) if k == kind]
                if own:
                    ax.plot(found.rank[own], found.truth[own], marker, color=color, label=kind)
            first = found.first
            ax.plot([found.rank[first]], [found.truth[first]], "o", markersize=15, mfc="none",
                    mec=INK, mew=1.6)  # fmt: skip
            ax.set_title(
                f"{score}, {size} labels ({target})\nτ {found.tau:.2f}, "
                f"regret {100 * found.regret:.1f} points",
                fontsize=10,
            )
        for ax in axes[-columns:]:
            ax.set_xlabel("rank by the score (1 = first choice)")
        for ax in axes[::columns]:
            ax.set_ylabel("true accuracy")
        handles, words = axes[0].get_legend_handles_labels()
        fig.legend(handles, words, loc="outside lower center", ncols=len(words), fontsize=9.5)
    words = ". ".join(table.describe(*setting) for setting in settings)
    return fig, f"Scatters of true accuracy against rank, the first choice ringed. {words}."


def view_html(table: ChoiceTable, target: str, size: int, score: str) -> str:
    """Return one scatter as an SVG picture with its numbers, as HTML.

    Args:
        table: What `choice_table` made.
        target: One of `table.targets`.
        size: One of `table.sizes`.
        score: One of `table.scores`.
    """
    found = table.choice(target, size, score)
    words = html.escape(table.describe(target, size, score), quote=True)
    marks = "".join(
        _mark(table, i, *_place(found.rank[i], found.truth[i], len(table.names)))
        for i in range(len(table.names))
    )
    x, y = _place(found.rank[found.first], found.truth[found.first], len(table.names))
    ring = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="12" fill="none" stroke="{INK}"/>'
    picture = (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{words}" '
        f'style="width:100%;height:auto;font:12px sans-serif">'
        f"{_axes(len(table.names))}{marks}{ring}</svg>"
    )
    return (
        f'<div style="background:#fff;color:{INK};padding:8px;max-width:{_WIDTH + 20}px">'
        f'{picture}<div role="status" style="line-height:1.5">{words}.</div></div>'
    )


def controls(table: ChoiceTable) -> Any:
    """Return the interactive view: target, labels, score and the scatter (ipywidgets >= 7.7).

    The picture is redrawn in the kernel's own thread; ipykernel 7 loses output of others.
    """
    import ipywidgets as widgets

    look = {"description_width": "initial"}
    target = widgets.ToggleButtons(options=table.targets, description="Target", style=look)
    size = widgets.SelectionSlider(
        options=[(str(n), n) for n in table.sizes], description="Labeled pictures", style=look
    )
    score = widgets.Dropdown(options=table.scores, description="Score", style=look)
    view = widgets.HTML()

    def redraw(_: Any = None) -> None:
        view.value = view_html(table, target.value, size.value, score.value)

    for control in (target, size, score):
        control.observe(redraw, names="value")
    redraw()
    return widgets.VBox([target, size, score, view])


def _place(rank: int, truth: float, m: int) -> tuple[float, float]:
    """Return the position of a candidate in the picture."""
    x = _LEFT + 20 + (rank - 1) / max(m - 1, 1) * (_WIDTH - _LEFT - 60)
    return x, _TOP + (1 - truth) * (_HEIGHT - _TOP - _BOTTOM)


def _mark(table: ChoiceTable, i: int, x: float, y: float) -> str:
    marker, color = KINDS[table.kinds[i]]
    title = html.escape(f"{table.names[i]} ({table.kinds[i]})")
    return (
        f'<g transform="translate({x:.1f} {y:.1f})" fill="{color}"><title>{title}</title>'
        f"{_SHAPES[marker]}</g>"
    )


def _axes(m: int) -> str:
    """Return grid lines, ticks and titles of both axes."""
    parts = []
    for value in (0, 0.25, 0.5, 0.75, 1):
        _, y = _place(1, value, m)
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e3e3"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
        )
    for rank in range(1, m + 1):
        x, _ = _place(rank, 0, m)
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - 28}" text-anchor="middle">{rank}</text>')
    middle = (_LEFT + _WIDTH) / 2
    parts.append(
        f'<text x="{middle}" y="{_HEIGHT - 8}" text-anchor="middle">rank by the score '
        f'(1 = first choice)</text><text transform="translate(14 {_HEIGHT / 2}) rotate(-90)" '
        f'text-anchor="middle">true accuracy</text>'
    )
    return "".join(parts)
