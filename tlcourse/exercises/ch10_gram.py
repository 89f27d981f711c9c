"""Exercise 10.6: the Gram matrix, tried on hidden feature maps."""

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

SHAPE = (4, 6, 5)


def features() -> np.ndarray:
    """Return a map (4, 6, 5) like those behind a ReLU: never negative, means far from zero."""
    return np.random.default_rng(106).gamma(2.0, size=SHAPE)


def solution(f: np.ndarray) -> np.ndarray:
    """Return a right answer."""
    flat = f.reshape(-1, f.shape[-1])
    return flat.T @ flat / len(flat)


def _places(f: np.ndarray) -> np.ndarray:
    flat = f.reshape(-1, f.shape[-1])
    return flat @ flat.T / flat.shape[1]


def _sum(f: np.ndarray) -> np.ndarray:
    flat = f.reshape(-1, f.shape[-1])
    return flat.T @ flat


def _centered(f: np.ndarray) -> np.ndarray:
    flat = f.reshape(-1, f.shape[-1])
    return solution((flat - flat.mean(axis=0))[None])


def _correlation(f: np.ndarray) -> np.ndarray:
    return np.corrcoef(f.reshape(-1, f.shape[-1]), rowvar=False)


def _cosine(f: np.ndarray) -> np.ndarray:
    made = solution(f)
    norms = np.sqrt(np.diag(made))
    return made / np.outer(norms, norms)


def _scrambled(f: np.ndarray) -> np.ndarray:
    flat = f.reshape(f.shape[-1], -1)
    return flat @ flat.T / flat.shape[1]


def _by_size(f: np.ndarray) -> np.ndarray:
    return _sum(f) / f.size


_BY_VALUE = {
    "sum": _sum,
    "centered": _centered,
    "correlation": _correlation,
    "reshaped": _scrambled,
    "by channels too": _by_size,
}


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    f = features()
    result = call(answer, f.copy())
    if result is None or result is ...:
        return NOT_ATTEMPTED
    result = np.asarray(result)
    rows, columns, channels = SHAPE
    if result.shape == (rows * columns, rows * columns):
        return exercise.wrong("places")
    if result.shape != (channels, channels) or result.dtype.kind not in "fiu":
        return other(
            f"Your function returned {describe(result)}. Expected shape ({channels}, {channels}): "
            f"one row and one column for each channel."
        )
    if np.allclose(result, solution(f), rtol=1e-4):
        return right("Shuffle the places, or show the picture twice: the matrix stays the same.")
    for name, made in _BY_VALUE.items():
        if np.allclose(result, made(f), rtol=1e-4):
            return exercise.wrong(name)
    if np.allclose(np.diag(result), 1):
        return exercise.wrong("correlation")
    return other(
        "This is not the Gram matrix. Entry (a, b) is the mean over all places of channel a times "
        "channel b."
    )


GRAM = Exercise(
    id="10.6",
    question="Write gram(f): the Gram matrix of a feature map f (rows, columns, channels).",
    expects="a function gram(f) that returns an array of shape (channels, channels)",
    judge=_judge,
    mistakes=(
        Mistake(
            "places",
            _places,
            "Your matrix compares places with places, so it keeps the layout. Style is to forget "
            "it: compare channels.",
        ),
        Mistake(
            "sum",
            _sum,
            "A picture shown twice side by side would double your matrix. What must a sum over "
            "places be divided by?",
        ),
        Mistake(
            "centered",
            _centered,
            "You took the mean away first: that is the covariance, which CORAL aligns. A close "
            "cousin, but the mean is part of the style here.",
        ),
        Mistake(
            "correlation",
            _correlation,
            "The diagonal is all ones: how strongly a channel fires is part of the style, and you "
            "divided it out.",
        ),
        Mistake(
            "reshaped",
            _scrambled,
            "`reshape` does not exchange axes: the channels come last, so they must stay last when "
            "the places become one axis.",
        ),
        Mistake(
            "by channels too",
            _by_size,
            "You divided by all numbers of the map. Divide by the number of places only.",
        ),
    ),
)
