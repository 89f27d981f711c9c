"""Pull the clouds together: align source and target step by step and watch two numbers."""

from __future__ import annotations

import html
from typing import Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.plots import show
from tlcourse.plots.class_shares import cloud_panels
from tlcourse.plots.display import display_widget, is_live

_SIDE, _MARGIN = 400, 16
_CELL = 'style="text-align:left;padding:2px 12px 2px 0"'
_SOURCE, _TARGET = "#3f90da", "#bd1f01"


def pull_the_clouds(clouds: Any, *, interactive: bool | None = None) -> None:
    """Show clouds before and after alignment, first as a figure, then with sliders.

    Nothing is computed while dragging: positions and scores are looked up.

    Args:
        clouds: `Clouds` of `tlcourse.recipes.chapter07_mixes`.
        interactive: Add the sliders. None adds them where a notebook kernel runs.
    """
    figure, alt = cloud_panels(clouds)
    show(figure, alt=alt)
    if is_live() if interactive is None else interactive:
        instead = (
            "With a running kernel, sliders for the alignment strength and for the share of "
            f"{clouds.of} stand here."
        )
        display_widget(sliders(clouds), instead=instead)


def cloud_view(clouds: Any, share: float, strength: float, *, peek: bool = False) -> str:
    """Return the scatter plot and the two numbers at one position of the sliders, as HTML.

    Args:
        clouds: `Clouds` of the chapter's recipes.
        share: One of its shares.
        strength: One of its alignment strengths.
        peek: Draw target items as letters of their classes. Needs target labels.
    """
    key = (share, strength)
    if key not in clouds.accuracy:
        raise CourseError(
            f"There is no position share={share}, strength={strength}. Shares are {clouds.shares}, "
            f"strengths {clouds.strengths}."
        )
    score, distance = clouds.accuracy[key], clouds.mmd[key]
    words = (
        f"Accuracy {score.estimate:.2f}, 95 % interval {score.low:.2f} to {score.high:.2f}. "
        f"MMD² {distance:.3f}. Strength {strength:g}, share of {clouds.of} {share:g}."
    )
    legend = ", ".join(f"{letter} {name}" for letter, name in letters(clouds.class_names).items())
    note = "Target letters shown: that needs target labels." if peek else "Circles: target."
    return (
        '<div style="background:#fff;color:#1a1a1a;padding:8px;max-width:780px">'
        '<div style="display:flex;flex-wrap:wrap;gap:16px;align-items:center">'
        f"{_scatter(clouds, key, peek, words)}{_bars(clouds, share, strength)}</div>"
        f'<div role="status" style="line-height:1.5">{html.escape(words)}</div>'
        f'<div style="font-size:12px">Letters: source. {html.escape(note)} {html.escape(legend)}.'
        "</div></div>"
    )


def letters(class_names: tuple[str, ...]) -> dict[str, str]:
    """Return a letter for each class: the first of its name that is still free."""
    found: dict[str, str] = {}
    for name in class_names:
        free = [c for c in f"{name}abcdefghijklmnopqrstuvwxyz" if c.isalpha() and c not in found]
        found[free[0] if free else str(len(found))] = name
    return found


def sliders(clouds: Any) -> Any:
    """Return the interactive view (ipywidgets >= 7.7); it redraws in the kernel's own thread."""
    import ipywidgets as widgets

    style = {"description_width": "initial"}
    strength = widgets.SelectionSlider(
        options=list(clouds.strengths), description="Alignment strength", style=style
    )
    share = widgets.SelectionSlider(
        options=list(clouds.shares), description=f"Share of {clouds.of}", style=style
    )
    peek = widgets.Checkbox(value=False, description="peek (oracle)")
    view = widgets.HTML()

    def redraw(_: Any = None) -> None:
        view.value = cloud_view(clouds, share.value, strength.value, peek=peek.value)

    for control in (strength, share, peek):
        control.observe(redraw, names="value")
    redraw()
    return widgets.VBox([strength, share, peek, view])


def _scatter(clouds: Any, key: tuple[float, float], peek: bool, words: str) -> str:
    """Return an SVG: source items as letters, target items as circles or letters."""
    signs = list(letters(clouds.class_names))
    everything = np.concatenate(
        [np.concatenate([clouds.source[k], clouds.target[k]]) for k in clouds.source]
    ).astype(float)
    low, high = np.quantile(everything, [0.01, 0.99], axis=0)
    span = np.maximum(high - low, 1e-9)

    def place(xy: np.ndarray) -> np.ndarray:
        unit = np.clip((xy.astype(float) - low) / span, 0, 1)
        return _MARGIN + unit * (_SIDE - 2 * _MARGIN)

    marks = [
        f'<text x="{x:.0f}" y="{y:.0f}" fill="{_SOURCE}">{signs[c]}</text>'
        for (x, y), c in zip(place(clouds.source[key]), clouds.source_labels, strict=True)
    ]
    for (x, y), c in zip(place(clouds.target[key]), clouds.target_labels[key[0]], strict=True):
        if peek:
            marks.append(
                f'<text x="{x:.0f}" y="{y:.0f}" fill="{_TARGET}" font-weight="bold">'
                f"{signs[c].upper()}</text>"
            )
        else:
            marks.append(
                f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4" fill="none" stroke="{_TARGET}" '
                'stroke-width="1.5"/>'
            )
    label = html.escape(f"Source and target items on two principal components. {words}", quote=True)
    return (
        f'<svg role="img" aria-label="{label}" width="{_SIDE}" height="{_SIDE}" '
        'style="border:1px solid #d0d0d0;background:#fff" font-size="11" text-anchor="middle">'
        f"{''.join(marks)}</svg>"
    )


def _bars(clouds: Any, share: float, strength: float) -> str:
    """Return accuracy and MMD² over all strengths at this share, the present one marked."""
    top = max(max(clouds.mmd.values()), 1e-9)
    rows = []
    for alpha in clouds.strengths:
        score, distance = clouds.accuracy[share, alpha], clouds.mmd[share, alpha]
        mark = "▶" if alpha == strength else ""
        rows.append(
            f"<tr><td>{mark}</td><td {_CELL}>{alpha:g}</td>"
            f"<td {_CELL}>{_bar(score.estimate, '#3f90da')} {score.estimate:.2f}</td>"
            f"<td {_CELL}>{_bar(max(distance, 0) / top, '#94a4a2')} {distance:.2f}</td></tr>"
        )
    names = "".join(f'<th scope="col" {_CELL}>{x}</th>' for x in ("strength", "accuracy", "MMD²"))
    return (
        f'<table style="font-size:13px;border-collapse:collapse"><thead><tr><td></td>{names}</tr>'
        f"</thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _bar(share: float, color: str) -> str:
    return (
        f'<span style="display:inline-block;width:{70 * share:.0f}px;height:10px;'
        f'background:{color}"></span>'
    )
