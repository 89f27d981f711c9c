"""Near copies among the neighbors: crops of one photograph that show the same pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tlcourse.transferability.spectrum import standardized


def overlapping_neighbors(
    features: Any, ids: Sequence[str], *, size: int = 96, k: int = 5
) -> float:
    """Return the share of the k nearest neighbors that show some of the query's own pixels.

    Args:
        features: Features of the crops, (n, d); neighbors by cosine on standardized features.
        ids: Place of each crop, `photo/half/row_column` of its upper left corner.
        size: Side of a crop, pixels.
        k: Number of neighbors.
    """
    photo, place = _places(ids)
    same = photo[:, None] == photo[None]
    close = (np.abs(place[:, None] - place[None]) < size).all(axis=2)
    F = standardized(features)
    F = F / np.maximum(np.linalg.norm(F, axis=1, keepdims=True), 1e-12)
    similarity = F @ F.T
    np.fill_diagonal(similarity, -np.inf)
    nearest = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
    return float(np.take_along_axis(same & close, nearest, axis=1).mean())


def accuracy_across(
    features: np.ndarray, labels: np.ndarray, known: np.ndarray, others: np.ndarray, *, k: int = 5
) -> float:
    """Return how often k neighbors among the known items name the class of the others.

    Args:
        features: Features of all items, (n, d).
        labels: Classes, (n,).
        known: Rows that may be neighbors; their mean and scale standardize both parts.
        others: Rows to be named.
        k: Number of neighbors that vote (cosine).
    """
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), KNeighborsClassifier(k, metric="cosine"))
    return float(model.fit(features[known], labels[known]).score(features[others], labels[others]))


def _places(ids: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return photograph with half, (n,), and row and column, int (n, 2)."""
    parts = [name.rsplit("/", 1) for name in ids]
    place = [tuple(map(int, corner.split("_"))) for _, corner in parts]
    return np.array([photo for photo, _ in parts]), np.array(place)
