"""Checks and small matrix routines shared by the adaptation methods."""

from __future__ import annotations

import numpy as np

from tlcourse.errors import DataError


def feature_matrix(features: np.ndarray, name: str, *, at_least: int = 1) -> np.ndarray:
    """Return `features` as a finite float64 matrix (n, d), or say what is wrong with it.

    Closed forms are computed in float64: a covariance of 1,280 features has eigenvalues
    that differ by more than float32 can hold.
    """
    matrix = np.asarray(features, dtype=np.float64)
    if matrix.ndim != 2:
        raise DataError(
            f"{name} has shape {matrix.shape}, but a feature matrix (items, features) was "
            f"expected. Flatten or pool the features of each item into one row."
        )
    if len(matrix) < at_least:
        raise DataError(
            f"{name} has {len(matrix)} items, but at least {at_least} are needed. Pass more items."
        )
    if not np.isfinite(matrix).all():
        raise DataError(
            f"{name} contains NaN or infinite values. Remove or repair those items first."
        )
    return matrix


def feature_pair(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return source (n_s, d) and target (n_t, d) as float64, checked against each other."""
    source = feature_matrix(source, "source", at_least=2)
    target = feature_matrix(target, "target", at_least=2)
    if source.shape[1] != target.shape[1]:
        raise DataError(
            f"source has {source.shape[1]} features and target has {target.shape[1]}. "
            f"Extract both with the same backbone and the same cut points."
        )
    return source, target


def label_vector(labels: np.ndarray, n: int, name: str) -> np.ndarray:
    """Return `labels` as int64 (n,), or say what is wrong with them."""
    vector = np.asarray(labels)
    if vector.shape != (n,):
        raise DataError(
            f"{name} has shape {vector.shape}, but one label for each of {n} items was expected. "
            f"Pass a one-dimensional array."
        )
    if not np.issubdtype(vector.dtype, np.integer) or (n and vector.min() < 0):
        raise DataError(
            f"{name} must hold whole numbers from 0 upward, and holds {vector.dtype} values"
            f"{f' down to {vector.min()}' if n else ''}. Use class indices 0 to C-1."
        )
    return vector.astype(np.int64)


def symmetric_power(matrix: np.ndarray, power: float) -> np.ndarray:
    """Return the matrix power C^power of a symmetric positive matrix, by its eigenvectors.

    C = V diag(e) Vᵀ gives C^p = V diag(e^p) Vᵀ. This is not `C ** p`, which raises every
    entry by itself. Cost: one eigendecomposition, O(d³).
    """
    values, vectors = np.linalg.eigh(matrix)
    floor = np.finfo(np.float64).eps * len(matrix) * max(values[-1], 0.0)
    if power < 0 and values[0] <= floor:
        raise DataError(
            f"The covariance matrix has no inverse: its smallest eigenvalue is {values[0]:.3g}. "
            f"There are too few items for {len(matrix)} features, or a feature is constant. "
            f"Use shrinkage='ledoit-wolf', a positive ridge, or fewer features (joint_pca)."
        )
    return (vectors * np.clip(values, 0.0, None) ** power) @ vectors.T


def squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return ‖a_i − b_j‖² for all pairs, shape (n_a, n_b), never negative."""
    cross = a @ b.T
    cross *= -2.0
    cross += (a * a).sum(axis=1)[:, None]
    cross += (b * b).sum(axis=1)[None, :]
    return np.maximum(cross, 0.0, out=cross)
