"""Exercise 01.6: the loss of a multi-task batch in which some labels are missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

CLASS_LOSSES, COLOR_LOSSES = (0.2, 1.1, 0.4, 2.3), (0.9, np.nan, 0.3, np.nan)
WEIGHT = 0.5
_TRIALS = (
    (CLASS_LOSSES, COLOR_LOSSES, WEIGHT),
    ((1.0, 3.0, 0.5), (0.4, 2.0, np.nan), 0.25),
    ((0.7, 0.1), (np.nan, np.nan), 0.5),
    ((0.6, 1.2, 0.9, 0.3, 2.0), (1.5, 0.2, 0.8, 0.1, 0.5), 2.0),
)

Loss = Callable[[np.ndarray, np.ndarray, float], float]


def joint_loss(cls: np.ndarray, aux: np.ndarray, weight: float) -> float:
    """Return mean(cls) + weight * mean of the auxiliary losses that exist."""
    there = aux[~np.isnan(aux)]
    return float(cls.mean() + (weight * there.mean() if there.size else 0.0))


def _all_four(cls: np.ndarray, aux: np.ndarray, weight: float) -> float:
    return float(cls.mean() + weight * np.nansum(aux) / len(aux))


def _no_weight(cls: np.ndarray, aux: np.ndarray, weight: float) -> float:
    return joint_loss(cls, aux, 1.0)


def _not_masked(cls: np.ndarray, aux: np.ndarray, weight: float) -> float:
    return float(cls.mean() + weight * aux.mean())


def _dropped(cls: np.ndarray, aux: np.ndarray, weight: float) -> float:
    there = ~np.isnan(aux)
    if not there.any():
        return 0.0
    return float(cls[there].mean() + weight * aux[there].mean())


def _mean_of_heads(cls: np.ndarray, aux: np.ndarray, weight: float) -> float:
    return joint_loss(cls, aux, weight) / 2


_WRONG: dict[str, Loss] = {
    "divided by all": _all_four,
    "no weight": _no_weight,
    "not masked": _not_masked,
    "unlabeled dropped": _dropped,
    "mean of the heads": _mean_of_heads,
}


def _judge_joint(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    given = [(np.array(cls), np.array(aux), weight) for cls, aux, weight in _TRIALS]
    values = [call(answer, cls.copy(), aux.copy(), weight) for cls, aux, weight in given]
    if all(value is None or value is ... for value in values):
        return NOT_ATTEMPTED
    numbers_ = [_number(value) for value in values]
    if None in numbers_:
        odd = values[numbers_.index(None)]
        return other(f"joint returned {describe(odd)}. Expected one number, the loss.")
    if _agree(numbers_, [joint_loss(*g) for g in given]):
        return right("Pictures without the second label still teach the first task.")
    for name, wrong in _WRONG.items():
        if _agree(numbers_, [wrong(*g) for g in given]):
            return exercise.wrong(name)
    if _agree(numbers_[:2] + numbers_[3:], [joint_loss(*g) for g in given[:2] + given[3:]]):
        return other(
            "Right, but not where no picture of the batch has a color label: then only the first "
            "mean is left."
        )
    if np.isnan(numbers_[0]):
        return exercise.wrong("not masked")
    return other(
        f"For the losses of the exercise joint gives {numbers_[0]:.3g}, which is not the joint "
        f"loss. One mean over all pictures, one over those with a color label, and a weight."
    )


def _number(value: Any) -> float | None:
    if isinstance(value, (bool, np.bool_, str, bytes)) or value is None or np.size(value) != 1:
        return None
    try:
        return float(np.asarray(value).reshape(()))
    except (TypeError, ValueError):
        return None


def _agree(found: Sequence[float], wanted: Sequence[float]) -> bool:
    return bool(np.allclose(found, wanted, rtol=0, atol=1e-6, equal_nan=True))


JOINT_LOSS = Exercise(
    id="01.6",
    question=(
        "Class losses (0.2, 1.1, 0.4, 2.3), color losses (0.9, nan, 0.3, nan): two pictures have "
        "no color label. Write joint(cls, aux, weight), the loss of a multi-task batch with gaps."
    ),
    expects="a function of cls, aux and weight that returns one number",
    judge=_judge_joint,
    mistakes=tuple(
        Mistake(name, _WRONG[name], hint)
        for name, hint in {
            "divided by all": "Divided by all pictures: how many of them have a color label?",
            "no weight": "The weight is missing: the second task counts as much as the first.",
            "not masked": "Not a number: mask before averaging. Zero times nan is still nan.",
            "unlabeled dropped": "You dropped the class losses of pictures without a color label.",
            "mean of the heads": "A weighted sum is asked for, and not the mean of the two heads.",
        }.items()
    ),
)
