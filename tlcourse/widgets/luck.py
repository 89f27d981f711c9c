"""Labels and luck: how much the choice of labeled pictures decides, and when it stops to matter."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.datasets.splits import few_labels
from tlcourse.errors import CourseError
from tlcourse.heads import fit_head
from tlcourse.plots import show
from tlcourse.plots.display import display_widget, is_live
from tlcourse.plots.first_win import luck, montage
from tlcourse.plots.style import COLORS

_THUMBNAIL = 28
_STRENGTH = (0.01,)  # one strength for all, so that only the pictures differ
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 560, 240, 46, 34, 12


@dataclass(frozen=True, eq=False)
class LuckTable:
    """Accuracy for each number of labels and each draw, computed beforehand.

    Args:
        sizes: Labels for each class, rising.
        accuracies: Accuracy on the unseen pictures, (S, J).
        rows: For each size, the training rows of each draw, int (J, classes * size).
        thumbnails: Small pictures of the data set, uint8 (n, 28, 28, 3).
        labels: int (n,).
        class_names: In label order.
        reference: Mean accuracy of the network trained from scratch, or None.
    """

    sizes: tuple[int, ...]
    accuracies: np.ndarray
    rows: tuple[np.ndarray, ...]
    thumbnails: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    reference: float | None = None

    @property
    def n_draws(self) -> int:
        """Number of draws J."""
        return self.accuracies.shape[1]

    def place(self, size: int, draw: int) -> int:
        """Return the position of a size, or raise `CourseError` naming what is unknown."""
        if size not in self.sizes or not 0 <= draw < self.n_draws:
            raise CourseError(
                f"There is no draw {draw} with {size} labels. Expected a draw from 0 to "
                f"{self.n_draws - 1} and one of {', '.join(map(str, self.sizes))} labels."
            )
        return self.sizes.index(size)


def luck_table(
    features: np.ndarray,
    images: np.ndarray,
    labels: np.ndarray,
    pool: np.ndarray,
    unseen: np.ndarray,
    *,
    class_names: Sequence[str],
    sizes: Sequence[int] = (1, 2, 3, 5, 10, 15),
    draws: int = 20,
    reference: float | None = None,
) -> LuckTable:
    """Fit a head for every number of labels and every draw, and test it on the same pictures.

    Args:
        features: float32 (n, d).
        images: uint8 RGB (n, S, S, 3).
        labels: int (n,).
        pool: Rows that labels are drawn from.
        unseen: Rows to test on.
        class_names: In label order.
        sizes: Labels for each class; those that the rarest class cannot give are left out.
        draws: Number of draws.
        reference: Accuracy of the network trained from scratch, for a dashed line.

    Cost: one fit for each size and draw, about 30 ms.
    """
    rarest = int(np.bincount(labels[pool], minlength=len(class_names)).min())
    sizes = tuple(size for size in sorted(sizes) if size <= rarest)
    if not sizes:
        raise CourseError(f"The rarest class has {rarest} labeled pictures. Expected at least one.")
    accuracies, rows = np.empty((len(sizes), draws)), []
    for i, size in enumerate(sizes):
        chosen = [few_labels(labels, pool, size, seed=seed) for seed in range(draws)]
        chosen = [own[np.argsort(labels[own], kind="stable")] for own in chosen]
        for j, own in enumerate(chosen):
            head = fit_head(
                features[own], labels[own], n_classes=len(class_names), strengths=_STRENGTH
            )
            accuracies[i, j] = np.mean(head.predict(features[unseen]) == labels[unseen])
        rows.append(np.stack(chosen))
    return LuckTable(
        sizes, accuracies, tuple(rows), _thumbnails(images), labels, tuple(class_names), reference
    )


def labels_and_luck(table: LuckTable, *, interactive: bool | None = None) -> None:
    """Show accuracy against labels for every draw, first as a figure, then with controls.

    Nothing is computed while dragging: accuracies and pictures are looked up.

    Args:
        table: What `luck_table` found.
        interactive: Add the controls. None adds them where a notebook kernel runs.
    """
    figure, alt = luck(table.sizes, table.accuracies, reference=table.reference)
    show(figure, alt=alt)
    if is_live() if interactive is None else interactive:
        instead = "With a running kernel, a slider for labels and a button for draws stand here."
        display_widget(controls(table), instead=instead)


def view_html(table: LuckTable, size: int, shown: Mapping[int, int]) -> str:
    """Return the training pictures of the last draw and the dots so far, as HTML.

    Args:
        table: What `luck_table` found.
        size: Labels for each class.
        shown: For each size, how many draws have been made so far; at least one for `size`.
    """
    draw = shown.get(size, 0) - 1
    place = table.place(size, draw)
    own = table.rows[place][draw]
    sheet = montage(table.thumbnails[own], size, gap=2)
    values = table.accuracies[place][: draw + 1]
    words = (
        f"Draw {draw + 1} with {size} labels for each class: {values[-1]:.2f} of the unseen "
        f"pictures right. So far from {values.min():.2f} to {values.max():.2f}."
    )
    alt = html.escape(
        f"The {len(own)} training pictures, one row for each class: {', '.join(table.class_names)}",
        quote=True,
    )
    return (
        '<div style="background:#fff;color:#1a1a1a;padding:8px;max-width:760px">'
        f'<div style="height:250px"><img alt="{alt}" src="data:image/png;base64,{_png(sheet)}" '
        f'style="max-width:100%"></div>{_dots(table, size, shown)}'
        f'<div role="status" style="line-height:1.5">{html.escape(words)}</div></div>'
    )


def controls(table: LuckTable) -> Any:
    """Return slider, button and view (ipywidgets >= 7.7), all in the kernel's own thread."""
    import ipywidgets as widgets

    style = {"description_width": "initial"}
    size = widgets.SelectionSlider(
        options=table.sizes, description="Labels for each class", style=style
    )
    button = widgets.Button(description="Another draw")
    view = widgets.HTML()
    shown = {table.sizes[0]: 1}

    def redraw(_: Any = None) -> None:
        shown.setdefault(size.value, 1)
        button.disabled = shown[size.value] >= table.n_draws
        view.value = view_html(table, size.value, shown)

    def another(_: Any) -> None:
        shown[size.value] = min(shown[size.value] + 1, table.n_draws)
        redraw()

    size.observe(redraw, names="value")
    button.on_click(another)
    redraw()
    return widgets.VBox([size, button, view])


def _dots(table: LuckTable, size: int, shown: Mapping[int, int]) -> str:
    """Return the axis with a dot for each draw so far, as SVG."""
    logs = np.log(np.array(table.sizes, float))
    across = _LEFT + 30 + (logs - logs[0]) / max(np.ptp(logs), 1e-9) * (_WIDTH - _LEFT - 60)
    parts = [_axis(table, across)]
    for i, each in enumerate(table.sizes):
        for j in range(min(shown.get(each, 0), table.n_draws)):
            last = each == size and j == shown[each] - 1
            x, y = across[i] + 3 * (j % 5 - 2), _down(table.accuracies[i, j])
            look = 'r="6" stroke="#1a1a1a"' if last else 'r="4" opacity="0.6"'
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" {look} fill="{COLORS[0]}"/>')
    return "".join([*parts, "</svg>"])


def _axis(table: LuckTable, across: np.ndarray) -> str:
    """Return the beginning of the SVG: grid, numbers, and the line of the other contestant."""
    parts = [
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="Accuracy of each draw, '
        'against labels for each class" style="font:12px sans-serif">'
    ]
    for value in (0, 0.25, 0.5, 0.75, 1):
        y = _down(value)
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e3e3"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
        )
    if table.reference is not None:
        y = _down(table.reference)
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="{COLORS[2]}" '
            f'stroke-dasharray="6 4"/><text x="{_WIDTH}" y="{y - 4:.1f}" text-anchor="end">'
            "from scratch, 10 for each class</text>"
        )
    for x, size in zip(across, table.sizes, strict=True):
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - 16}" text-anchor="middle">{size}</text>')
    return "".join(parts)


def _down(accuracy: float) -> float:
    """Return where an accuracy stands, pixels from the top."""
    return _TOP + (1 - accuracy) * (_HEIGHT - _TOP - _BOTTOM)


def _thumbnails(images: np.ndarray) -> np.ndarray:
    from PIL import Image

    size = (_THUMBNAIL, _THUMBNAIL)
    small = [np.asarray(Image.fromarray(i).resize(size, Image.Resampling.BOX)) for i in images]
    return np.stack(small).astype(np.uint8)


def _png(image: np.ndarray) -> str:
    from PIL import Image

    memory = io.BytesIO()
    Image.fromarray(image).save(memory, "PNG", compress_level=1)
    return base64.b64encode(memory.getvalue()).decode()
