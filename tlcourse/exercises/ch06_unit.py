"""Exercise 6.2: the one number that repairs the recipe, computed without the test."""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, other, right

_TOLERANCE = 1e-3


def one_number(*, grids: np.ndarray, rows: np.ndarray) -> float:
    """Return a right answer: the standard deviation of all training activations."""
    return float(grids[rows].std())


def _everyone(*, grids: np.ndarray, rows: np.ndarray) -> float:
    return float(grids.std())


def _by_channel(*, grids: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return grids[rows].std(axis=(0, 1, 2))


def _largest(*, grids: np.ndarray, rows: np.ndarray) -> float:
    return float(grids[rows].max())


def _by_picture(*, grids: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return grids[rows].std(axis=(1, 2, 3))


def _mean(*, grids: np.ndarray, rows: np.ndarray) -> float:
    return float(grids[rows].mean())


def _judge(answer: Any, exercise: Exercise, *, grids: np.ndarray, rows: np.ndarray) -> Verdict:
    materials = {"grids": grids, "rows": rows}
    if hasattr(answer, "numpy") and callable(answer.numpy):
        answer = answer.numpy()
    try:
        given = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return exercise.unexpected(answer)
    if isinstance(answer, (bool, np.bool_, str, bytes)) or given.dtype.kind != "f":
        return exercise.unexpected(answer)
    if given.ndim == 0 and np.isfinite(given):
        if abs(given / one_number(**materials) - 1) <= _TOLERANCE:
            return right("One number, from the training pictures alone, kept for all others.")
        for name, wrong in (("all pictures", _everyone), ("maximum", _largest), ("mean", _mean)):
            if abs(given / wrong(**materials) - 1) <= _TOLERANCE:
                return exercise.wrong(name)
        return other("Take all entries of the training grids together, without an axis.")
    if given.shape == grids.shape[-1:]:
        return exercise.wrong("by channel")
    if given.ndim and given.shape[0] == len(rows):
        return exercise.wrong("by picture")
    return exercise.unexpected(answer)


ONE_NUMBER = Exercise(
    id="06.2",
    question=(
        "From `grids` (pictures, height, width, channels) and the training rows, compute the one "
        "number that activations are divided by."
    ),
    expects="one number",
    judge=_judge,
    materials=("grids", "rows"),
    mistakes=(
        Mistake(
            "all pictures",
            _everyone,
            "Test pictures took part in that number. Whatever is fitted, is fitted on the training "
            "rows.",
        ),
        Mistake(
            "by channel",
            _by_channel,
            "One number for each channel: channels that are nearly silent in training explode "
            "otherwise. Take one for all.",
        ),
        Mistake(
            "maximum",
            _largest,
            "That is the largest activation. One outlier sets the scale for everybody.",
        ),
        Mistake(
            "by picture",
            _by_picture,
            "One number for each picture removes how strongly a picture activates. A constant is "
            "wanted.",
        ),
        Mistake("mean", _mean, "That is the mean. How far activations spread is another number."),
    ),
)
