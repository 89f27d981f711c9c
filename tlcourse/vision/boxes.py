"""Boxes: where a thing is, as four numbers, and how well two boxes agree.

A box is (x1, y1, x2, y2) in pixels: left, top, right, bottom. These are *edges*, not pixel
numbers, so the width is x2 − x1, and a picture of 96 pixels reaches from 0 to 96.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.errors import DataError


def as_boxes(boxes: Any) -> np.ndarray:
    """Return boxes as float64 (n, 4), or say what is wrong with them.

    Raises:
        DataError: If the shape is another one, a number is not finite, or a box has its
            right edge left of its left one.
    """
    array = np.asarray(boxes, dtype=np.float64)
    array = array.reshape(-1, 4) if array.size == 0 else np.atleast_2d(array)
    if array.ndim != 2 or array.shape[1] != 4:
        raise DataError(
            f"Boxes have shape {np.shape(boxes)}, expected (n, 4): left, top, right, bottom."
        )
    if not np.isfinite(array).all():
        raise DataError("A box has an edge that is not a number. Find where it was computed.")
    if (array[:, 2:] < array[:, :2]).any():
        row = int(np.flatnonzero((array[:, 2:] < array[:, :2]).any(axis=1))[0])
        raise DataError(
            f"Box {row} is {array[row].tolist()}: its right edge lies left of its left one, or its "
            f"bottom above its top. Expected (x1, y1, x2, y2) with x1 <= x2 and y1 <= y2."
        )
    return array


def area(boxes: Any) -> np.ndarray:
    """Return width times height of each box, square pixels (n,)."""
    boxes = as_boxes(boxes)
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def iou(a: Any, b: Any) -> np.ndarray:
    """Return the intersection over union of every box of `a` with every box of `b`.

        IoU = |A ∩ B| / |A ∪ B|,   |A ∪ B| = |A| + |B| − |A ∩ B|.

    1 means the same box, 0 no overlap. The scale is steep: two equal squares, one shifted by
    a third of its side, have an IoU of 0.5.

    Args:
        a: Boxes (n, 4).
        b: Boxes (m, 4).

    Returns:
        float64 (n, m); 0 where both boxes are empty.

    Source:
        Everingham et al. 2010, The PASCAL Visual Object Classes Challenge, section 4.2.
    """
    a, b = as_boxes(a), as_boxes(b)
    top_left = np.maximum(a[:, None, :2], b[None, :, :2])
    bottom_right = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.maximum(bottom_right - top_left, 0), axis=2)
    union = area(a)[:, None] + area(b)[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def paired_iou(a: Any, b: Any) -> np.ndarray:
    """Return the IoU of box i of `a` with box i of `b`, (n,)."""
    a, b = as_boxes(a), as_boxes(b)
    if len(a) != len(b):
        raise DataError(f"There are {len(a)} and {len(b)} boxes, expected one of each for a pair.")
    return np.array([iou(x, y)[0, 0] for x, y in zip(a, b, strict=True)])


def to_targets(boxes: Any) -> np.ndarray:
    """Return center x, center y, log width and log height: numbers that a linear model can learn.

    With logarithms an error of 10 percent costs the same for a small and a large object, and
    the size that comes back is always positive.
    """
    boxes = as_boxes(boxes)
    size = boxes[:, 2:] - boxes[:, :2]
    return np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, np.log(np.maximum(size, 1e-3))], 1)


def from_targets(targets: np.ndarray, *, inside: float | None = None) -> np.ndarray:
    """Return boxes from what `to_targets` gives, cut to a square picture of side `inside`."""
    half = np.exp(np.clip(targets[:, 2:], -7, 12)) / 2
    boxes = np.concatenate([targets[:, :2] - half, targets[:, :2] + half], axis=1)
    return boxes if inside is None else np.clip(boxes, 0, inside)


def suppress(boxes: Any, scores: Any, *, overlap: float = 0.4) -> np.ndarray:
    """Non-maximum suppression: of boxes that overlap too much, keep the one with the best score.

    A detector that answers at every place finds one object several times. Greedily take the
    best box, drop every box whose IoU with it exceeds `overlap`, and go on.

    Args:
        boxes: (n, 4).
        scores: (n,), higher is better.
        overlap: Largest IoU that two kept boxes may have. Low values also delete true
            neighbors; high values leave duplicates.

    Returns:
        Rows that are kept, best first.
    """
    boxes, scores = as_boxes(boxes), np.asarray(scores, dtype=np.float64)
    if scores.shape != (len(boxes),):
        raise DataError(f"There are {len(boxes)} boxes and scores of shape {scores.shape}.")
    order, overlaps, kept = list(np.argsort(-scores, kind="stable")), iou(boxes, boxes), []
    while order:
        best = order.pop(0)
        kept.append(best)
        order = [row for row in order if overlaps[best, row] <= overlap]
    return np.array(kept, dtype=np.int64)
