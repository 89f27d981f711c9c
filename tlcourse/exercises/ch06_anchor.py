"""Exercise 6.4: the penalty of L2-SP as a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

Arrays = Sequence[np.ndarray]
Penalty = Callable[[Arrays, Arrays, Arrays, float, float], Any]


def _cases() -> list[tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray], float, float]]:
    rng = np.random.default_rng(6)
    shapes = [[(3, 2), (4,)], [(2, 2, 2)], [(5,), (2, 3), (1,)]]
    return [
        (
            [rng.normal(size=s) for s in own],
            [rng.normal(size=s) for s in own],
            [rng.normal(size=(3, 2))] if i else [],
            alpha,
            beta,
        )
        for i, (own, alpha, beta) in enumerate(
            zip(shapes, (0.1, 0.5, 2.0), (0.01, 0.3, 0.7), strict=True)
        )
    ]


def l2sp(w: Arrays, w0: Arrays, w_new: Arrays, alpha: float, beta: float) -> float:
    """Return a right answer."""
    away = sum(float(((a - b) ** 2).sum()) for a, b in zip(w, w0, strict=True))
    return alpha / 2 * away + beta / 2 * sum(float((a**2).sum()) for a in w_new)


def _mean(w: Arrays, w0: Arrays, w_new: Arrays, alpha: float, beta: float) -> float:
    away = sum(float(((a - b) ** 2).mean()) for a, b in zip(w, w0, strict=True))
    return alpha / 2 * away + beta / 2 * sum(float((a**2).mean()) for a in w_new)


def _twice(w: Arrays, w0: Arrays, w_new: Arrays, alpha: float, beta: float) -> float:
    return 2 * l2sp(w, w0, w_new, alpha, beta)


def _to_zero(w: Arrays, w0: Arrays, w_new: Arrays, alpha: float, beta: float) -> float:
    return l2sp(w, [np.zeros_like(a) for a in w0], w_new, alpha, beta)


def _without_head(w: Arrays, w0: Arrays, w_new: Arrays, alpha: float, beta: float) -> float:
    return l2sp(w, w0, [], alpha, beta)


def _root(w: Arrays, w0: Arrays, w_new: Arrays, alpha: float, beta: float) -> float:
    away = sum(float(((a - b) ** 2).sum()) for a, b in zip(w, w0, strict=True))
    return alpha / 2 * away**0.5 + beta / 2 * sum(float((a**2).sum()) for a in w_new) ** 0.5


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    raw = [call(answer, *case) for case in _cases()]
    if all(value is None or value is ... for value in raw):
        return NOT_ATTEMPTED
    read = [as_numbers([getattr(v, "item", lambda v=v: v)()], 1) for v in raw]
    if any(values is None for values in read):
        return other("Return one number for each case, also where there are no new weights.")
    given = np.array([values[0] for values in read])

    def equals(function: Penalty) -> bool:
        return np.allclose(given, [function(*case) for case in _cases()], rtol=1e-6, atol=0)

    if equals(l2sp):
        return right("Two anchors: where the weights came from, and zero for what is new.")
    for mistake in exercise.mistakes:
        if equals(mistake.example):
            return exercise.wrong(mistake.name)
    return other("One of three small cases differs. Write the two sums one below the other.")


L2_SP = Exercise(
    id="06.4",
    question=(
        "Write l2sp(w, w0, w_new, alpha, beta): alpha/2 times the sum of all (w - w0)**2, plus "
        "beta/2 times the sum of all w_new**2. The first three are lists of arrays."
    ),
    expects="a function of (w, w0, w_new, alpha, beta) that returns one number",
    judge=_judge,
    mistakes=(
        Mistake(
            "mean", _mean, "Sum over the weights: with a mean, alpha depends on a layer's size."
        ),
        Mistake("twice", _twice, "This is exactly twice the penalty. Look at the factors."),
        Mistake(
            "to zero",
            _to_zero,
            "That pulls toward zero, as plain weight decay does. Where did the weights come from?",
        ),
        Mistake(
            "without head",
            _without_head,
            "Right only where nothing is new. New weights have no starting point: they have beta.",
        ),
        Mistake("root", _root, "The norms enter squared: no square root anywhere."),
    ),
)
