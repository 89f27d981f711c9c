"""Exercise 10.3: the exact class activation map of a linear head on standardized averages."""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, describe, other, right
from tlcourse.heads import LinearHead

_TOLERANCE = 1e-3


def solution(*, head: LinearHead, feature_map: np.ndarray, klass: int) -> np.ndarray:
    """Return the map (rows, columns) whose mean plus the folded bias is the score."""
    weights = head.weights[:, klass] / head.scale
    return feature_map.astype(np.float64) @ weights


def _raw_weights(*, head: LinearHead, feature_map: np.ndarray, klass: int) -> np.ndarray:
    return feature_map.astype(np.float64) @ head.weights[:, klass]


def _centered(*, head: LinearHead, feature_map: np.ndarray, klass: int) -> np.ndarray:
    z = (feature_map.astype(np.float64) - head.mean) / head.scale
    return z @ head.weights[:, klass]


def _split(**materials: Any) -> np.ndarray:
    exact = solution(**materials)
    return exact / exact.size


def _positive(**materials: Any) -> np.ndarray:
    return np.maximum(solution(**materials), 0)


def _for_display(**materials: Any) -> np.ndarray:
    exact = solution(**materials)
    return (exact - exact.min()) / np.ptp(exact)


def _other_class(*, head: LinearHead, feature_map: np.ndarray, klass: int) -> np.ndarray:
    wrong = (klass + 1) % head.n_classes
    return solution(head=head, feature_map=feature_map, klass=wrong)


def _turned(**materials: Any) -> np.ndarray:
    return solution(**materials).T


_BY_VALUE = {
    "scale forgotten": _raw_weights,
    "sum in place of mean": _split,
    "positive part": _positive,
    "for display": _for_display,
    "transposed": _turned,
}


def _judge(
    answer: Any, exercise: Exercise, *, head: LinearHead, feature_map: np.ndarray, klass: int
) -> Verdict:
    given = np.asarray(answer)
    wanted = solution(head=head, feature_map=feature_map, klass=klass)
    if given.dtype.kind not in "fiu" or isinstance(answer, (int, float)):
        return exercise.unexpected(answer)
    if given.shape != wanted.shape:
        return other(
            f"Received {describe(answer)}. Expected one number for each place, "
            f"shape {wanted.shape}."
        )

    def close(made: np.ndarray) -> bool:
        return np.allclose(given, made, atol=_TOLERANCE * np.abs(made).max(), rtol=0)

    if close(wanted) or close(_centered(head=head, feature_map=feature_map, klass=klass)):
        return right("Its mean plus what does not depend on the places is exactly the class score.")
    for name, made in _BY_VALUE.items():
        if close(made(head=head, feature_map=feature_map, klass=klass)):
            return exercise.wrong(name)
    for k in range(head.n_classes):
        if k != klass and close(solution(head=head, feature_map=feature_map, klass=k)):
            return exercise.wrong("other class", f"It is the map of class {k}.")
    return other(
        "The mean of this map does not give the score. Write the score as a mean over places, "
        "starting from the average of `feature_map`, and move the mean outward."
    )


CLASS_MAP = Exercise(
    id="10.3",
    question=(
        "From feature_map (rows, columns, channels) and the head, compute the activation map of "
        "the class `klass`, so that its mean plus a constant is the head's score."
    ),
    expects="an array of shape (rows, columns), one number for each place",
    judge=_judge,
    materials=("head", "feature_map", "klass"),
    mistakes=(
        Mistake(
            "scale forgotten",
            _raw_weights,
            "The head's weights are for standardized features. What must each weight be divided by "
            "before it meets a raw feature?",
        ),
        Mistake(
            "sum in place of mean",
            _split,
            "Your map is smaller by the number of places. The score is the mean over places, not "
            "their sum.",
        ),
        Mistake(
            "positive part",
            _positive,
            "Everything below zero is cut off. Evidence against the class belongs to the account.",
        ),
        Mistake(
            "for display",
            _for_display,
            "Your map runs from 0 to 1 exactly: fine for the eye, but its mean has lost the score.",
        ),
        Mistake(
            "other class",
            _other_class,
            "This is the map of another class. The columns of `head.weights` are the classes.",
        ),
        Mistake(
            "transposed",
            _turned,
            "Rows and columns are exchanged: the first axis of a picture goes down.",
        ),
    ),
)
