"""Checks at the door: what may enter the statistics, and what is sent back with a reason.

Every public function of the evaluation and transferability packages passes its arrays
through here first, so that a beginner's mistake is named once, in one place.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.errors import DataError

ROW_SUM_TOLERANCE = 1e-3


def check_features(features: Any, *, rows: int | None = None) -> np.ndarray:
    """Return `features` as a finite float64 matrix.

    Args:
        features: Real numbers, shape (n, d): one row for each item.
        rows: Number of rows that is expected (the number of labels), if known.

    Returns:
        The matrix in float64, shape (n, d). The input is not changed.

    Raises:
        DataError: If the array is not two-dimensional, is empty, holds NaN or infinity,
            or does not have `rows` rows.
    """
    array = np.asarray(features)
    if array.ndim != 2 or array.shape[1] == 0:
        raise DataError(
            f"Features have shape {array.shape}; expected (items, features). "
            f"Pool or flatten each item to one row first."
        )
    try:
        matrix = array.astype(np.float64)
    except (TypeError, ValueError):
        raise DataError(
            f"Features hold {array.dtype} values; expected numbers. "
            f"Pass the output of a backbone, not file names or texts."
        ) from None
    if rows is not None and len(matrix) != rows:
        raise DataError(
            f"There are {len(matrix)} rows of features and {rows} labels; expected one row for "
            f"each label. Index both with the same indices."
        )
    bad = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if len(bad):
        raise DataError(
            f"{len(bad)} of {len(matrix)} rows of features hold NaN or infinity, the first is row "
            f"{bad[0]}; expected finite numbers. Check the preprocessing of that item."
        )
    return matrix


def check_labels(
    labels: Any, *, min_classes: int = 2, name: str = "labels"
) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes in `labels` and the number of the class of each item.

    Args:
        labels: One class for each item, shape (n,): whole numbers or strings.
        min_classes: Fewest different classes that make sense.
        name: What to call the labels in a message.

    Returns:
        `classes`, the C different values in sorted order, and `codes`, int64 (n,) with values
        0 to C-1, so that `classes[codes]` gives the labels back.

    Raises:
        DataError: If the array is not one-dimensional, is empty, holds NaN or fractions, or
            names fewer than `min_classes` classes.
    """
    array = np.asarray(labels)
    if array.ndim != 1 or len(array) == 0:
        raise DataError(
            f"The {name} have shape {array.shape}; expected one class for each item, shape (n,). "
            f"Turn one-hot rows into classes with argmax(axis=1)."
        )
    fractional = array.dtype.kind == "f" and not np.array_equal(array, np.round(array))
    if fractional or array.dtype.kind == "c":
        raise DataError(
            f"The {name} hold NaN or fractions; expected whole numbers from 0 to C-1. "
            f"Pass classes, not probabilities, and drop items without a class."
        )
    classes, codes = np.unique(array, return_inverse=True)
    if len(classes) < min_classes:
        raise DataError(
            f"The {name} name {len(classes)} class ({classes[0]!s} for all {len(array)} items); "
            f"expected at least {min_classes}. Choose items from more classes."
        )
    return classes, codes.astype(np.int64).reshape(-1)


def check_probabilities(probabilities: Any, *, rows: int | None = None) -> np.ndarray:
    """Return class probabilities as float64 rows that sum to exactly 1.

    Args:
        probabilities: Output of a softmax, shape (n, Z), each row summing to 1 within 0.001.
        rows: Number of rows that is expected, if known.

    Raises:
        DataError: If the rows are not probabilities, or there are not `rows` of them.
    """
    matrix = check_features(probabilities, rows=rows)
    sums = matrix.sum(axis=1)
    if matrix.min() < 0 or np.abs(sums - 1).max() > ROW_SUM_TOLERANCE:
        raise DataError(
            f"Rows sum to {sums.min():.3g} to {sums.max():.3g} and the smallest value is "
            f"{matrix.min():.3g}; expected probabilities: not negative, each row summing to 1. "
            f"Put the model's scores (logits) through a softmax first."
        )
    return matrix / sums[:, None]


def check_groups(groups: Any, rows: int) -> np.ndarray:
    """Return the number of the group of each item, int64 (n,); without groups, one each.

    Raises:
        DataError: If there is not one group for each item.
    """
    if groups is None:
        return np.arange(rows)
    array = np.asarray(groups)
    if array.shape != (rows,):
        raise DataError(
            f"Groups have shape {array.shape} and there are {rows} items; expected one group for "
            f"each item. Index the groups like the labels."
        )
    return np.unique(array, return_inverse=True)[1].reshape(-1)


def check_confidence(confidence: float) -> float:
    """Return `confidence` if it is a share between 0 and 1.

    Raises:
        DataError: If it is not, for instance 95 in place of 0.95.
    """
    if not 0 < confidence < 1:
        raise DataError(
            f"The confidence is {confidence}; expected a share between 0 and 1. "
            f"For 95 percent pass 0.95."
        )
    return float(confidence)
