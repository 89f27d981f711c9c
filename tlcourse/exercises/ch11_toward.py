"""Exercise 11.4: logistic regression pulled toward an old scorecard."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    call,
    other,
    right,
)
from tlcourse.field.anchored import fit_toward, log_loss

STRENGTHS = (0.0, 10.0, 1e6)
W_SOURCE = np.array([1.0, -0.5, 0.3])
_SOURCE_INTERCEPT = -3.0
Fit = Callable[[np.ndarray, np.ndarray, np.ndarray, float], Any]


@lru_cache(maxsize=1)
def loans() -> tuple[np.ndarray, np.ndarray]:
    """Return 200 small loans with a meaning of their own, (200, 3) and (200,)."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(200, 3))
    return x, (rng.random(200) < expit(x @ [0.2, 0.4, 0.9] - 1)).astype(int)


def worked(x: np.ndarray, y: np.ndarray, w_source: np.ndarray, strength: float) -> Any:
    """Return a right answer, (weights, intercept)."""
    card = fit_toward(x, y, anchor=w_source, strength=strength)
    return card.weights, card.intercept


def by_minimizer(
    x: np.ndarray,
    y: np.ndarray,
    w_source: np.ndarray,
    strength: float,
    *,
    mean: bool = False,
    pulled_intercept: bool = False,
) -> Any:
    """Return the answer of a general minimizer, right or with a typical mistake."""

    def loss(v: np.ndarray) -> float:
        data = log_loss(x @ v[:-1] + v[-1], y) / (len(y) if mean else 1)
        away = np.append(v[:-1] - w_source, v[-1] - _SOURCE_INTERCEPT if pulled_intercept else 0)
        return data + 0.5 * strength * float(away @ away)

    start = np.append(w_source, _SOURCE_INTERCEPT)
    found = minimize(loss, start, method="BFGS", options={"gtol": 1e-6}).x
    return found[:-1], found[-1]


def _ridge(x: np.ndarray, y: np.ndarray, w_source: np.ndarray, strength: float) -> Any:
    return worked(x, y, np.zeros_like(w_source), strength)


def _twice(x: np.ndarray, y: np.ndarray, w_source: np.ndarray, strength: float) -> Any:
    weights, intercept = worked(x, y, w_source, strength)
    return weights + w_source, intercept


def _mean(x: np.ndarray, y: np.ndarray, w_source: np.ndarray, strength: float) -> Any:
    return worked(x, y, w_source, len(y) * strength)


def _frozen(x: np.ndarray, y: np.ndarray, w_source: np.ndarray, strength: float) -> Any:
    if strength < 1e6:
        return by_minimizer(x, y, w_source, strength, pulled_intercept=True)
    return w_source, _SOURCE_INTERCEPT  # the limit, where a general minimizer stalls


def _not_squared(x: np.ndarray, y: np.ndarray, w_source: np.ndarray, strength: float) -> Any:
    return worked(x, y, w_source, 2 * strength)


def _read(raw: Any) -> tuple[np.ndarray, float] | None:
    try:
        weights, intercept = raw
        weights = np.asarray(weights, float).ravel()
        intercept = float(np.asarray(intercept, float).ravel()[0])
    except (TypeError, ValueError, IndexError):
        return None
    fine = weights.shape == W_SOURCE.shape and np.isfinite([*weights, intercept]).all()
    return (weights, intercept) if fine else None


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    x, y = loans()
    raw = [call(answer, x.copy(), y.copy(), W_SOURCE.copy(), s) for s in STRENGTHS]
    if all(r is None or r is ... for r in raw):
        return NOT_ATTEMPTED
    read = [_read(r) for r in raw]
    if any(r is None for r in read):
        return other("Return two things for each strength: three weights, and the intercept.")
    (_, _), (w_ten, b_ten), (w_huge, b_huge) = read

    def near(function: Fit) -> bool:
        w, b = function(x, y, W_SOURCE, 10.0)
        return np.allclose(w_ten, w, atol=5e-3) and abs(b_ten - b) < 0.02

    if np.abs(w_huge).max() < 0.05:
        return exercise.wrong("ridge")
    if np.allclose(w_huge, 2 * W_SOURCE, atol=0.05):
        return exercise.wrong("twice")
    if abs(expit(x @ w_huge + b_huge).mean() - y.mean()) > 0.01:
        return exercise.wrong("intercept")
    if near(worked):
        return _limits(read, x, y)
    for name, function in (("mean", _mean), ("half", _not_squared)):
        if near(function):
            return exercise.wrong(name)
    return other("At strength 10 the gradient is not zero. Compare your loss with the formula.")


def _limits(read: list[Any], x: np.ndarray, y: np.ndarray) -> Verdict:
    free, huge = worked(x, y, W_SOURCE, 0.0), read[2]
    if np.abs(read[0][0] - free[0]).max() > 0.02 or abs(read[0][1] - free[1]) > 0.02:
        return other("At strength 0 the old scorecard must not matter at all.")
    if np.abs(huge[0] - W_SOURCE).max() > 1e-2:
        return other("At a huge strength the weights must be those of the old scorecard.")
    return right("Zero pull is plain logistic regression, endless pull a new intercept alone.")


TOWARD = Exercise(
    id="11.4",
    question=(
        "Write fit_toward(x, y, w_source, strength): minimize the summed log loss plus "
        "½·strength·‖w − w_source‖². The intercept is free. Return (weights, intercept)."
    ),
    expects="a function of (x, y, w_source, strength) that returns (weights, intercept)",
    judge=_judge,
    mistakes=(
        Mistake(
            "ridge",
            _ridge,
            "With a strong pull your weights go to zero: that is plain ridge. Penalize the "
            "distance from w_source.",
        ),
        Mistake(
            "intercept",
            _frozen,
            "With a strong pull your mean prediction stays away from the default rate: the "
            "intercept is penalized or frozen.",
        ),
        Mistake(
            "twice",
            _twice,
            "With a strong pull you get twice w_source: it is in there as an offset and as a "
            "center.",
        ),
        Mistake(
            "mean",
            _mean,
            "The balance is off by the number of loans: the mean of the log loss in place of the "
            "sum.",
        ),
        Mistake(
            "half",
            _not_squared,
            "The pull is twice as strong as asked: the factor ½ is missing.",
        ),
    ),
)
