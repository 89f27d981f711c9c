"""Exercise 4.6: choose a point between two sets of weights, honestly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, other, right
from tlcourse.recipes.chapter04_sealed import SealedScores

_SAME = 1e-6


def choose(alphas: Sequence[float], validation: Sequence[float]) -> float:
    """Return the alpha in 0 to 1 with the best validation accuracy; the smaller one on a tie."""
    inside = [(v, -a) for a, v in zip(alphas, validation, strict=True) if 0 <= a <= 1]
    return -max(inside)[1]


def _judge(
    answer: Any,
    exercise: Exercise,
    *,
    alphas: Sequence[float],
    validation: Sequence[float],
    other_styles: Sequence[float],
    train: Sequence[float],
    sealed: SealedScores,
) -> Verdict:
    values = as_numbers(answer, 2)
    if values is None:
        return exercise.unexpected(answer)
    alpha, score = map(float, values)
    if sealed.times_opened > 1:
        return exercise.wrong("opened twice")
    place = np.flatnonzero(np.isclose(alphas, alpha))
    if not len(place):
        return other(f"{alpha:g} is not one of the stops. Choose from `alphas`.")
    best = choose(alphas, validation)
    if not 0 <= alpha <= 1:
        return exercise.wrong("outside")
    if abs(alpha - best) > _SAME:
        if abs(alpha - choose(alphas, other_styles)) < _SAME:
            return exercise.wrong("other styles")
        if abs(alpha - choose(alphas, train)) < _SAME:
            return exercise.wrong("training")
        return other("Another stop between 0 and 1 has a better validation accuracy, or a tie.")
    if sealed.times_opened == 0 or abs(score - sealed.open(alpha)) > _SAME:
        return exercise.wrong("not opened")
    return right("Chosen by validation, opened once, reported as it came.")


def worked(
    *, alphas: Sequence[float], validation: Sequence[float], sealed: SealedScores, **_: Any
) -> tuple[float, float]:
    """Return a right answer."""
    alpha = choose(alphas, validation)
    return alpha, sealed.open(alpha)


def _by(name: str) -> Callable[..., tuple[float, float]]:
    def with_materials(**materials: Any) -> tuple[float, float]:
        alpha = choose(materials["alphas"], materials[name])
        return alpha, materials["sealed"].open(alpha)

    return with_materials


def _outside(**materials: Any) -> tuple[float, float]:
    alpha = float(max(materials["alphas"]))
    return alpha, materials["sealed"].open(alpha)


def _twice(**materials: Any) -> tuple[float, float]:
    scores = {a: materials["sealed"].open(a) for a in materials["alphas"] if 0 <= a <= 1}
    best = max(scores, key=scores.get)
    return best, scores[best]


def _unopened(**materials: Any) -> tuple[float, float]:
    alphas, validation = materials["alphas"], materials["validation"]
    alpha = choose(alphas, validation)
    return alpha, float(validation[list(alphas).index(alpha)])


CHOOSE_ALPHA = Exercise(
    id="04.6",
    question=(
        "Choose a stop alpha between 0 and 1 and report its test accuracy: a pair (alpha, "
        "accuracy), the accuracy from sealed.open(alpha), called once."
    ),
    expects="a pair of numbers, (alpha, test accuracy), such as (0.5, 0.7)",
    judge=_judge,
    materials=("alphas", "validation", "other_styles", "train", "sealed"),
    mistakes=(
        Mistake(
            "other styles",
            _by("other_styles"),
            "That stop is best on the other styles. You would use their labels to choose, and "
            "then report them.",
        ),
        Mistake(
            "training",
            _by("train"),
            "That stop is best on the training pictures. They are nearly all right at the end: "
            "they cannot choose.",
        ),
        Mistake(
            "outside",
            _outside,
            "That lies outside the segment from 0 to 1: it is extrapolation.",
        ),
        Mistake(
            "opened twice",
            _twice,
            "The seal says that the test was opened for more than one stop. Run the cell above "
            "again to seal it, and choose before you open.",
        ),
        Mistake(
            "not opened",
            _unopened,
            "The stop is right, but the accuracy is not what the sealed test says. Open it for "
            "this stop.",
        ),
    ),
)
