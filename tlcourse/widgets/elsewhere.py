"""Same model, other place: prevalence and specificity decide what an alarm is worth."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from tlcourse.field.prevalence import counts_of, ppv
from tlcourse.field.thresholds import check_scores, decide, threshold_at_specificity
from tlcourse.plots.display import display_widget, is_live, show
from tlcourse.plots.field_rare import people
from tlcourse.plots.style import COLORS, GRAY, INK

PREVALENCES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.15, 0.3)
SPECIFICITIES = (0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995)
_COLUMNS, _STEP, _SIDE, _PAD = 50, 9, 200, 34
_MARKS = {  # sign of each kind of person, and its color
    "true alarm": ("●", COLORS[2]),
    "false alarm": ("○", COLORS[1]),
    "missed": ("×", INK),
    "correct no": ("·", GRAY),
}


@dataclass(frozen=True, eq=False)
class Elsewhere:
    """Scores of two trainings of the same model.

    Args:
        scores: "plain" and "balanced" → log-odds of held-out items, (n,).
        sick: 1 for sick, (n,).
    """

    scores: dict[str, np.ndarray]
    sick: np.ndarray

    def __post_init__(self) -> None:
        for values in self.scores.values():
            check_scores(values, self.sick)

    def at(self, specificity: float, training: str) -> tuple[float, float, float]:
        """Return (sensitivity, specificity reached, threshold as a probability)."""
        scores = self.scores[training]
        found = decide(scores, self.sick, threshold_at_specificity(scores, self.sick, specificity))
        return found.sensitivity, found.specificity, float(expit(found.threshold))


def same_model_other_place(table: Elsewhere, *, interactive: bool | None = None) -> None:
    """Show what an alarm is worth in three places, first as a figure, then with controls.

    Nothing is fitted while dragging: only sorted scores and Bayes' rule.

    Args:
        table: Scores of the held-out half.
        interactive: Add the controls. None adds them where a notebook kernel runs.
    """
    wanted = (0.95, 0.99)
    found = [table.at(s, "plain") for s in wanted]
    figure, alt = people([f[0] for f in found], wanted, (0.15, 0.01, 0.001))
    show(figure, alt=alt)
    if is_live() if interactive is None else interactive:
        instead = "With a running kernel, sliders for prevalence and specificity stand here."
        display_widget(controls(table), instead=instead)


def view_html(table: Elsewhere, prevalence: float, specificity: float, training: str) -> str:
    """Return one setting as HTML: 1,000 people, the point on the ROC curve, and the words."""
    sensitivity, reached, threshold = table.at(specificity, training)
    counts = counts_of(sensitivity, reached, prevalence)
    value = float(ppv(sensitivity, reached, prevalence))
    alarms = counts["true alarm"] + counts["false alarm"]
    words = (
        f"{training} training, {100 * prevalence:g} % sick, specificity {reached:.3f}: sensitivity "
        f"{sensitivity:.2f}, {alarms} alarms among 1,000 people, {counts['true alarm']} of them "
        f"true, {counts['missed']} sick missed. An alarm is true with probability {value:.3f}. "
        f"The threshold is a probability of {threshold:.3f}."
    )
    legend = " ".join(
        f'<span style="color:{color}">{sign}</span> {name}'
        for name, (sign, color) in _MARKS.items()
    )
    return (
        '<div style="background:#fff;color:#1a1a1a;padding:8px;max-width:800px">'
        f'<div style="display:flex;flex-wrap:wrap;gap:16px">{_icons(counts)}'
        f"{_curve(table, training, sensitivity, reached)}</div><div>{legend}</div>"
        f'<div role="status" style="line-height:1.5">{html.escape(words)}</div></div>'
    )


def controls(table: Elsewhere) -> Any:
    """Return two sliders, a choice and the view (ipywidgets >= 7.7), all in the kernel's thread."""
    import ipywidgets as widgets

    style = {"description_width": "initial"}
    prevalence = widgets.SelectionSlider(
        options=[(f"{100 * p:g} %", p) for p in PREVALENCES], value=0.01, description="prevalence",
        style=style,
    )  # fmt: skip
    specificity = widgets.SelectionSlider(
        options=[(f"{s:g}", s) for s in SPECIFICITIES], value=0.95, description="specificity",
        style=style,
    )  # fmt: skip
    training = widgets.ToggleButtons(options=list(table.scores), description="training")
    view = widgets.HTML()

    def redraw(_: Any = None) -> None:
        view.value = view_html(table, prevalence.value, specificity.value, training.value)

    for part in (prevalence, specificity, training):
        part.observe(redraw, names="value")
    redraw()
    return widgets.VBox([prevalence, specificity, training, view])


def _icons(counts: dict[str, int]) -> str:
    """Return 1,000 people as SVG, one mark each."""
    kinds = [name for name in _MARKS for _ in range(counts[name])]
    rows = -(-len(kinds) // _COLUMNS)
    marks = []
    for i, name in enumerate(kinds):
        sign, color = _MARKS[name]
        x, y = _STEP * (i % _COLUMNS) + 2, _STEP * (i // _COLUMNS) + 9
        marks.append(f'<text x="{x}" y="{y}" fill="{color}">{sign}</text>')
    return (
        f'<svg width="{_STEP * _COLUMNS}" height="{_STEP * rows + 4}" role="img" font-size="10" '
        f'aria-label="1,000 people: {counts["true alarm"]} true alarms, {counts["false alarm"]} '
        f'false alarms, {counts["missed"]} missed">{"".join(marks)}</svg>'
    )


def _curve(table: Elsewhere, training: str, sensitivity: float, reached: float) -> str:
    """Return the ROC curve with the point that was chosen, as SVG."""
    from sklearn.metrics import roc_curve

    false, true, _ = roc_curve(table.sick, table.scores[training])

    def place(x: float, y: float) -> str:
        return f"{_PAD + _SIDE * x:.1f},{8 + _SIDE * (1 - y):.1f}"

    line = " ".join(place(x, y) for x, y in zip(false, true, strict=True))
    x, y = place(1 - reached, sensitivity).split(",")
    return (
        f'<svg width="{_SIDE + 2 * _PAD}" height="{_SIDE + _PAD + 8}" role="img" font-size="11" '
        f'aria-label="ROC curve with the chosen point: sensitivity {sensitivity:.2f} at '
        f'specificity {reached:.3f}"><polyline points="{line}" fill="none" stroke="{COLORS[0]}" '
        f'stroke-width="2"/><polyline points="{place(0, 1)} {place(0, 0)} {place(1, 0)}" '
        f'fill="none" stroke="{GRAY}"/><circle cx="{x}" cy="{y}" r="6" fill="{COLORS[2]}"/>'
        f'<text x="{_PAD}" y="{_SIDE + 26}">1 − specificity; sensitivity upward</text></svg>'
    )
