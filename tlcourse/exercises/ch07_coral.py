"""Exercise 7.2: CORAL in four lines.

The learner's function meets random arrays. What it returns must be an affine map of the source,
centered, with the covariance of the target; any square root of the covariance will do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    AnswerFailedError,
    Exercise,
    Mistake,
    Verdict,
    call,
    describe,
    other,
    right,
)

N_SOURCE, N_TARGET, D, RIDGE = 500, 400, 5, 1e-6
_TOLERANCE = 1e-3

Function = Callable[..., np.ndarray]


def clouds() -> tuple[np.ndarray, np.ndarray]:
    """Return source (500, 5) and target (400, 5) with other means and correlations."""
    rng = np.random.default_rng(72)
    a, b = rng.normal(size=(2, D, D))
    return rng.normal(size=(N_SOURCE, D)) @ a + 3.0, rng.normal(size=(N_TARGET, D)) @ b - 1.0


def _power(matrix: np.ndarray, power: float) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * values**power) @ vectors.T


def _covariance(x: np.ndarray, ridge: float) -> np.ndarray:
    return np.cov(x, rowvar=False) + ridge * np.eye(x.shape[1])


def solution(source: np.ndarray, target: np.ndarray, *, ridge: float) -> np.ndarray:
    """Return a right answer."""
    whiten, color = (
        _power(_covariance(source, ridge), -0.5),
        _power(_covariance(target, ridge), 0.5),
    )
    return (source - source.mean(axis=0)) @ whiten @ color


def _powers_swapped(source: np.ndarray, target: np.ndarray, *, ridge: float) -> np.ndarray:
    whiten, color = (
        _power(_covariance(source, ridge), 0.5),
        _power(_covariance(target, ridge), -0.5),
    )
    return (source - source.mean(axis=0)) @ whiten @ color


def _domains_swapped(source: np.ndarray, target: np.ndarray, *, ridge: float) -> np.ndarray:
    whiten, color = (
        _power(_covariance(target, ridge), -0.5),
        _power(_covariance(source, ridge), 0.5),
    )
    return (source - source.mean(axis=0)) @ whiten @ color


def _whitened_only(source: np.ndarray, target: np.ndarray, *, ridge: float) -> np.ndarray:
    return (source - source.mean(axis=0)) @ _power(_covariance(source, ridge), -0.5)


def _rows_as_variables(source: np.ndarray, target: np.ndarray, *, ridge: float) -> np.ndarray:
    whiten = _power(np.cov(source) + ridge * np.eye(len(source)), -0.5)
    return (source - source.mean(axis=0)) @ whiten


def _elementwise(source: np.ndarray, target: np.ndarray, *, ridge: float) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        whiten, color = _covariance(source, ridge) ** -0.5, _covariance(target, ridge) ** 0.5
    return (source - source.mean(axis=0)) @ whiten @ color


def _target_too(source: np.ndarray, target: np.ndarray, *, ridge: float) -> tuple:
    return solution(source, target, ridge=ridge), target - target.mean(axis=0)


def _not_centered(source: np.ndarray, target: np.ndarray, *, ridge: float) -> np.ndarray:
    return solution(source, target, ridge=ridge) + target.mean(axis=0)


def _no_ridge(source: np.ndarray, target: np.ndarray, *, ridge: float) -> np.ndarray:
    return solution(source, target, ridge=0.0)


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    source, target = clouds()
    given = source.copy(), target.copy()
    try:
        result = call(partial(answer, ridge=RIDGE), *given)
    except AnswerFailedError as error:
        if str(N_SOURCE) in str(error) or str(N_TARGET) in str(error):
            return exercise.wrong("rows as variables")
        raise
    if result is None or result is ...:
        return NOT_ATTEMPTED
    if isinstance(result, tuple):
        return exercise.wrong("target changed")
    if not (np.array_equal(given[0], source) and np.array_equal(given[1], target)):
        return other("Your function changed the arrays it was given. Subtract into a new array.")
    verdict = _judge_form(result, exercise) or _judge_values(result, exercise, source, target)
    if not verdict.right:
        return verdict
    with_ridge = call(partial(answer, ridge=1.0), *given)
    if np.allclose(with_ridge, result, atol=1e-6):
        return exercise.wrong("ridge ignored")
    return verdict


def _judge_form(result: Any, exercise: Exercise) -> Verdict | None:
    if not isinstance(result, np.ndarray) or result.dtype.kind not in "fiu":
        return other(
            f"Your function returned {describe(result)}. Expected an array of shape "
            f"({N_SOURCE}, {D}): the mapped, centered source."
        )
    if result.shape in ((N_TARGET, D), (D, N_TARGET)):
        return exercise.wrong("target changed")
    if N_SOURCE in result.shape and result.shape != (N_SOURCE, D):
        return exercise.wrong("rows as variables", f"The result has shape {result.shape}.")
    if result.shape != (N_SOURCE, D):
        return other(f"The result has shape {result.shape}. Expected ({N_SOURCE}, {D}).")
    return None if np.isfinite(result).all() else exercise.wrong("elementwise power")


def _judge_values(
    result: np.ndarray, exercise: Exercise, source: np.ndarray, target: np.ndarray
) -> Verdict:
    """Accept the right covariance and mean; otherwise look for a mistake with these numbers."""
    for name, made in _BY_VALUE.items():
        if np.allclose(result, made(source, target, ridge=RIDGE), atol=_TOLERANCE):
            return exercise.wrong(name)
    wanted = np.cov(target, rowvar=False)
    error = np.abs(np.cov(result, rowvar=False) - wanted).max() / np.abs(wanted).max()
    if error > _TOLERANCE:
        return other(
            f"The covariance of the result differs from the target's by {error:.1%} of its largest "
            f"entry. First whiten (check that the covariance is the identity), then color."
        )
    design = np.column_stack([source, np.ones(len(source))])
    _, residual, *_ = np.linalg.lstsq(design, result, rcond=None)
    if residual.size and residual.max() > _TOLERANCE * len(source):
        return other("The result is not a linear map of the source, row by row. Keep the order.")
    if np.abs(result.mean(axis=0)).max() > _TOLERANCE:
        return exercise.wrong("not centered")
    return right("The mapped source has the target's covariance and mean zero.")


_BY_VALUE: dict[str, Function] = {
    "powers swapped": _powers_swapped,
    "domains swapped": _domains_swapped,
    "whitened only": _whitened_only,
}

CORAL = Exercise(
    id="07.2",
    question=(
        "Write coral(source, target, *, ridge): the mapped, centered source, whitened with its own "
        "covariance and colored with the target's; ridge is added to both diagonals."
    ),
    expects="a function coral(source, target, *, ridge) that returns an array like the source",
    judge=_judge,
    mistakes=(
        Mistake(
            "powers swapped",
            _powers_swapped,
            "Look at the two powers: whitening takes a spread away, coloring brings one in. Which "
            "of the two needs the minus sign?",
        ),
        Mistake(
            "domains swapped",
            _domains_swapped,
            "The domains are the wrong way round: the source is to lose its own covariance, and "
            "to receive the other one.",
        ),
        Mistake(
            "whitened only",
            _whitened_only,
            "The result is white: its covariance is the identity. The second step, coloring, is "
            "missing.",
        ),
        Mistake(
            "rows as variables",
            _rows_as_variables,
            "`np.cov` takes rows for variables unless it is told otherwise; see its argument "
            "rowvar. The matrix must have one row for each feature.",
        ),
        Mistake(
            "elementwise power",
            _elementwise,
            "`C ** -0.5` acts on every entry by itself. A matrix power needs the eigenvalues and "
            "eigenvectors (`np.linalg.eigh`).",
        ),
        Mistake(
            "target changed",
            _target_too,
            "CORAL moves the source only. Return one array, with a row for each source item.",
        ),
        Mistake(
            "not centered",
            _not_centered,
            "The covariance is right, the mean is not zero. At prediction the target is centered "
            "too, by the mean of its unlabeled items.",
        ),
        Mistake(
            "ridge ignored",
            _no_ridge,
            "The result does not depend on ridge. With fewer items than features the covariance "
            "has no inverse without it.",
        ),
    ),
)
