"""Pull the words: how far tuning moves a sentence, word by word, and what it costs elsewhere."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from tlcourse.plots.display import display_widget, is_live, show
from tlcourse.plots.style import COLORS, GRAY, INK, look, new_figure, style
from tlcourse.recipes.chapter08_pull import Walk

_WIDTH, _ROW = 420, 22


def pull_the_words(
    walk: Walk, sentences: Sequence[str], *, size: int, interactive: bool | None = None
) -> None:
    """Show the walk from pretrained to tuned vectors: a figure first, then a slider.

    Nothing is trained while dragging: a contribution is a number between two stored ones.

    Args:
        walk: What `walk` found.
        sentences: Sentences to choose from; the first two are in the figure.
        size: Labels in the figure.
        interactive: Add the slider. None adds it where a notebook kernel runs.
    """
    figure, alt = static_walk(walk, sentences[:2], size)
    show(figure, alt=alt)
    if is_live() if interactive is None else interactive:
        instead = "With a running kernel, a slider for α, the labels and a sentence stand here."
        display_widget(sliders(walk, sentences), instead=instead)


def static_walk(walk: Walk, sentences: Sequence[str], size: int) -> tuple[Any, str]:
    """Draw contributions of each word at four steps, and accuracy over α for every domain."""
    shown = [a for a in (0.0, 0.5, 1.0, 2.0) if a in walk.alphas]
    words = []
    with style():
        fig = new_figure(12.4, 4.8)
        axes = fig.subplots(1, len(sentences) + 1, width_ratios=[1] * len(sentences) + [1.1])
        for ax, sentence in zip(axes, sentences, strict=False):
            for i, alpha in enumerate(shown):
                parts, logit = walk.contributions(sentence, alpha, size)
                y = np.arange(len(parts)) + 0.2 * (i - (len(shown) - 1) / 2)
                ax.barh(
                    y, [v for _, v, _ in parts], height=0.18, color=COLORS[0],
                    alpha=0.25 + 0.25 * i, label=f"α = {alpha:g}",
                )  # fmt: skip
                words.append(f"'{sentence}' at α {alpha:g}: logit {logit:+.2f}")
            names = [w if moved else f"{w} (unmoved)" for w, _, moved in parts]
            ax.set_yticks(range(len(parts)), names)
            ax.invert_yaxis()
            ax.axvline(0, color=INK, linewidth=1)
            ax.grid(visible=False, axis="y")
            ax.set(xlabel="what the word adds to the logit")
            ax.set_title(sentence, fontsize=9.5)
        axes[0].legend(fontsize=8)
        _curves(axes[-1], walk, size)
    ends = "; ".join(
        f"{d}: " + ", ".join(f"{v:.3f} at {a:g}" for a, v in zip(walk.alphas, m, strict=True)
                             if a in shown)
        for d, m in ((d, t.mean(axis=0)) for d, t in walk.accuracy[size].items())
    )  # fmt: skip
    return fig, (
        f"Bars of word contributions after {size} labels. {'; '.join(words)}. Right, balanced "
        f"accuracy over α. {ends}."
    )


def _curves(ax: Any, walk: Walk, size: int) -> None:
    for i, (name, table) in enumerate(walk.accuracy[size].items()):
        ax.plot(walk.alphas, table.mean(axis=0), label=name, **look(i))
    ax.axvline(1, color=GRAY, linestyle=":", zorder=0)
    ax.set(xlabel="α: 0 pretrained, 1 tuned", ylabel="balanced accuracy")
    ax.set_title(f"tuned on {size:,} labels")
    ax.legend(fontsize=8)


def view_html(walk: Walk, text: str, alpha: float, size: int) -> str:
    """Return one setting as HTML: a bar for each word, and accuracy over α with a mark."""
    parts, logit = walk.contributions(text, alpha, size)
    says = "positive" if logit > 0 else "negative"
    accuracy = {d: t.mean(axis=0)[walk.alphas.index(alpha)] for d, t in walk.accuracy[size].items()}
    numbers = ", ".join(f"{d} {v:.3f}" for d, v in accuracy.items())
    words = (
        f"α = {alpha:g}, {size} labels: logit {logit:+.2f}, {says}. Balanced accuracy: {numbers}. "
        f"Hollow bars: the word occurred in no training text, so its vector never moves."
    )
    return (
        '<div style="background:#fff;color:#1a1a1a;padding:8px;max-width:900px">'
        f'<div style="display:flex;flex-wrap:wrap;gap:16px">{_bars(parts)}'
        f"{_lines(walk, alpha, size)}</div>"
        f'<div role="status" style="line-height:1.5">{html.escape(words)}</div></div>'
    )


def sliders(walk: Walk, sentences: Sequence[str]) -> Any:
    """Return slider, choices and view (ipywidgets >= 7.7), all in the kernel's own thread."""
    import ipywidgets as widgets

    steps = [(f"{a:g}", a) for a in walk.alphas]
    alpha = widgets.SelectionSlider(options=steps, description="α")
    size = widgets.Dropdown(options=list(walk.votes), description="labels")
    choice = widgets.Dropdown(options=list(sentences), description="sentence")
    own = widgets.Text(description="or yours", continuous_update=False)
    view = widgets.HTML()

    def redraw(_: Any = None) -> None:
        text = own.value.strip()[:300] or choice.value
        view.value = view_html(walk, text, alpha.value, size.value)

    for part in (alpha, size, choice, own):
        part.observe(redraw, names="value")
    redraw()
    return widgets.VBox([alpha, size, choice, own, view])


def _bars(parts: Sequence[tuple[str, float, bool]]) -> str:
    """Draw one bar for each word, to the right where it speaks for positive."""
    largest = max([abs(v) for _, v, _ in parts] + [1e-9])
    middle, scale = 240, 110 / largest
    rows = ""
    for i, (word, value, moved) in enumerate(parts):
        y, length = 6 + i * _ROW, abs(value) * scale
        left = middle if value > 0 else middle - length
        color = COLORS[0] if value > 0 else COLORS[2]
        fill = color if moved else "none"
        rows += (
            f'<text x="4" y="{y + 12}">{html.escape(word[:18])}</text>'
            f'<rect x="{left:.0f}" y="{y}" width="{max(length, 1):.0f}" height="14" fill="{fill}" '
            f'stroke="{color}"/><text x="{_WIDTH - 54}" y="{y + 12}">{value:+.2f}</text>'
        )
    height = 12 + _ROW * max(len(parts), 1)
    return (
        f'<svg role="img" aria-label="what each word adds to the logit" width="{_WIDTH}" '
        f'height="{height}" font-size="12"><line x1="{middle}" y1="0" x2="{middle}" y2="{height}" '
        f'stroke="{GRAY}"/>{rows}</svg>'
    )


def _lines(walk: Walk, alpha: float, size: int) -> str:
    """Draw accuracy over α, one line style for each domain, and mark one α."""
    means = {d: t.mean(axis=0) for d, t in walk.accuracy[size].items()}
    low = min(m.min() for m in means.values()) - 0.02
    high = max(m.max() for m in means.values()) + 0.02
    last = max(walk.alphas)

    def place(a: float, v: float) -> str:
        return f"{20 + 260 * a / last:.0f},{190 - 170 * (v - low) / (high - low):.0f}"

    marks = ""
    for i, (name, values) in enumerate(means.items()):
        points = " ".join(place(a, v) for a, v in zip(walk.alphas, values, strict=True))
        dash = ("", "7 4", "2 3")[i % 3]
        marks += (
            f'<polyline points="{points}" fill="none" stroke="{COLORS[i]}" stroke-width="2" '
            f'stroke-dasharray="{dash}"/>'
        )
        x, y = place(alpha, values[walk.alphas.index(alpha)]).split(",")
        marks += f'<circle cx="{x}" cy="{y}" r="5" fill="{COLORS[i]}"/>'
        x, y = place(last, values[-1]).split(",")
        marks += f'<text x="{float(x) + 9:.0f}" y="{float(y) + 4:.0f}">{html.escape(name)}</text>'
    return (
        '<svg role="img" aria-label="balanced accuracy from pretrained to tuned and beyond" '
        f'width="360" height="215" font-size="11">{marks}<text x="20" y="208">α: 0 pretrained, 1 '
        f"tuned, {last:g} overshot</text></svg>"
    )
