"""Exercise 7.4: the unbiased MMD² of two small samples, by hand."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from tlcourse.adaptation import mmd
from tlcourse.adaptation._arrays import squared_distances
from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, other, right

SOURCE = np.array([[0.0, 1.0], [2.0, 1.5], [1.0, -1.0], [-1.5, 0.5], [0.5, 2.5], [2.5, -0.5]])
TARGET = np.array([[0.5, 0.0], [1.5, 2.0], [-1.0, 1.5], [2.0, -1.5], [0.0, 0.5]])
_TOLERANCE = 1e-6


def value(
    *, unbiased: bool = True, factor: float = 1.0, squared: bool = True, sign: float = -2.0
) -> float:
    """Return MMD² with the options that people get wrong."""
    pooled = np.concatenate([SOURCE, TARGET])
    distances = squared_distances(pooled, pooled)
    pairs = distances[np.triu_indices(len(pooled), k=1)]
    width = np.median(pairs) if squared else np.median(np.sqrt(pairs))
    kernel = np.exp(-distances / (factor * width))
    n, m = len(SOURCE), len(TARGET)
    first, second, across = kernel[:n, :n], kernel[n:, n:], kernel[:n, n:]
    same = int(unbiased)
    within = [(k.sum() - same * np.trace(k)) / (len(k) * (len(k) - same)) for k in (first, second)]
    return float(sum(within) + sign * across.sum() / (n * m))


RIGHT = mmd(SOURCE, TARGET)
_SLIPS = {
    "biased": value(unbiased=False),
    "factor two": value(factor=2.0),
    "unsquared width": value(squared=False),
    "one cross term": value(sign=-1.0),
}


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    if isinstance(answer, numbers.Real) and not isinstance(answer, bool) and answer != answer:
        return exercise.wrong("square root")
    values = as_numbers([answer] if np.ndim(answer) == 0 else answer, 1)
    if values is None:
        return exercise.unexpected(answer)
    given = float(values[0])
    if abs(given - RIGHT) <= _TOLERANCE:
        return right("Negative, and no mistake: an unbiased estimate of zero falls on both sides.")
    for name, slip in _SLIPS.items():
        if abs(given - slip) <= _TOLERANCE:
            return exercise.wrong(name)
    roots = [abs(RIGHT) ** 0.5, *(abs(slip) ** 0.5 for slip in _SLIPS.values())]
    if any(abs(abs(given) - root) <= _TOLERANCE for root in roots) or abs(given + RIGHT) < 1e-9:
        return exercise.wrong("square root")
    return other(
        "That is not the number. Compute the three means one by one: within the source, within the "
        "target, across. The first two leave something out."
    )


UNBIASED_MMD = Exercise(
    id="07.4",
    question=(
        "Compute the unbiased MMD² of the two samples, kernel exp(-||x - y||^2 / m), where m is "
        "the median of the squared distances between different pooled points."
    ),
    expects="one number, such as 0.25, right to six decimals",
    judge=_judge,
    mistakes=(
        Mistake(
            "biased",
            _SLIPS["biased"],
            "That is the biased value. Which pairs of a point have distance zero by necessity, and "
            "do they tell anything about the sample?",
        ),
        Mistake(
            "square root",
            float("nan"),
            "Report MMD², not its root and not its absolute value: nothing forces this estimate to "
            "be positive.",
        ),
        Mistake(
            "factor two",
            _SLIPS["factor two"],
            "Compare your exponent with the one in the task: some books put a 2 there, this one "
            "does not.",
        ),
        Mistake(
            "unsquared width",
            _SLIPS["unsquared width"],
            "The width m is in squared units: take the median of squared distances.",
        ),
        Mistake(
            "one cross term",
            _SLIPS["one cross term"],
            "The mean across the samples counts more than once: write the square out and look at "
            "its mixed term.",
        ),
    ),
)
