"""One decomposition of a feature matrix, shared by LogME and the H-score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.errors import DataError
from tlcourse.evaluation.checks import check_features, check_labels

# Eigenvalues below this share of the largest are rounding errors of the Gram matrix.
RANK_TOLERANCE = 1e-13


def standardized(features: Any, *, rows: int | None = None) -> np.ndarray:
    """Return every feature column with mean 0 and standard deviation 1, as float64 (n, d).

    Scores must see what the linear head will see, and the head is trained on standardized
    features. Without this step a block with large numbers drowns the others when several
    blocks are joined. A constant column becomes 0: it carries no information.

    Args:
        features: Feature matrix, shape (n, d).
        rows: Number of rows that is expected, if known.

    Raises:
        DataError: If the features are refused by `check_features`, or all columns are constant.
    """
    from sklearn.preprocessing import StandardScaler

    matrix = StandardScaler().fit_transform(check_features(features, rows=rows))
    if not np.abs(matrix).max() > 0:
        raise DataError(
            f"All {matrix.shape[1]} feature columns are constant over the {len(matrix)} items, so "
            f"they cannot tell classes apart. Check that the items differ and that preprocessing "
            f"did not turn them all into the same values."
        )
    return matrix


def prepare(features: Any, labels: Any, *, standardize: bool) -> tuple[np.ndarray, np.ndarray]:
    """Check both inputs and return the matrix F (n, d) and one-hot labels Y (n, C), float64."""
    classes, codes = check_labels(labels)
    check = standardized if standardize else check_features
    return check(features, rows=len(codes)), np.eye(len(classes))[codes]


@dataclass(frozen=True)
class Spectrum:
    """The part of the singular value decomposition F = U S Vᵀ that the scores need.

    Attributes:
        sigma: Squares of the r nonzero singular values of F, σ_i = s_i², shape (r,), descending.
        projected: UᵀY, shape (r, C): the targets seen along each left singular vector.
        missed: ‖y − UUᵀy‖² for each target, shape (C,): what no linear function can reach.
        n: Number of items.
        d: Number of features.
    """

    sigma: np.ndarray
    projected: np.ndarray
    missed: np.ndarray
    n: int
    d: int


def spectrum(F: np.ndarray, Y: np.ndarray) -> Spectrum:
    """Decompose F (n, d) once for all C targets in Y (n, C).

    The eigenvalues of the smaller Gram matrix, FᵀF (d, d) or FFᵀ (n, n), are the σ_i; its
    eigenvectors are V or U. This costs O(n·d·min(n, d)) and is several times faster than the
    singular value decomposition. With V, the projections follow from U = F V S⁻¹.
    Squaring halves the digits of the smallest singular values, which is harmless here: every
    formula that uses σ_i adds a ridge to it.
    """
    n, d = F.shape
    if n <= d:
        sigma, U = np.linalg.eigh(F @ F.T)
        projected = U.T @ Y
    else:
        sigma, V = np.linalg.eigh(F.T @ F)
        projected = V.T @ (F.T @ Y) / np.sqrt(np.maximum(sigma, np.finfo(float).tiny))[:, None]
    keep = np.flatnonzero(sigma > RANK_TOLERANCE * max(n, d) * max(sigma[-1], 0))[::-1]
    projected = projected[keep]
    missed = np.maximum((Y**2).sum(axis=0) - (projected**2).sum(axis=0), 0)
    if len(keep) == n:  # n independent directions reach every target: only rounding is left
        missed = np.zeros(Y.shape[1])
    return Spectrum(sigma[keep], projected, missed, n, d)
