"""Exercises 02.4 and 02.5: LEEP by hand, and its floor.

Right answers and typical wrong ones are computed from the formulas.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, other, right
from tlcourse.transferability import leep, nce

THETA = np.array([[0.95, 0.05], [0.40, 0.60], [0.10, 0.90], [0.20, 0.80]])
LABELS = np.array([0, 0, 1, 1])
_JOINT = np.eye(2)[LABELS].T @ THETA / len(LABELS)  # P(y, z)
_GIVEN_SOURCE = _JOINT / _JOINT.sum(axis=0)  # P(y|z)
_GIVEN_TARGET = _JOINT / _JOINT.sum(axis=1, keepdims=True)  # P(z|y)

BY_HAND = leep(THETA, LABELS)


def _number(answer: Any) -> float | None:
    """Return one real number, infinity included, or None."""
    if hasattr(answer, "item") and np.size(answer) == 1:
        answer = np.asarray(answer).reshape(-1)[0].item()
    if isinstance(answer, bool) or not isinstance(answer, numbers.Real):
        return None
    return None if np.isnan(float(answer)) else float(answer)


def _close(value: float, other_value: float, tolerance: float) -> bool:
    return value == other_value or abs(value - other_value) <= tolerance


# 02.4 LEEP by hand


def _judge_by_hand(answer: Any, exercise: Exercise) -> Verdict:
    value = _number(answer)
    if value is None:
        return exercise.unexpected(answer)
    if _close(value, BY_HAND, 5e-4):
        return right(
            f"Between the floor, {-np.log(2):.4f} for two classes of one size, and the ceiling, 0."
        )
    for mistake in exercise.mistakes:
        if _close(value, mistake.example, 5e-4):
            return exercise.wrong(mistake.name)
    return other(
        "That is not the number. Three steps: count P̂(y, z), divide each column by its sum to get "
        "P̂(y|z), then average the logarithms of what each picture's own label gets."
    )


LEEP_BY_HAND = Exercise(
    id="02.4",
    question=(
        "Two source classes, four pictures: θ = (.95, .05), (.40, .60), (.10, .90), (.20, .80); "
        "labels 0, 0, 1, 1. What is LEEP, in nats?"
    ),
    expects="one number in nats, such as -0.123",
    judge=_judge_by_hand,
    mistakes=(
        Mistake(
            "positive",
            -BY_HAND,
            "A mean log probability cannot be positive. Where did the minus sign go?",
        ),
        Mistake(
            "bits",
            BY_HAND / np.log(2),
            "That is in bits. Use the natural logarithm for nats.",
        ),
        Mistake(
            "sum",
            BY_HAND * len(LABELS),
            "That is the sum over the four pictures. LEEP is their mean.",
        ),
        Mistake(
            "log of the mean",
            float(np.log((_GIVEN_SOURCE[LABELS] * THETA).sum(axis=1).mean())),
            "That is the logarithm of a mean. Take the mean of the logarithms.",
        ),
        Mistake(
            "hard classes",
            nce(THETA.argmax(axis=1), LABELS),
            "That is NCE: you kept only the first choice of the source. LEEP uses θ as it is.",
        ),
        Mistake(
            "joint",
            float(np.log((_JOINT[LABELS] * THETA).sum(axis=1)).mean()),
            "You used the joint P̂(y, z). Divide it by P̂(z) first.",
        ),
        Mistake(
            "turned round",
            float(np.log((_GIVEN_TARGET[LABELS] * THETA).sum(axis=1)).mean()),
            "You used P̂(z|y). The question is how probable the label is, given the source class.",
        ),
    ),
)

# 02.5 The floor


def shares(labels: Any) -> np.ndarray:
    """Return the share of each class that occurs, (C,)."""
    counts = np.unique(np.asarray(labels), return_counts=True)[1]
    return counts / counts.sum()


def floor(labels: Any) -> float:
    """Return −H(Y) in nats."""
    p = shares(labels)
    return float((p * np.log(p)).sum())


FLOORS: dict[str, Callable[[Sequence[int]], float]] = {
    "equal classes": lambda labels: -float(np.log(len(shares(labels)))),
    "positive": lambda labels: -floor(labels),
    "bits": lambda labels: floor(labels) / np.log(2),
    "ceiling": lambda labels: 0.0,
    "minus infinity": lambda labels: float("-inf"),
    "largest class": lambda labels: float(np.log(shares(labels).max())),
}


def _judge_floor(answer: Any, exercise: Exercise, *, labels: Any) -> Verdict:
    value = _number(answer)
    if value is None:
        return exercise.unexpected(answer)
    if _close(value, floor(labels), 2e-3):
        return right("Minus the entropy of the labels: what is left when the source says nothing.")
    for name, wrong in FLOORS.items():
        if _close(value, wrong(labels), 2e-3):
            return exercise.wrong(name)
    return other(
        "That is not the floor. If θ is the same for every picture, what is P̂(y|z)? Put it into "
        "the formula, and average over the pictures with their own labels."
    )


def _floor_example(name: str) -> Callable[..., float]:
    def example(labels: Any) -> float:
        return FLOORS[name](labels)

    return example


THE_FLOOR = Exercise(
    id="02.5",
    question="What LEEP does a source earn whose output is the same for every picture?",
    expects="one number in nats, computed from the labels",
    judge=_judge_floor,
    materials=("labels",),
    mistakes=(
        Mistake(
            "equal classes",
            _floor_example("equal classes"),
            "That holds for classes of equal size. Count these.",
        ),
        Mistake(
            "positive",
            _floor_example("positive"),
            "The size is right, the sign is not: LEEP is a mean log probability.",
        ),
        Mistake("bits", _floor_example("bits"), "That is in bits. LEEP is measured in nats."),
        Mistake(
            "ceiling",
            _floor_example("ceiling"),
            "0 is the ceiling: there the source class would determine the label.",
        ),
        Mistake(
            "minus infinity",
            _floor_example("minus infinity"),
            "P̂(y|z) is the share of the class here, and no class that occurs has the share zero.",
        ),
        Mistake(
            "largest class",
            _floor_example("largest class"),
            "You used the largest class for every picture. Each picture counts with its own label.",
        ),
    ),
)
