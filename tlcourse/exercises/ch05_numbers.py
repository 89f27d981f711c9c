"""Exercise 5.1: answered with two numbers, the ends of an interval."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from tlcourse.evaluation.intervals import wilson
from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, other, right

RIGHT, TOTAL = 86, 110
WILSON = tuple(float(end) for end in wilson(RIGHT, TOTAL))
_TOLERANCE = 0.002


def _wald(z: float) -> tuple[float, float]:
    """Return p ± z standard errors, the interval of old textbooks."""
    p = RIGHT / TOTAL
    half = z * np.sqrt(p * (1 - p) / TOTAL)
    return float(p - half), float(p + half)


def _exact() -> tuple[float, float]:
    ends = stats.binomtest(RIGHT, TOTAL).proportion_ci(method="exact")
    return float(ends.low), float(ends.high)


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    values = as_numbers(answer, 2)
    if values is None:
        return exercise.unexpected(answer)
    if np.abs(values - WILSON).max() <= _TOLERANCE:
        return right(
            "The middle of this interval lies below the accuracy: Wilson pulls toward one half."
        )
    for mistake in exercise.mistakes:
        slack = _TOLERANCE * (100 if np.max(mistake.example) > 1 else 1)
        if np.abs(values - mistake.example).max() <= slack:
            return exercise.wrong(mistake.name)
    if values.max() > 1:
        return exercise.wrong("percent")
    if np.abs(values[::-1] - WILSON).max() <= _TOLERANCE:
        return other("Both ends are right, in the wrong order: the lower one first.")
    return other(
        "This is not Wilson's interval. Section 2 computes it with one call; pass the count and "
        "the total."
    )


READ_A_RESULT = Exercise(
    id="05.1",
    question="86 of 110 test pictures are right. Give the 95 % Wilson interval.",
    expects="two fractions, (lower end, upper end), such as (0.55, 0.6)",
    judge=_judge,
    mistakes=(
        Mistake(
            "wald",
            _wald(1.96),
            "That is p ± 1.96 standard errors, the Wald interval. Wilson's is not symmetric "
            "around p.",
        ),
        Mistake(
            "90 percent",
            tuple(float(end) for end in wilson(RIGHT, TOTAL, confidence=0.9)),
            "That interval holds the truth in 90 of 100 repetitions: its z is 1.645.",
        ),
        Mistake(
            "one standard error",
            _wald(1.0),
            "One standard error to each side covers about two thirds of repetitions only.",
        ),
        Mistake(
            "clopper pearson",
            _exact(),
            "A correct Clopper-Pearson interval, wider by design. Wilson's was asked for.",
        ),
        Mistake(
            "percent",
            (100 * WILSON[0], 100 * WILSON[1]),
            "Some end is above 1. Give fractions, not percent.",
        ),
    ),
)
