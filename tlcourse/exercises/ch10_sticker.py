"""Exercise 10.4: the two numbers that give a shortcut away."""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, other, right

_KEYS = ("with", "without")
_TOLERANCE = 0.005


def _recall(predictions: np.ndarray, labels: np.ndarray, klass: int) -> float:
    return float(np.mean(predictions[labels == klass] == klass))


def solution(
    *, labels: np.ndarray, with_sticker: np.ndarray, without_sticker: np.ndarray, klass: int
) -> dict[str, float]:
    """Return the recall of the class on the same pictures, with and without the sticker."""
    return {
        "with": _recall(with_sticker, labels, klass),
        "without": _recall(without_sticker, labels, klass),
    }


def _accuracies(
    *, labels: np.ndarray, with_sticker: np.ndarray, without_sticker: np.ndarray, klass: int
) -> dict[str, float]:
    return {
        "with": float(np.mean(with_sticker == labels)),
        "without": float(np.mean(without_sticker == labels)),
    }


def _precisions(
    *, labels: np.ndarray, with_sticker: np.ndarray, without_sticker: np.ndarray, klass: int
) -> dict[str, float]:
    return {
        key: float(np.mean(labels[p == klass] == klass)) if (p == klass).any() else 0.0
        for key, p in zip(_KEYS, (with_sticker, without_sticker), strict=True)
    }


def _others(
    *, labels: np.ndarray, with_sticker: np.ndarray, without_sticker: np.ndarray, klass: int
) -> dict[str, float]:
    return {
        "with": _recall(with_sticker, labels, klass),
        "without": float(np.mean(without_sticker[labels != klass] == labels[labels != klass])),
    }


def _swapped(**materials: Any) -> dict[str, float]:
    found = solution(**materials)
    return {"with": found["without"], "without": found["with"]}


def _percent(**materials: Any) -> dict[str, float]:
    return {key: 100 * value for key, value in solution(**materials).items()}


_BY_VALUE = {
    "accuracies": _accuracies,
    "precisions": _precisions,
    "other pictures": _others,
    "swapped": _swapped,
    "percent": _percent,
}


def _judge(answer: Any, exercise: Exercise, **materials: Any) -> Verdict:
    if not isinstance(answer, dict) or set(answer) != set(_KEYS):
        return exercise.unexpected(answer)
    values = as_numbers([answer[key] for key in _KEYS], 2)
    if values is None:
        return exercise.unexpected(answer)

    def close(made: dict[str, float]) -> bool:
        scale = max(1.0, *(abs(v) for v in made.values()))
        return bool(np.abs(values - [made[key] for key in _KEYS]).max() <= _TOLERANCE * scale)

    wanted = solution(**materials)
    if close(wanted):
        lost = wanted["with"] - wanted["without"]
        return right(f"The sticker alone was worth {100 * lost:.0f} points of this class's recall.")
    for name, made in _BY_VALUE.items():
        if close(made(**materials)):
            return exercise.wrong(name)
    return other(
        "These are not the two recalls. Take the test pictures whose true class is `klass`, and "
        "count how many get that answer, in either version."
    )


STICKER = Exercise(
    id="10.4",
    question=(
        "Which share of the pictures of class `klass` is found with the sticker, and which share "
        "of the same pictures without it?"
    ),
    expects='a dict {"with": ..., "without": ...} of two fractions',
    judge=_judge,
    materials=("labels", "with_sticker", "without_sticker", "klass"),
    mistakes=(
        Mistake(
            "accuracies",
            _accuracies,
            "Those are accuracies over all classes. The shortcut lives in one class, and the "
            "average over all of them dilutes it.",
        ),
        Mistake(
            "precisions",
            _precisions,
            "That is precision: of those called so, how many are. Ask the other way round: of "
            "those that are, how many are found?",
        ),
        Mistake(
            "other pictures",
            _others,
            "The second number comes from other pictures. Only the sticker may differ between the "
            "two.",
        ),
        Mistake(
            "swapped",
            _swapped,
            "The two numbers are exchanged: look at which predictions belong to which key.",
        ),
        Mistake("percent", _percent, "Some number is above 1. Give fractions, not percent."),
    ),
)
