"""Choose the style: pictures painted beforehand, and how they came about."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.plots.display import display_widget, is_live, show
from tlcourse.plots.painting import rows_of_pictures
from tlcourse.vision.style_transfer import Styled
from tlcourse.widgets.cuts import _png

_SIDE = 192


@dataclass(frozen=True, eq=False)
class Paintings:
    """Everything the widget shows, computed beforehand.

    Args:
        contents: Name -> picture uint8 (S, S, 3).
        styles: Name -> picture uint8 (S, S, 3).
        painted: (content, style) -> `Styled`, with its stages.
        notes: (content, style) -> what to say about it, one sentence.
    """

    contents: dict[str, np.ndarray]
    styles: dict[str, np.ndarray]
    painted: dict[tuple[str, str], Styled]
    notes: dict[tuple[str, str], str]

    def steps(self, content: str, style: str) -> tuple[int, ...]:
        """Return the numbers of steps that can be shown: 0, the stages, the last."""
        done = self.get(content, style)
        return (0, *done.stages, len(done.style_losses) - 1)

    def picture(self, content: str, style: str, stage: int) -> np.ndarray:
        """Return the picture at one of the `steps`, by its position."""
        done = self.get(content, style)
        frames = [self.contents[content], *done.stages.values(), done.image]
        return frames[max(0, min(stage, len(frames) - 1))]

    def get(self, content: str, style: str) -> Styled:
        """Return one painting, or raise `CourseError` naming what there is."""
        if (content, style) not in self.painted:
            raise CourseError(
                f"There is no painting of {content!r} in the style {style!r}. Expected one of "
                f"{', '.join(self.contents)} with one of {', '.join(self.styles)}."
            )
        return self.painted[content, style]


def choose_the_style(paintings: Paintings, *, interactive: bool | None = None) -> None:
    """Show one content on its way to every style, then let the reader choose and step.

    Args:
        paintings: Painted beforehand; nothing is computed while choosing.
        interactive: Add the controls. None adds them where a notebook kernel runs.
    """
    figure, alt = stages(paintings)
    show(figure, alt=alt)
    if is_live() if interactive is None else interactive:
        instead = "With a running kernel, buttons for the picture and the style stand here."
        display_widget(controls(paintings), instead=instead)


def stages(paintings: Paintings) -> tuple[Any, str]:
    """Return the static form: the first content on its way to each style."""
    content = next(iter(paintings.contents))
    rows, notes = [], []
    most = max(len(paintings.steps(content, style)) for style in paintings.styles)
    for style, picture in paintings.styles.items():
        done, steps = paintings.get(content, style), paintings.steps(content, style)
        frames = [paintings.picture(content, style, stage) for stage in range(len(steps))]
        left = [done.style_losses[step] / done.style_losses[0] for step in steps]
        rows.append([*frames, picture])
        words = [
            f"{step} steps, {100 * (1 - share):.0f} % gone"
            for step, share in zip(steps, left, strict=True)
        ]
        blank = most - len(frames)  # some styles are reached in a few steps
        rows[-1][-1:-1] = [np.full_like(picture, 255)] * blank
        notes.append([*words, *[""] * blank, style])
    columns = ["start", *(f"stage {k}" for k in range(1, len(rows[0]) - 1)), "style"]
    ends = ", ".join(
        f"{style}: {[word for word in row[:-1] if word][-1]}"
        for style, row in zip(paintings.styles, notes, strict=True)
    )
    alt = f"Grid: {content} on its way to {len(rows)} styles, from the start to the end. {ends}."
    title = f"On the way: {content}, and the share of the style loss that is gone"
    return rows_of_pictures(rows, columns, notes=notes, title=title, alt=alt, side=1.7)


def view_html(paintings: Paintings, content: str, style: str, stage: int) -> str:
    """Return content, painting and style side by side, with the numbers of this stage."""
    done, steps = paintings.get(content, style), paintings.steps(content, style)
    stage = max(0, min(stage, len(steps) - 1))
    step = steps[stage]
    left = done.style_losses[step] / done.style_losses[0]
    words = (
        f"After {step} steps: {100 * (1 - left):.1f} % of the style loss is gone, content loss "
        f"{done.content_losses[step]:.2f}."
    )
    if stage == len(steps) - 1:
        words += f" {paintings.notes.get((content, style), '')}"
    pictures = "".join(
        _figure(picture, name)
        for picture, name in (
            (paintings.contents[content], content),
            (paintings.picture(content, style, stage), f"{content} in the style of {style}"),
            (paintings.styles[style], style),
        )
    )
    return (
        '<div style="background:#fff;color:#1a1a1a;padding:8px;max-width:760px">'
        f'<div style="display:flex;flex-wrap:wrap;gap:10px">{pictures}</div>'
        f'<div role="status" style="line-height:1.5">{html.escape(words)}</div></div>'
    )


def controls(paintings: Paintings) -> Any:
    """Return buttons, slider and view (ipywidgets >= 7.7), all in the kernel's own thread."""
    import ipywidgets as widgets

    content = widgets.ToggleButtons(options=list(paintings.contents), description="Picture")
    style = widgets.ToggleButtons(options=list(paintings.styles), description="Style")
    most = max(len(paintings.steps(*pair)) for pair in paintings.painted) - 1
    stage = widgets.IntSlider(value=most, min=0, max=most, description="Stage")
    view = widgets.HTML()

    def redraw(_: Any = None) -> None:
        view.value = view_html(paintings, content.value, style.value, stage.value)

    for control in (content, style, stage):
        control.observe(redraw, names="value")
    redraw()
    return widgets.VBox([content, style, stage, view])


def _figure(picture: np.ndarray, name: str) -> str:
    words = html.escape(name, quote=True)
    return (
        f'<figure style="margin:0"><img alt="{words}" width="{_SIDE}" height="{_SIDE}" '
        f'src="data:image/png;base64,{_png(picture)}">'
        f'<figcaption style="font-size:0.9em;text-align:center">{words}</figcaption></figure>'
    )
