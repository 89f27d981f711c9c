"""Exercise 5.4: write the corrected interval. The function meets three hidden arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    as_numbers,
    call,
    describe,
    other,
    right,
)

_TOLERANCE = 1e-6
# Numbers of folds, training items and test items of the hidden arrays.
_CASES = ((25, 352, 87), (5, 80, 20), (10, 150, 50))


def interval_of(
    differences: np.ndarray,
    n_train: int,
    n_test: int,
    *,
    shared: Callable[[int, int], float] = lambda n_train, n_test: n_test / n_train,
    quantile: Callable[[int], float] = lambda J: float(stats.t.ppf(0.975, J - 1)),
    ddof: int = 1,
) -> tuple[float, float, float]:
    """Return (mean, low, high): right with the defaults, wrong in one way with another value."""
    J, mean = len(differences), float(np.mean(differences))
    spread = float(np.std(differences, ddof=ddof))
    half = quantile(J) * spread * np.sqrt(1 / J + shared(n_train, n_test))
    return mean, float(mean - half), float(mean + half)


def _hidden(case: int) -> tuple[np.ndarray, int, int]:
    J, n_train, n_test = _CASES[case]
    rng = np.random.default_rng(540 + case)
    return np.round(rng.normal(0.02, 0.03, J), 4), n_train, n_test


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    for case in range(len(_CASES)):
        differences, n_train, n_test = _hidden(case)
        found = call(answer, differences.copy(), n_train, n_test)
        if found is None or found is ...:
            return NOT_ATTEMPTED
        values = as_numbers(found, 3)
        truth = interval_of(differences, n_train, n_test)
        if values is None:
            one = as_numbers([found], 1) if np.ndim(found) == 0 else as_numbers(found, 1)
            if one is not None and abs(one[0] - (truth[2] - truth[0])) <= _TOLERANCE:
                return exercise.wrong("half width")
            return other(
                f"The function returned {describe(found)}. Expected three numbers: mean, low, high."
            )
        if np.abs(values - truth).max() > _TOLERANCE:
            return _diagnose(values, differences, n_train, n_test, exercise)
    return right("The same as tl.evaluation.compare, for three hidden comparisons.")


def _diagnose(
    values: np.ndarray, differences: np.ndarray, n_train: int, n_test: int, exercise: Exercise
) -> Verdict:
    """Name the mistake whose numbers these are."""
    for mistake in exercise.mistakes:
        slip = mistake.example(differences, n_train, n_test)
        if np.ndim(slip) and np.abs(values - slip).max() <= _TOLERANCE:
            return exercise.wrong(mistake.name)
    truth = interval_of(differences, n_train, n_test)
    if abs(values[0] - truth[0]) > _TOLERANCE:
        return other("The first number is not the mean of the differences.")
    if np.abs(values[[0, 2, 1]] - truth).max() <= _TOLERANCE:
        return other("The ends are swapped: mean, low, high.")
    wide = (values[2] - values[1]) / (truth[2] - truth[1])
    return other(
        f"The mean is right; for {len(differences)} folds your interval is {wide:.2f} times as "
        f"wide as it should be. Compare your square root with section 11, term by term."
    )


def _half_width(differences: np.ndarray, n_train: int, n_test: int) -> float:
    mean, _, high = interval_of(differences, n_train, n_test)
    return high - mean


def _slip(**changed: Any) -> Callable[..., tuple[float, float, float]]:
    return lambda differences, n_train, n_test: interval_of(differences, n_train, n_test, **changed)


CORRECTED_INTERVAL = Exercise(
    id="05.4",
    question=(
        "Write corrected_interval(differences, n_train, n_test): mean, low and high of the 95 % "
        "corrected t interval for paired differences from splits of the same items."
    ),
    expects="a function of (differences, n_train, n_test) that returns (mean, low, high)",
    judge=_judge,
    mistakes=(
        Mistake(
            "independent folds",
            _slip(shared=lambda n_train, n_test: 0.0),
            "Only s/√J: that treats the folds as independent. Section 11 counted the false alarms "
            "of this.",
        ),
        Mistake(
            "ratio upside down",
            _slip(shared=lambda n_train, n_test: n_train / n_test),
            "The ratio of the two sizes is upside down: the interval comes out much too wide.",
        ),
        Mistake(
            "normal quantile",
            _slip(quantile=lambda J: float(stats.norm.ppf(0.975))),
            "1.96 is for a known spread. It is estimated from few folds: use t, with the right "
            "degrees of freedom.",
        ),
        Mistake(
            "degrees of freedom",
            _slip(quantile=lambda J: float(stats.t.ppf(0.975, J))),
            "The degrees of freedom are off by one: the mean was estimated from the same numbers.",
        ),
        Mistake(
            "one-sided",
            _slip(quantile=lambda J: float(stats.t.ppf(0.95, J - 1))),
            "That quantile leaves too much outside: two tails share what a 95 percent interval "
            "leaves out.",
        ),
        Mistake(
            "population spread",
            _slip(ddof=0),
            "np.std divides by J unless told otherwise. The spread of a sample needs ddof.",
        ),
        Mistake(
            "half width",
            _half_width,
            "That is half the width of the interval. Return three numbers: mean, low, high.",
        ),
    ),
)
