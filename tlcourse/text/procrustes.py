"""Lay one set of word vectors upon another: the orthogonal Procrustes problem.

Two sets that were trained apart share no axis. If words stand in similar relations in both
languages, one rotation R brings X upon Y:

    R = argmin over RᵀR = I of ‖X R − Y‖_F = U Vᵀ,   with Xᵀ Y = U S Vᵀ.

A rotation cannot stretch. That constraint is the regularizer: 50 × 50 free numbers would fit 50
pairs of words exactly and teach nothing. Smith et al. 2017, Offline Bilingual Word Vectors.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import orthogonal_procrustes

from tlcourse.errors import DataError


def unit_rows(matrix: np.ndarray, *, center: np.ndarray | None = None) -> np.ndarray:
    """Give every row length 1, subtract the common mean, and give length 1 again.

    Args:
        matrix: Vectors (n, d).
        center: The mean to subtract, (d,); that of the rows of length 1 where None.
    """
    rows = _unit(np.asarray(matrix, dtype=np.float64))
    return _unit(rows - (rows.mean(axis=0) if center is None else center))


def orthogonal_map(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Return the rotation (or reflection) R (d, d) that brings X (n, d) closest to Y (n, d).

    Raises:
        DataError: If the shapes differ.
    """
    _check(X, Y)
    return orthogonal_procrustes(X, Y)[0]


def least_squares_map(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Return the unconstrained matrix M (d, d) that brings X closest to Y; it may stretch.

    Raises:
        DataError: If the shapes differ.
    """
    _check(X, Y)
    return np.linalg.lstsq(X, Y, rcond=None)[0]


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def _check(X: np.ndarray, Y: np.ndarray) -> None:
    if X.ndim != 2 or X.shape != Y.shape or not len(X):
        raise DataError(
            f"The anchors have shapes {X.shape} and {Y.shape}; expected the same, one row for each "
            f"pair of words."
        )
