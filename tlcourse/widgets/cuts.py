"""Drag the cut: which pictures look alike to VGG16, early and late in the network."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from tlcourse.plots import gallery, lines_with_intervals, show
from tlcourse.plots.display import display_widget, is_live
from tlcourse.widgets.neighbors import NeighborTable

_THUMBNAIL = 80
_FRAMES = {"query": "1px solid #1a1a1a", "same": "3px solid #3f90da", "other": "3px dashed #e76300"}


def drag_the_cut(
    table: NeighborTable,
    *,
    static_queries: Sequence[int] | None = None,
    static_cuts: Sequence[str] | None = None,
    interactive: bool | None = None,
) -> None:
    """Show who the nearest neighbors are, first as a figure, then with sliders.

    Dragging the cut from block 1 to block 5 shows color give way to kind. Nothing is
    computed while dragging: seven small pictures are looked up.

    Args:
        table: What `neighbor_table` found.
        static_queries: Rows in the static figure; the first two queries when None.
        static_cuts: Cuts in the static figure; first, third and fifth when None.
        interactive: Add the sliders. None adds them where a notebook kernel runs.
    """
    queries = tuple(static_queries if static_queries is not None else table.queries[:2])
    cuts = tuple(static_cuts if static_cuts is not None else table.cuts[:5:2])
    for figure, alt in (static_gallery(table, queries, cuts), curves(table)):
        show(figure, alt=alt)
    if is_live() if interactive is None else interactive:
        instead = "With a running kernel, sliders for the query, the cut and the input stand here."
        display_widget(sliders(table), instead=instead)


def static_gallery(
    table: NeighborTable, queries: Sequence[int], cuts: Sequence[str]
) -> tuple[Any, str]:
    """Return the static figure, one row for each query and cut, and its alternative text."""
    kind = table.inputs[0]
    rows, titles, frames, names, words = [], [], [], [], []
    for query in queries:
        for cut in cuts:
            near = table.nearest[table.check(query, cut, kind)][query]
            rows += [query, *near]
            titles += [table.names[i] for i in (query, *near)]
            frames += ["query", *(_frame(table, query, i) for i in near)]
            names.append(cut)
            words.append(table.describe(query, cut, kind))
    columns = len(rows) // len(names)
    figure = gallery(
        table.images[rows],
        titles,
        frames,
        columns=columns,
        row_titles=names,
        title="Nearest neighbors: solid frame same class, dashed frame another",
    )
    return figure, f"Gallery of nearest neighbors, nearest first. {'. '.join(words)}."


def curves(table: NeighborTable) -> tuple[Any, str]:
    """Return the figure of both measures against the cut for the first input, and its text."""
    kind = table.inputs[0]
    same = [float(table.same_class[kind, cut].mean()) for cut in table.cuts]
    color = [table.color_ratio[kind, cut] for cut in table.cuts]
    figure = lines_with_intervals(
        table.cuts,
        {"share of neighbors of the same class": same, "color distance, random pairs = 1": color},
        xlabel="cut",
        ylabel="share, or ratio",
        title="Color gives way to kind",
    )
    pairs = zip(table.cuts, same, color, strict=True)
    words = "; ".join(f"{cut}: {s:.2f} and {c:.2f}" for cut, s, c in pairs)
    return figure, (
        f"Line chart against the cut: share of neighbors of the same class, and color distance to "
        f"neighbors relative to random pairs. {words}."
    )


def view_html(table: NeighborTable, query: int, cut: str, kind: str) -> str:
    """Return a query and its neighbors as seven small pictures with their names, as HTML.

    Args:
        table: What `neighbor_table` found.
        query: Row of the query.
        cut: One of `table.cuts`.
        kind: One of `table.inputs`.
    """
    setting = table.check(query, cut, kind)
    near = table.nearest[setting][query]
    own = table.same_class[setting][query]
    cells = [_cell(table, query, "query")]
    cells += [_cell(table, i, _frame(table, query, i)) for i in near]
    words = (
        f"Same class among these {len(near)}: {own:.0%}. "
        f"Over all pictures: {table.same_class[setting].mean():.0%}. "
        f"Color distance to neighbors, random pairs = 1: {table.color_ratio[setting]:.2f}."
    )
    return (
        '<div style="background:#fff;color:#1a1a1a;padding:8px;max-width:760px">'
        f'<div style="display:flex;flex-wrap:wrap;gap:8px">{"".join(cells)}</div>'
        f'<div role="status" style="line-height:1.5;margin-top:6px">{html.escape(words)}</div>'
        "</div>"
    )


def sliders(table: NeighborTable) -> Any:
    """Return the interactive view: query, cut, input and the seven pictures (ipywidgets >= 7.7).

    The pictures are redrawn in the kernel's own thread; ipykernel 7 loses output of others.
    """
    import ipywidgets as widgets

    style = {"description_width": "initial"}
    names = [(f"{i + 1} {table.names[q]}", q) for i, q in enumerate(table.queries)]
    query = widgets.SelectionSlider(options=names, description="Query picture", style=style)
    cut = widgets.SelectionSlider(options=table.cuts, description="Cut", style=style)
    kind = widgets.ToggleButtons(options=table.inputs, description="Input", style=style)
    view = widgets.HTML()

    def redraw(_: Any = None) -> None:
        view.value = view_html(table, query.value, cut.value, kind.value)

    for control in (query, cut, kind):
        control.observe(redraw, names="value")
    redraw()
    return widgets.VBox([query, cut, kind, view])


def _frame(table: NeighborTable, query: int, row: int) -> str:
    return "same" if table.labels[row] == table.labels[query] else "other"


def _cell(table: NeighborTable, row: int, frame: str) -> str:
    name, kind = table.names[row], table.class_names[table.labels[row]]
    note = {"query": "query", "same": "same class", "other": "another class"}[frame]
    alt = html.escape(f"{name} ({kind}), {note}", quote=True)
    return (
        f'<div style="width:{_THUMBNAIL + 8}px;font-size:11px;line-height:1.25;text-align:center">'
        f'<img alt="{alt}" src="data:image/png;base64,{_png(table.images[row])}" '
        f'width="{_THUMBNAIL}" height="{_THUMBNAIL}" style="border:{_FRAMES[frame]}">'
        f"{html.escape(name)}<br><em>{html.escape(kind)}</em></div>"
    )


def _png(image: np.ndarray) -> str:
    from PIL import Image

    memory = io.BytesIO()
    Image.fromarray(image).save(memory, "PNG", compress_level=1)
    return base64.b64encode(memory.getvalue()).decode()
