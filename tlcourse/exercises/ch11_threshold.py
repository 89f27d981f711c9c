"""Exercise 11.1: a threshold that keeps a specificity."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    as_numbers,
    call,
    other,
    right,
)
from tlcourse.field.thresholds import threshold_at_specificity

Rule = Callable[[np.ndarray, np.ndarray, float], Any]


@lru_cache(maxsize=1)
def cases() -> tuple[tuple[np.ndarray, np.ndarray, float], ...]:
    """Return three imbalanced sets of scores, one with ties, and what is asked of each."""
    rng = np.random.default_rng(11)
    found = []
    for n, rate, specificity, digits in (
        (200, 0.15, 0.95, 6),
        (333, 0.05, 0.9, 6),
        (150, 0.3, 0.8, 1),
    ):
        sick = (rng.random(n) < rate).astype(int)
        scores = np.round(rng.normal(1.2 * sick, 1.0), digits)
        found.append((scores, sick, specificity))
    return tuple(found)


def _everyone(scores: np.ndarray, sick: np.ndarray, specificity: float) -> float:
    return float(np.quantile(scores, specificity))


def _positives(scores: np.ndarray, sick: np.ndarray, specificity: float) -> float:
    return float(np.quantile(scores[sick == 1], 1 - specificity))


def _wrong_tail(scores: np.ndarray, sick: np.ndarray, specificity: float) -> float:
    return float(np.quantile(scores[sick == 0], 1 - specificity))


def _index(scores: np.ndarray, sick: np.ndarray, specificity: float) -> int:
    return int(np.ceil(specificity * np.sum(sick == 0))) - 1


def _interpolated(scores: np.ndarray, sick: np.ndarray, specificity: float) -> float:
    return float(np.quantile(scores[sick == 0], specificity))


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    raw = [call(answer, scores.copy(), sick.copy(), s) for scores, sick, s in cases()]
    if all(value is None or value is ... for value in raw):
        return NOT_ATTEMPTED
    read = [as_numbers([getattr(v, "item", lambda v=v: v)()], 1) for v in raw]
    if any(values is None for values in read):
        return other("Return one score for each set.")
    given = np.array([values[0] for values in read])

    def equals(rule: Rule) -> bool:
        return np.allclose(given, [rule(*case) for case in cases()], rtol=0, atol=1e-9)

    if equals(threshold_at_specificity):
        return right("At least that share of the healthy stays quiet, and no lower score does it.")
    for mistake in exercise.mistakes:
        if equals(mistake.example):
            return exercise.wrong(mistake.name)
    kept = [np.mean(s[y == 0] <= t) >= p for (s, y, p), t in zip(cases(), given, strict=True)]
    if not all(kept):
        return other("On one of three sets fewer of the healthy stay at or below it than asked.")
    return other("The specificity holds, but a lower score would do as well. Take the smallest.")


THRESHOLD = Exercise(
    id="11.1",
    question=(
        "Write threshold(scores, sick, specificity): the smallest score that leaves at least that "
        "share of the healthy at or below it."
    ),
    expects="a function of (scores, sick, specificity) that returns one score",
    judge=_judge,
    mistakes=(
        Mistake(
            "everyone",
            _everyone,
            "A quantile of everyone. Specificity is about the healthy; leave the sick out.",
        ),
        Mistake(
            "positives",
            _positives,
            "You fixed how many of the sick raise an alarm. That is sensitivity.",
        ),
        Mistake(
            "wrong tail",
            _wrong_tail,
            "Wrong tail: most of the healthy lie above this score. They must fall at or below it.",
        ),
        Mistake(
            "index",
            _index,
            "These are positions in the sorted list. Return the score that stands there.",
        ),
        Mistake(
            "interpolated",
            _interpolated,
            "np.quantile mixes two neighbors, so the share can fall short. See its argument "
            "`method`, or sort and count.",
        ),
    ),
)
