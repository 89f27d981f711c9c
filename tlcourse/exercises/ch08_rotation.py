"""Exercise 8.5: the rotation that brings one set of word vectors upon another."""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    call,
    describe,
    other,
    right,
)


def _task(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return anchors whose Y is X turned, with noise, (120, 6) each."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(120, 6)) * np.arange(1, 7)
    turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    return X, X @ turn + rng.normal(size=(120, 6))


def solution(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """A worked answer."""
    U, _, Vt = np.linalg.svd(X.T @ Y)
    return U @ Vt


def _transposed(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    return solution(X, Y).T


def _vt_again(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    U, _, Vt = np.linalg.svd(X.T @ Y)
    return U @ Vt.T


def _least_squares(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    return np.linalg.lstsq(X, Y, rcond=None)[0]


def _product(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    return X.T @ Y


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    """Judge a function (X, Y) → R on anchors with a hidden rotation."""
    if not callable(answer):
        return exercise.unexpected(answer)
    for seed in (0, 1):
        X, Y = _task(seed)
        found = call(answer, X.copy(), Y.copy())
        if found is None or found is ...:
            return NOT_ATTEMPTED
        try:
            R = np.asarray(found, dtype=float)
        except (TypeError, ValueError):
            R = np.zeros(0)
        if R.shape != (6, 6) or not np.isfinite(R).all():
            return other(f"Your function returned {describe(found)}. Expected {exercise.expects}.")
        if np.allclose(R, solution(X, Y), atol=1e-5):
            continue
        for name, wrong in _WRONG.items():
            if np.allclose(R, wrong(X, Y), rtol=1e-4, atol=1e-5):
                return exercise.wrong(name)
        straight = np.abs(R.T @ R - np.eye(6)).max()
        return other(
            f"‖XR − Y‖ is {np.linalg.norm(X @ R - Y):.1f}, the smallest possible is "
            f"{np.linalg.norm(X @ solution(X, Y) - Y):.1f}; the largest entry of RᵀR − I is "
            f"{straight:.2g}."
        )
    return right("RᵀR is the identity, and no rotation brings X closer to Y.")


_WRONG = {
    "transposed": _transposed,
    "vt": _vt_again,
    "least squares": _least_squares,
    "product": _product,
}

ROTATION = Exercise(
    id="08.5",
    question=(
        "Write rotation(X, Y), with NumPy's SVD only: the orthogonal R for which X R comes closest "
        "to Y. Rows are anchors."
    ),
    expects="a function of two arrays (k, d) that returns an array (d, d)",
    judge=_judge,
    mistakes=(
        Mistake(
            "transposed",
            _transposed,
            "Your R turns the other way: it brings Y to X. In which order do X and Y stand in the "
            "product?",
        ),
        Mistake(
            "vt",
            _vt_again,
            "NumPy's third output is transposed already. Read what `np.linalg.svd` returns.",
        ),
        Mistake(
            "least squares",
            _least_squares,
            "RᵀR is not the identity: your matrix may stretch. Section 13 shows how that ends with "
            "few anchors.",
        ),
        Mistake(
            "product",
            _product,
            "You returned the product itself. Its singular values still stretch every axis; what "
            "is left of it without them?",
        ),
    ),
)
