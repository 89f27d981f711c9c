"""Checks of splits and features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.audit.report import AuditError

if TYPE_CHECKING:
    from tlcourse.datasets import Split


def split_is_clean(split: Split) -> bool:
    """Return True if no row, group or content is in two parts, the sealed one included.

    Raises:
        DataError: Naming the first thing that two parts share.
    """
    split.audit()
    return True


def constant_channels(features: np.ndarray, *, tolerance: float = 1e-6) -> float:
    """Return the share of channels that give one constant value for all pictures.

    A unit is constant if its spread over the pictures is at most `tolerance` times the
    largest absolute value of all features. Such a unit says nothing; a ReLU that is zero for
    every picture also passes no gradient, so training cannot bring it back.

    Args:
        features: float (n, d), at least two rows.
        tolerance: What counts as no spread.

    Raises:
        AuditError: If there are fewer than two rows.
    """
    features = _features(features)
    return float((np.ptp(features, axis=0) <= tolerance * np.abs(features).max()).mean())


def mean_cosine(features: np.ndarray) -> float:
    """Return the mean cosine between the features of two different pictures.

    Near 1, all pictures look alike to whatever comes after.

    Args:
        features: float (n, d), at least two rows; a row of zeros counts as unlike any other.

    Raises:
        AuditError: If there are fewer than two rows.
    """
    features = _features(features)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    unit = features / np.maximum(lengths, 1e-30)
    n = len(unit)
    # sum over pairs i != j of u_i . u_j = ||sum u||^2 - sum ||u||^2
    return float((np.sum(unit.sum(axis=0) ** 2) - np.sum(unit**2)) / (n * (n - 1)))


def _features(features: Any) -> np.ndarray:
    array = np.asarray(features, np.float64)
    if array.ndim != 2 or len(array) < 2 or not array.shape[1]:
        raise AuditError(
            f"Features have shape {array.shape}. Expected one row of numbers for each of at least "
            f"two pictures, (n, d)."
        )
    return array
