"""Walk the line: what a network answers between, and beyond, two sets of weights."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.plots import gallery, show
from tlcourse.plots.display import display_widget, is_live
from tlcourse.plots.tuning import walks
from tlcourse.widgets.cuts import _png

_THUMBNAIL = 64


@dataclass(frozen=True, eq=False)
class Walk:
    """Answers at every stop, computed beforehand.

    Args:
        alphas: Stops; 0 is the start and 1 the tuned network.
        paths: Names of the paths.
        styles: Names of the styles.
        answers: Path -> style -> predicted class at each stop, int (stops, n).
        distance: Path -> distance from the start at each stop, relative to the tuned network.
        labels: True classes of the n pictures.
        class_names: In label order.
        images: Style -> uint8 RGB (n, S, S, 3).
    """

    alphas: tuple[float, ...]
    paths: tuple[str, ...]
    styles: tuple[str, ...]
    answers: dict[str, dict[str, np.ndarray]]
    distance: dict[str, np.ndarray]
    labels: np.ndarray
    class_names: tuple[str, ...]
    images: dict[str, np.ndarray]

    def accuracy(self, path: str, style: str) -> np.ndarray:
        """Return the accuracy at each stop."""
        return (self.answers[path][style] == self.labels).mean(axis=1)

    def table(self) -> dict[str, dict[str, np.ndarray]]:
        """Return path -> style -> accuracy at each stop."""
        return {p: {s: self.accuracy(p, s) for s in self.styles} for p in self.paths}

    def check(self, path: str, style: str, alpha: float) -> int:
        """Return the position of a stop, or raise `CourseError` naming what is unknown."""
        for what, value, known in (("path", path, self.paths), ("style", style, self.styles)):
            if value not in known:
                raise CourseError(f"Unknown {what} {value!r}. Expected one of {', '.join(known)}.")
        if alpha not in self.alphas:
            stops = ", ".join(f"{a:g}" for a in self.alphas)
            raise CourseError(f"There is no stop at {alpha!r}. Expected one of {stops}.")
        return self.alphas.index(alpha)


def walk_the_line(
    walk: Walk, *, shown: Sequence[int], static_alphas: Sequence[float] = (0, 0.5, 1, 3),
    interactive: bool | None = None,
) -> None:  # fmt: skip
    """Show accuracy along both paths and some answers on the way, then a slider.

    Nothing is computed while dragging: answers are looked up.

    Args:
        walk: The answers.
        shown: Which pictures the strip holds.
        static_alphas: Stops of the static strip.
        interactive: Add the slider. None adds it where a notebook kernel runs.
    """
    figure, alt = walks(walk.alphas, walk.table())
    show(figure, alt=alt)
    figure, alt = strip(walk, shown, static_alphas)
    show(figure, alt=alt)
    if is_live() if interactive is None else interactive:
        instead = "With a running kernel, a slider for the stop stands here."
        display_widget(slider(walk, shown), instead=instead)


def strip(walk: Walk, shown: Sequence[int], alphas: Sequence[float]) -> tuple[Any, str]:
    """Return answers for some pictures at some stops of the first path, first style."""
    path, kind = walk.paths[0], walk.styles[0]
    rows, titles, frames = [], [], []
    for alpha in alphas:
        answers = walk.answers[path][kind][walk.check(path, kind, alpha)]
        for i in shown:
            right = answers[i] == walk.labels[i]
            rows.append(i)
            titles.append(f"{'✓' if right else '✗'} {walk.class_names[answers[i]]}")
            frames.append("same" if right else "other")
    figure = gallery(
        walk.images[kind][rows],
        titles,
        frames,
        columns=len(shown),
        row_titles=[f"α = {alpha:g}" for alpha in alphas],
        title=f"Answers on the way ({path}): solid frame right, dashed frame wrong",
    )
    rights = [sum(frame == "same" for frame in frames[k : k + len(shown)])
              for k in range(0, len(frames), len(shown))]  # fmt: skip
    words = "; ".join(
        f"{n} of {len(shown)} right at {a:g}" for a, n in zip(alphas, rights, strict=True)
    )
    return figure, f"Gallery of {len(shown)} test pictures at {len(alphas)} stops: {words}."


def view_html(walk: Walk, path: str, style: str, alpha: float, shown: Sequence[int]) -> str:
    """Return some pictures with their answers at one stop, as HTML."""
    stop = walk.check(path, style, alpha)
    answers = walk.answers[path][style][stop]
    cells = "".join(_cell(walk, style, i, int(answers[i])) for i in shown)
    accuracy = walk.accuracy(path, style)[stop]
    words = (
        f"{path}, {style}, α = {alpha:g}: accuracy {accuracy:.2f}; distance from the start "
        f"{walk.distance[path][stop]:.2f} of the way to the tuned network."
    )
    bar = (
        f'<div style="background:#e3e3e3;width:300px;height:8px;margin-top:6px"><div '
        f'style="background:#3f90da;height:8px;width:{100 * accuracy:.0f}%"></div></div>'
    )
    return (
        '<div style="background:#fff;color:#1a1a1a;padding:8px;max-width:760px">'
        f'<div style="display:flex;flex-wrap:wrap;gap:6px">{cells}</div>{bar}'
        f'<div role="status" style="line-height:1.5">{html.escape(words)}</div></div>'
    )


def slider(walk: Walk, shown: Sequence[int]) -> Any:
    """Return slider, path, style and view (ipywidgets >= 7.7), all in the kernel's own thread."""
    import ipywidgets as widgets

    options = [(f"{alpha:g}", alpha) for alpha in walk.alphas]
    alpha = widgets.SelectionSlider(options=options, value=0.0, description="α")
    path = widgets.ToggleButtons(options=walk.paths, description="Path")
    style = widgets.ToggleButtons(options=walk.styles, description="Style")
    view = widgets.HTML()

    def redraw(_: Any = None) -> None:
        view.value = view_html(walk, path.value, style.value, alpha.value, shown)

    for control in (alpha, path, style):
        control.observe(redraw, names="value")
    redraw()
    return widgets.VBox([alpha, path, style, view])


def _cell(walk: Walk, style: str, i: int, answer: int) -> str:
    right = answer == walk.labels[i]
    word = f"{'✓' if right else '✗'} {walk.class_names[answer]}"
    alt = html.escape(f"{walk.class_names[walk.labels[i]]}, answered {walk.class_names[answer]}")
    border = "2px solid #3f90da" if right else "2px dashed #e76300"
    return (
        f'<div style="width:{_THUMBNAIL + 8}px;font-size:11px;text-align:center">'
        f'<img alt="{alt}" src="data:image/png;base64,{_png(walk.images[style][i])}" '
        f'width="{_THUMBNAIL}" height="{_THUMBNAIL}" style="border:{border}">'
        f"{html.escape(word)}</div>"
    )
