"""Exercise 10.2: when the picture is mirrored, its boxes must follow."""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    call,
    describe,
    other,
    right,
)

WIDTH = 96


def boxes() -> np.ndarray:
    """Return 40 boxes, among them one at each edge of a picture of 96 by 64 pixels."""
    rng = np.random.default_rng(102)
    corner = rng.integers(0, (60, 40), size=(36, 2))
    some = np.concatenate([corner, corner + rng.integers(5, 24, size=(36, 2))], axis=1)
    edges = [[0, 10, 20, 30], [76, 10, 96, 30], [30, 0, 50, 20], [30, 44, 50, 64]]
    return np.concatenate([some, edges]).astype(np.float64)


def solution(boxes: np.ndarray, width: float) -> np.ndarray:
    """Return a right answer."""
    x1, y1, x2, y2 = boxes.T
    return np.stack([width - x2, y1, width - x1, y2], axis=1)


def _each_corner(boxes: np.ndarray, width: float) -> np.ndarray:
    x1, y1, x2, y2 = boxes.T
    return np.stack([width - x1, y1, width - x2, y2], axis=1)


def _unchanged(boxes: np.ndarray, width: float) -> np.ndarray:
    return boxes.copy()


def _pixel_numbers(boxes: np.ndarray, width: float) -> np.ndarray:
    return solution(boxes, width - 1)


def _top_to_bottom(boxes: np.ndarray, width: float) -> np.ndarray:
    x1, y1, x2, y2 = boxes.T
    return np.stack([x1, width - y2, x2, width - y1], axis=1)


def _both_axes(boxes: np.ndarray, width: float) -> np.ndarray:
    return _top_to_bottom(solution(boxes, width), width)


def _in_place(boxes: np.ndarray, width: float) -> np.ndarray:
    boxes[:] = solution(boxes, width)
    return boxes


_BY_VALUE = {
    "each corner": _each_corner,
    "unchanged": _unchanged,
    "pixel numbers": _pixel_numbers,
    "top to bottom": _top_to_bottom,
    "both axes": _both_axes,
}


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    original = boxes()
    given = original.copy()
    result = call(answer, given, WIDTH)
    if result is None or result is ...:
        return NOT_ATTEMPTED
    if not np.array_equal(given, original):
        return exercise.wrong("in place")
    result = np.asarray(result)
    if result.shape != original.shape or result.dtype.kind not in "fiu":
        return other(
            f"Your function returned {describe(result)}. Expected boxes of shape "
            f"{original.shape}, one for each that it was given."
        )
    if np.allclose(result, solution(original, WIDTH)):
        wider = call(answer, original.copy(), 2 * WIDTH)
        if not np.allclose(wider, solution(original, 2 * WIDTH)):
            return other("It works for a width of 96 only. Use the argument `width`.")
        return right("Left and right edge change roles, and the box stays a box.")
    for name, made in _BY_VALUE.items():
        if np.allclose(result, made(original, WIDTH)):
            return exercise.wrong(name)
    return other(
        "Some boxes are not where their object is. Take one box, (0, 10, 20, 30), and draw where "
        "its left edge lies after mirroring."
    )


FLIP_BOXES = Exercise(
    id="10.2",
    question=(
        "A picture is mirrored left to right. Write flip_boxes(boxes, width) for boxes "
        "(x1, y1, x2, y2) of shape (n, 4)."
    ),
    expects="a function flip_boxes(boxes, width) that returns boxes of the same shape",
    judge=_judge,
    mistakes=(
        Mistake(
            "each corner",
            _each_corner,
            "In your boxes x1 lies right of x2: every corner was mirrored, and they have changed "
            "sides. Which of them is the left edge now?",
        ),
        Mistake(
            "unchanged",
            _unchanged,
            "The picture is mirrored and its boxes are not. Training goes on without a word: only "
            "the error along x grows.",
        ),
        Mistake(
            "pixel numbers",
            _pixel_numbers,
            "Everything is off by one. `width - 1` belongs to pixel numbers; these numbers are "
            "edges.",
        ),
        Mistake(
            "top to bottom",
            _top_to_bottom,
            "You mirrored top to bottom. Left to right leaves y as it is.",
        ),
        Mistake(
            "both axes",
            _both_axes,
            "Both axes are mirrored: that is a turn by half a circle. Which of them should stay?",
        ),
        Mistake(
            "in place",
            _in_place,
            "Your function changed the boxes it was given: the next epoch would mirror them back. "
            "Return new ones.",
        ),
    ),
)
