"""Exercise 02.2: repair the sum in LogME that forgets the zero singular values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

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
from tlcourse.transferability import evidence

LogDet = Callable[[float, float, np.ndarray, int], float]

# α, β, the k nonzero σ_i, D: wide (k < D) and square (k = D).
CASES = (
    (0.3, 2.5, np.array([9.0, 4.0, 1.5, 0.2]), 11),
    (3.0, 0.4, np.array([7.0, 3.0, 2.0, 0.5, 0.1]), 9),
    (0.7, 1.9, np.array([5.0, 2.0, 0.6]), 3),
)


def solution(alpha: float, beta: float, sigma: np.ndarray, D: int) -> float:
    """Return a right answer."""
    padded = np.concatenate([sigma, np.zeros(D - len(sigma))])
    return float(np.log(alpha + beta * padded).sum())


def _seen(alpha: float, beta: float, sigma: np.ndarray) -> float:
    return float(np.log(alpha + beta * np.asarray(sigma)).sum())


VARIANTS: dict[str, LogDet] = {
    "no extra term": lambda a, b, s, D: _seen(a, b, s),
    "subtracted": lambda a, b, s, D: _seen(a, b, s) - (D - len(s)) * np.log(a),
    "beta": lambda a, b, s, D: _seen(a, b, s) + (D - len(s)) * np.log(b),
    "counted all": lambda a, b, s, D: _seen(a, b, s) + D * np.log(a),
    "squared again": lambda a, b, s, D: _seen(a, b, np.square(s)) + (D - len(s)) * np.log(a),
    "no logarithm": lambda a, b, s, D: _seen(a, b, s) + (D - len(s)) * a,
    "half": lambda a, b, s, D: solution(a, b, s, D) / 2,
}


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    values = []
    for alpha, beta, sigma, D in CASES:
        returned = call(answer, alpha, beta, sigma.copy(), D)
        if returned is None or returned is ...:
            return NOT_ATTEMPTED
        value = as_numbers([returned.item() if hasattr(returned, "item") else returned], 1)
        if value is None:
            return other(f"Your function returned {describe(returned)}. Expected one number.")
        values.append(float(value[0]))
    if np.allclose(values, [solution(*case) for case in CASES], rtol=1e-6, atol=1e-9):
        return right(
            f"With your sum LogME equals the exact log density on a wide matrix: the largest "
            f"difference is {_difference(answer):.0e} nats."
        )
    for name, variant in VARIANTS.items():
        if np.allclose(values, [variant(*case) for case in CASES], rtol=1e-6, atol=1e-9):
            return exercise.wrong(name)
    square = np.isclose(values[-1], solution(*CASES[-1]), rtol=1e-6)
    return other(
        f"With k = D your sum is {'right' if square else 'not right either'}, with k < D it is "
        f"not. Write all D terms down: what is α + βσ where σ is zero?"
    )


def _difference(log_det: LogDet) -> float:
    """Compare LogME, written with the learner's sum, with the exact Gaussian log density."""
    from scipy.stats import multivariate_normal

    rng = np.random.default_rng(2)
    F, labels = rng.normal(size=(14, 25)), np.arange(14) % 2
    found = evidence(F, labels, standardize=False)
    worst = 0.0
    for c in (0, 1):
        y, a, b = (labels == c).astype(float), float(found.alpha[c]), float(found.beta[c])
        m = np.linalg.solve(a * np.eye(25) + b * F.T @ F, b * F.T @ y)
        quadratic = b * ((F @ m - y) ** 2).sum() + a * (m**2).sum()
        determinant = float(log_det(a, b, found.sigma, 25))
        ours = 25 * np.log(a) + 14 * np.log(b) - determinant - quadratic - 14 * np.log(2 * np.pi)
        exact = multivariate_normal(cov=np.eye(14) / b + F @ F.T / a).logpdf(y)
        worst = max(worst, abs(ours / 2 - exact))
    return worst


REPAIR = Exercise(
    id="02.2",
    question=(
        "Complete log_det(alpha, beta, sigma, D): the sum of ln(α + βσ_i) over all D directions, "
        "given the k nonzero σ_i only."
    ),
    expects="a function log_det(alpha, beta, sigma, D) that returns one number",
    judge=_judge,
    mistakes=(
        Mistake(
            "no extra term",
            VARIANTS["no extra term"],
            "Noise will win: the directions that the data never touch are missing. How many are "
            "there, and what is σ in them?",
        ),
        Mistake(
            "subtracted",
            VARIANTS["subtracted"],
            "The missing terms belong to the same sum as the others: look at their sign.",
        ),
        Mistake(
            "beta",
            VARIANTS["beta"],
            "Put σ = 0 into α + βσ. Which of the two letters remains?",
        ),
        Mistake(
            "counted all",
            VARIANTS["counted all"],
            "You added a term for each of the D directions. The nonzero ones are in the sum "
            "already.",
        ),
        Mistake(
            "squared again",
            VARIANTS["squared again"],
            "The σ_i that you are given are squares of singular values already. Use them as they "
            "are.",
        ),
        Mistake(
            "no logarithm",
            VARIANTS["no logarithm"],
            "The number of missing terms is right, and each of them lacks its logarithm.",
        ),
        Mistake(
            "half",
            VARIANTS["half"],
            "That is half the sum. The factor one half stands in front of it in the evidence, not "
            "inside.",
        ),
    ),
)
