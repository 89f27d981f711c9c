"""Slide the cut: who looks alike at each depth, and what the pretrained weights are worth there."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from tlcourse.errors import CourseError
from tlcourse.plots import gallery, show
from tlcourse.plots.display import display_widget, is_live
from tlcourse.plots.intervals import bounds
from tlcourse.plots.style import COLORS, INK
from tlcourse.widgets.cuts import view_html
from tlcourse.widgets.neighbors import NeighborTable

Gains = Mapping[str, Sequence[Any]]
WEIGHTS = ("pretrained", "random")
_WIDE, _HIGH, _LEFT, _TOP = 420, 150, 44, 12
_DASHES = ("", "6 3", "2 3")


def slide_the_cut(
    tables: Mapping[str, NeighborTable],
    gains: Gains,
    *,
    static_cuts: Sequence[str] = ("pixels", "block 4", "block 5"),
    static_queries: Mapping[str, int] | None = None,
    interactive: bool | None = None,
) -> None:
    """Show neighbors at several depths, first as figures, then with sliders.

    Nothing is computed while dragging: neighbors and gains are looked up.

    Args:
        tables: Target -> neighbors for the weights "pretrained" and "random" at every cut;
            the cuts are "pixels" and one for each block.
        gains: Target -> paired gain of pretrained over random weights for block 1, 2, ...
        static_cuts: Cuts in the static figures.
        static_queries: Target -> row whose neighbors the static figure shows; the first query
            of the first and the last target when None.
        interactive: Add the sliders. None adds them where a notebook kernel runs.

    Raises:
        CourseError: If tables and gains do not name the same targets, or weights are missing.
    """
    _check(tables, gains)
    ends = dict.fromkeys((next(iter(tables)), list(tables)[-1]))
    default = {target: tables[target].queries[0] for target in ends}
    for target, query in (default if static_queries is None else static_queries).items():
        figure, alt = static_rows(tables[target], query, static_cuts, target)
        show(figure, alt=alt)
    if is_live() if interactive is None else interactive:
        instead = "With a running kernel, sliders for the cut, the query and the target stand here."
        display_widget(depth_sliders(tables, gains), instead=instead)


def _check(tables: Mapping[str, NeighborTable], gains: Gains) -> None:
    if not tables or set(tables) != set(gains):
        raise CourseError(
            f"There are neighbors for {', '.join(tables) or 'no target'} and gains for "
            f"{', '.join(gains) or 'no target'}. Expected the same targets in both."
        )
    for target, table in tables.items():
        if set(table.inputs) != set(WEIGHTS):
            raise CourseError(
                f"The neighbors of '{target}' are for {', '.join(table.inputs)}. Expected the "
                f"weights {' and '.join(WEIGHTS)}."
            )


def static_rows(
    table: NeighborTable, query: int, cuts: Sequence[str], target: str
) -> tuple[Any, str]:
    """Return one query with its neighbors by pretrained features, a row for each cut, in words too.

    The row "pixels" is the same for both weights.
    """
    rows, titles, frames, words = [], [], [], []
    for cut in cuts:
        near = table.nearest[table.check(query, cut, "pretrained")][query]
        same = int((table.labels[near] == table.labels[query]).sum())
        rows += [query, *near]
        titles += [table.names[i] for i in (query, *near)]
        frames += ["query"]
        frames += ["same" if table.labels[i] == table.labels[query] else "other" for i in near]
        found = ", ".join(table.names[i] for i in near)
        words.append(f"{cut}: {found}; {same} of {len(near)} share the class")
    figure = gallery(
        table.images[rows],
        titles,
        frames,
        columns=len(rows) // len(cuts),
        row_titles=cuts,
        title=f"Nearest {target}, pretrained: solid frame same class, dashed frame another",
    )
    return figure, (
        f"Gallery of the nearest {target} to '{table.names[query]}', nearest first. "
        f"{'. '.join(words)}."
    )


def sentence(gains: Gains, target: str, cut: str) -> str:
    """Say what the pretrained weights are worth for a target at a cut."""
    if not cut.startswith("block"):
        return "Pixels: no network, so there is nothing to gain or to lose."
    gain, low, high = (100 * x for x in bounds(gains[target][int(cut.split()[-1]) - 1]))
    word = "helps" if low > 0 else "hurts" if high < 0 else "cannot tell"
    return (
        f"{target}, {cut}: pretrained minus random {gain:+.1f} points, 95 % interval {low:+.1f} "
        f"to {high:+.1f}: {word}."
    )


def curve_svg(gains: Gains, target: str, cut: str) -> str:
    """Return the gains of all targets as a small drawing with a cursor at the cut.

    The chosen target is thick, with its numbers; the others are thin.
    """
    tables = {name: [100 * bounds(g)[0] for g in values] for name, values in gains.items()}
    values = [v for row in tables.values() for v in row] + [0.0]
    low, high = min(values) - 3, max(values) + 3
    blocks = len(tables[target])

    def place(block: float, gain: float) -> tuple[float, float]:
        x = _LEFT + (block - 1) / max(blocks - 1, 1) * (_WIDE - _LEFT - 90)
        return x, _TOP + (high - gain) / (high - low) * (_HIGH - 2 * _TOP)

    parts = []
    if cut.startswith("block"):
        x, _ = place(int(cut.split()[-1]), 0)
        parts.append(f'<line x1="{x:.0f}" x2="{x:.0f}" y1="4" y2="{_HIGH - 4}" stroke="#bbb"/>')
    (x1, y), (x2, _) = place(1, 0), place(blocks, 0)
    parts.append(f'<line x1="{x1}" x2="{x2}" y1="{y}" y2="{y}" stroke="{INK}" stroke-width="2"/>')
    parts.append(f'<text x="4" y="{y + 4:.0f}" font-size="11">0</text>')
    for i, (name, row) in enumerate(tables.items()):
        points = " ".join("{:.0f},{:.0f}".format(*place(b, g)) for b, g in enumerate(row, 1))
        width = 3.5 if name == target else 1.2
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{COLORS[i]}" '
            f'stroke-width="{width}" stroke-dasharray="{_DASHES[i % 3]}"/>'
        )
        x, y = place(blocks, row[-1])
        weight = "bold" if name == target else "normal"
        parts.append(
            f'<text x="{x + 6:.0f}" y="{y + 4:.0f}" font-size="11" font-weight="{weight}">'
            f"{html.escape(name)} {row[-1]:+.0f}</text>"
        )
    words = html.escape(
        f"Gain in points by block for {target}: {', '.join(f'{g:+.0f}' for g in tables[target])}",
        quote=True,
    )
    return (
        f'<svg role="img" aria-label="{words}" width="{_WIDE}" height="{_HIGH}" '
        f'style="background:#fff;color:#1a1a1a">{"".join(parts)}</svg>'
    )


def depth_view(
    tables: Mapping[str, NeighborTable],
    gains: Gains,
    *,
    target: str,
    number: int,
    cut: str,
    weights: str,
) -> str:
    """Return neighbors, curve and sentence for one setting, as HTML.

    Args:
        tables: See `slide_the_cut`.
        gains: See `slide_the_cut`.
        target: Name of the target.
        number: Number of the query, from 0.
        cut: "pixels", "block 1", ...
        weights: "pretrained" or "random".
    """
    table = tables[target]
    query = table.queries[number % len(table.queries)]
    return (
        f"{view_html(table, query, cut, weights)}"
        f'<div style="background:#fff;color:#1a1a1a;padding:0 8px 8px;max-width:760px">'
        f"{curve_svg(gains, target, cut)}"
        f'<div role="status" style="line-height:1.5">{html.escape(sentence(gains, target, cut))}'
        f"</div></div>"
    )


def depth_sliders(tables: Mapping[str, NeighborTable], gains: Gains) -> Any:
    """Return the interactive view (ipywidgets >= 7.7), drawn in the kernel's own thread."""
    import ipywidgets as widgets

    wide = {"description_width": "initial"}
    first = next(iter(tables.values()))
    count = min(len(table.queries) for table in tables.values())
    cut = widgets.SelectionSlider(options=first.cuts, description="Cut", style=wide)
    number = widgets.IntSlider(min=1, max=count, description="Query picture", style=wide)
    target = widgets.ToggleButtons(options=list(tables), description="Target", style=wide)
    weights = widgets.ToggleButtons(options=WEIGHTS, description="Weights", style=wide)
    view = widgets.HTML()

    def redraw(_: Any = None) -> None:
        chosen = {"target": target.value, "cut": cut.value, "weights": weights.value}
        view.value = depth_view(tables, gains, number=number.value - 1, **chosen)

    for control in (cut, number, target, weights):
        control.observe(redraw, names="value")
    redraw()
    return widgets.VBox([cut, number, target, weights, view])
