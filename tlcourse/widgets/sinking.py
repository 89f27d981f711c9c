"""Sink the word: more noise, a higher floor, and what two heads say."""

from __future__ import annotations

import base64
import html
import io
from typing import Any

import numpy as np
from PIL import Image

from tlcourse.datasets.spoken import DIGITS
from tlcourse.plots.display import display_widget, is_live, show
from tlcourse.plots.style import COLORS, GRAY, new_figure, style
from tlcourse.recipes.chapter09_noise import IN_NOISE, IN_QUIET, Sinking
from tlcourse.speech.listen import player

_WIDTH, _HEIGHT = 290, 190


def sink_the_word(sinking: Sinking, *, clip: int = 0, interactive: bool | None = None) -> None:
    """Show one word under rising noise and floor, first as a figure, then with controls.

    Nothing is fitted or computed by a network while dragging: answers are stored.

    Args:
        sinking: What `sink` found.
        clip: Which of its clips the figure shows.
        interactive: Add the controls. None adds them where a notebook kernel runs.
    """
    figure, alt = table_of_pictures(sinking, clip)
    show(figure, alt=alt)
    if is_live() if interactive is None else interactive:
        instead = "With a running kernel, controls for noise, floor and word stand here."
        display_widget(controls(sinking), instead=instead)


def table_of_pictures(sinking: Sinking, clip: int) -> tuple[Any, str]:
    """Draw rungs (columns) by floors (rows), with the answer of the quiet head under each."""
    rungs, floors, words = sinking.rungs[:4], sinking.floors, []
    true = DIGITS[sinking.digits[clip]]
    with style():
        fig = new_figure(2.3 * len(rungs), 1.9 * len(floors) + 0.5)
        axes = fig.subplots(len(floors), len(rungs), squeeze=False)
        for i, floor in enumerate(floors):
            for j, rung in enumerate(rungs):
                ax, answer = axes[i, j], _answer(sinking, IN_QUIET, floor, rung, clip)
                picture = sinking.picture(rung, clip, floor)
                ax.imshow(picture, origin="lower", cmap="gray_r", vmin=0, vmax=1, aspect="auto")
                mark = "right" if answer == true else "wrong"
                ax.set_xlabel(f"“{answer}”, {mark}", color=COLORS[0 if answer == true else 2])
                ax.set(xticks=[], yticks=[])
                ax.grid(visible=False)
                if i == 0:
                    ax.set_title(rung)
                words.append(f"{rung} at floor {floor:g} dB: {answer}, {mark}")
            axes[i, 0].set_ylabel(f"floor {floor:g} dB")
        name = sinking.names[clip]
        fig.suptitle(f"{name}: what a head trained in quiet says", x=0.01, ha="left",
                     fontweight="bold", fontsize=11.5)  # fmt: skip
    return fig, (
        f"Pictures of the word {true} under noise and floors, with answers of a head trained in "
        f"quiet. {'; '.join(words)}."
    )


def view_html(sinking: Sinking, rung: str, floor: float, clip: int) -> str:
    """Return one setting as HTML: picture, player, two rows of bars, and where it stands."""
    picture = _picture_html(sinking.picture(rung, clip, floor), sinking.names[clip])
    sound = player(sinking.sounds[sinking.rungs.index(rung), clip], f"hear it, {rung}")
    lowest = sinking.floors[0]
    bars = _bars(sinking, IN_QUIET, floor, rung, clip) + _bars(
        sinking, IN_NOISE, lowest, rung, clip
    )
    parts = []
    for kind, f in ((IN_QUIET, floor), (IN_NOISE, lowest)):
        score = sinking.scores[kind, f, rung]
        parts.append(f"{kind}, floor {f:g} dB: {score.estimate:.2f} of all held-out clips")
    words = f"{sinking.names[clip]}, {rung}. {'; '.join(parts)}."
    return (
        '<div style="background:#fff;color:#1a1a1a;padding:8px;max-width:900px">'
        f'<div style="display:flex;flex-wrap:wrap;gap:16px"><div>{picture}<br>{sound}</div>{bars}'
        f'</div><div role="status" style="line-height:1.5">{html.escape(words)}</div></div>'
    )


def controls(sinking: Sinking) -> Any:
    """Return three controls and the view (ipywidgets >= 7.7), all in the kernel's own thread."""
    import ipywidgets as widgets

    rung = widgets.SelectionSlider(options=list(sinking.rungs), description="noise")
    floors = [(f"{floor:g} dB", floor) for floor in sinking.floors]
    floor = widgets.SelectionSlider(options=floors, description="floor")
    names = [(name, i) for i, name in enumerate(sinking.names)]
    clip = widgets.Dropdown(options=names, description="word")
    view = widgets.HTML()

    def redraw(_: Any = None) -> None:
        view.value = view_html(sinking, rung.value, floor.value, clip.value)

    for part in (rung, floor, clip):
        part.observe(redraw, names="value")
    redraw()
    return widgets.VBox([rung, floor, clip, view])


def _answer(sinking: Sinking, kind: str, floor: float, rung: str, clip: int) -> str:
    return DIGITS[int(sinking.probabilities[kind, floor, rung][clip].argmax())]


def _picture_html(picture: np.ndarray, name: str) -> str:
    gray = np.rint(255 * (1 - picture[::-1])).astype(np.uint8)
    memory = io.BytesIO()
    Image.fromarray(gray).save(memory, format="png")
    data = base64.b64encode(memory.getvalue()).decode()
    label = html.escape(f"spectrogram of {name}, mean level {picture.mean():.2f}", quote=True)
    return (
        f'<img alt="{label}" width="{_WIDTH}" height="{_HEIGHT}" style="image-rendering:pixelated" '
        f'src="data:image/png;base64,{data}">'
    )


def _bars(sinking: Sinking, kind: str, floor: float, rung: str, clip: int) -> str:
    """Draw ten probabilities as labeled bars; the true digit is marked with a star."""
    values = sinking.probabilities[kind, floor, rung][clip]
    marks = f'<text x="0" y="12" font-weight="bold">{html.escape(kind)}</text>'
    for digit, value in enumerate(values):
        y = 20 + 19 * digit
        true = digit == sinking.digits[clip]
        marks += (
            f'<text x="0" y="{y + 12}">{DIGITS[digit]}{" ★" if true else ""}</text>'
            f'<rect x="62" y="{y}" width="{max(1, 120 * float(value)):.0f}" height="14" '
            f'fill="{COLORS[0] if true else GRAY}"/>'
            f'<text x="{68 + 120 * float(value):.0f}" y="{y + 12}">{value:.2f}</text>'
        )
    label = f"{kind}: probabilities of ten digits"
    return (
        f'<svg role="img" aria-label="{html.escape(label, quote=True)}" width="225" height="216" '
        f'font-size="12">{marks}</svg>'
    )
