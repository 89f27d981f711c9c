"""The lucky winner: drag how many models compete, and how many pictures judge them."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.plots import COLORS, new_figure, show
from tlcourse.plots.display import display_widget, is_live
from tlcourse.plots.style import GRAY, INK, style

Contests = Mapping[tuple[int, int], Any]
_WIDTH, _HEIGHT, _LEFT, _RIGHT = 720, 210, 30, 690


def lucky_winner(found: Contests, *, interactive: bool | None = None) -> None:
    """Show what the winner of many models reports and what it is worth, then sliders for both.

    Nothing is computed while dragging: every position was played beforehand.

    Args:
        found: What `recipes.chapter05_winner.contests` returns, (k, n) -> contests.
        interactive: Add the sliders. None adds them where a notebook kernel runs.
    """
    figure, alt = static_panel(found)
    show(figure, alt=alt)
    if is_live() if interactive is None else interactive:
        instead = "With a running kernel, sliders for models tried and test pictures stand here."
        display_widget(sliders(found), instead=instead)


def positions(found: Contests) -> tuple[list[int], list[int]]:
    """Return the numbers of models and of test pictures that were played, both rising.

    Raises:
        CourseError: If some pair of them was not played.
    """
    models, items = (sorted({key[i] for key in found}) for i in (0, 1))
    missing = [(k, n) for k in models for n in items if (k, n) not in found]
    if missing or not models:
        raise CourseError(f"Contests for {missing[:1] or 'any pair'} are missing. Expected all.")
    return models, items


def static_panel(found: Contests) -> tuple[Any, str]:
    """Return the static form, a table of gaps and the scores of the largest k, and its text."""
    models, items = positions(found)
    k = models[-1]
    gaps = np.array([[100 * found[m, n].gap for n in items] for m in models])
    with style():
        fig = new_figure(10.4, 3.9)
        left, right = fig.subplots(1, 2, width_ratios=[1, 1.25])
        left.imshow(gaps, cmap="Oranges", aspect="auto", vmin=0, vmax=max(gaps.max() * 1.4, 1))
        for (i, j), gap in np.ndenumerate(gaps):
            left.text(j, i, f"{gap:+.1f}", ha="center", va="center")
        left.set_xticks(range(len(items)), items)
        left.set_yticks(range(len(models)), models)
        left.grid(visible=False)
        left.spines[:].set_visible(False)
        left.tick_params(length=0)
        left.set(xlabel="test pictures", ylabel="models tried")
        left.set_title("Luck of the winner, points")
        _draw_contests(right, [found[k, n] for n in items])
        fig.legend(
            *right.get_legend_handles_labels(), loc="outside lower right", ncols=3, fontsize=9
        )
    words = "; ".join(
        f"{n} pictures: reported {found[k, n].reported.mean():.3f}, true "
        f"{found[k, n].truth.mean():.3f}"
        for n in items
    )
    alt = (
        f"Table of the winner's luck in points for {len(models)} numbers of models and "
        f"{len(items)} numbers of test pictures, from {gaps.min():+.1f} to {gaps.max():+.1f}. "
        f"The best of {k} models, {words}."
    )
    return fig, alt


def _draw_contests(ax: Any, lucks: Sequence[Any]) -> None:
    """Draw, for each number of test pictures, all scores, the report and the truth."""
    for row, luck in enumerate(lucks):
        jitter = np.random.default_rng(0).uniform(-0.17, 0.17, len(luck.example))
        ax.plot(luck.example, row + jitter, ".", color="#b9c4cf", markersize=4, zorder=1)
        reported, truth = luck.reported.mean(), luck.truth.mean()
        ax.annotate(
            "", (truth, row), (reported, row), zorder=2,
            arrowprops={"arrowstyle": "<-", "color": INK, "linewidth": 1.6},
        )  # fmt: skip
        ax.plot(reported, row, "o", mfc="white", mec=COLORS[2], mew=2.2, markersize=10)
        ax.plot(truth, row, "D", color=COLORS[0], markersize=8)
    ax.plot([], [], "o", mfc="white", mec=COLORS[2], mew=2.2, label="reported by the winner")
    ax.plot([], [], "D", color=COLORS[0], label="true for the winner")
    ax.plot([], [], ".", color="#b9c4cf", label="all models, one contest")
    ax.set_yticks(range(len(lucks)), [f"{luck.n} pictures" for luck in lucks])
    ax.set_ylim(len(lucks) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.set(xlabel="accuracy", title=f"The best of {lucks[0].k}")


def view_html(found: Contests, k: int, n: int) -> str:
    """Return one contest as a small drawing, with its numbers in words, as HTML.

    Args:
        found: What `contests` returns.
        k: Models tried.
        n: Test pictures.

    Raises:
        CourseError: If this pair was not played.
    """
    if (k, n) not in found:
        raise CourseError(f"There is no contest of {k} models on {n} pictures. Play it first.")
    luck = found[k, n]
    reported, truth = float(luck.reported.mean()), float(luck.truth.mean())
    every = [score for other in found.values() for score in (*other.example, *other.reported)]
    low, high = min(min(every), truth) - 0.02, max(max(every), truth) + 0.02

    def at(score: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (score - low) / (high - low)

    jitter = np.random.default_rng(0).uniform(-26, 26, k)
    dots = "".join(
        f'<circle cx="{at(score):.1f}" cy="{70 + dy:.1f}" r="3.5" fill="#94a4a2" opacity="0.7"/>'
        for score, dy in zip(luck.example, jitter, strict=True)
    )
    best = float(luck.example[luck.winner])
    words = (
        f"Models tried: {k}. Test pictures: {n}. Over {len(luck.reported)} contests the winner "
        f"reports {reported:.3f} on average and is worth {truth:.3f}: "
        f"{100 * (reported - truth):+.1f} points of luck."
    )
    return (
        '<div style="background:#fff;color:#1a1a1a;padding:8px;max-width:760px">'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="100%" role="img" '
        f'aria-label="{html.escape(words, quote=True)}">'
        f"{_axis(low, high, at)}{dots}"
        f'<circle cx="{at(best):.1f}" cy="{70 + jitter[luck.winner]:.1f}" r="9" fill="none" '
        f'stroke="{COLORS[2]}" stroke-width="2.5"/>'
        f'<line x1="{at(truth):.1f}" y1="140" x2="{at(reported):.1f}" y2="140" stroke="{INK}" '
        'stroke-width="2"/>'
        f'<circle cx="{at(reported):.1f}" cy="140" r="8" fill="#fff" stroke="{COLORS[2]}" '
        'stroke-width="2.5"/>'
        f'<rect x="-6.5" y="-6.5" width="13" height="13" fill="{COLORS[0]}" '
        f'transform="translate({at(truth):.1f} 140) rotate(45)"/></svg>'
        f'<div role="status" style="line-height:1.5">Dots: scores of one contest, its winner '
        f"circled. Below, over all contests: circle reported, diamond true. {html.escape(words)}"
        "</div></div>"
    )


def _axis(low: float, high: float, at: Any) -> str:
    """Return a horizontal axis with a mark at every tenth."""
    marks: Sequence[int] = range(int(np.ceil(low * 10)), int(high * 10) + 1)
    parts = [f'<line x1="{_LEFT}" y1="175" x2="{_RIGHT}" y2="175" stroke="{GRAY}"/>']
    for mark in marks:
        x = at(mark / 10)
        parts.append(f'<line x1="{x:.1f}" y1="30" x2="{x:.1f}" y2="175" stroke="#e3e3e3"/>')
        parts.append(
            f'<text x="{x:.1f}" y="195" text-anchor="middle" font-size="13" fill="{INK}">'
            f"{mark / 10:.1f}</text>"
        )
    return "".join(parts)


def sliders(found: Contests) -> Any:
    """Return the interactive view: models tried, test pictures (ipywidgets >= 7.7).

    It is redrawn in the kernel's own thread; ipykernel 7 loses output of others.
    """
    import ipywidgets as widgets

    models, items = positions(found)
    looks = {"description_width": "initial"}
    k = widgets.SelectionSlider(options=models, description="Models tried", style=looks)
    n = widgets.SelectionSlider(options=items, description="Test pictures", style=looks)
    view = widgets.HTML()

    def redraw(_: Any = None) -> None:
        view.value = view_html(found, k.value, n.value)

    for control in (k, n):
        control.observe(redraw, names="value")
    redraw()
    return widgets.VBox([k, n, view])
