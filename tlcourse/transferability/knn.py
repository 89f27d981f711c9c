"""k-NN: the null baseline that every transferability formula has to beat."""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.errors import DataError
from tlcourse.evaluation.checks import check_features, check_groups, check_labels
from tlcourse.transferability.spectrum import standardized

BLOCK = 1024  # items compared at a time: the similarities of a block take 8·BLOCK·n bytes


def knn(
    features: Any,
    labels: Any,
    *,
    k: int = 5,
    groups: Any = None,
    standardize: bool = True,
) -> float:
    """Return the leave-one-out accuracy of k nearest neighbors; higher is better.

    Each item is classified by the k other items whose features point in the most similar
    direction (cosine similarity). Nothing is fitted. If related items sit side by side here,
    a linear head will separate them too; large re-evaluations find this hard to beat.

    Args:
        features: Features of the labeled target items, shape (n, d).
        labels: Their classes, shape (n,).
        k: Number of neighbors that vote. Ties go to the class with the nearer neighbors.
        groups: Which items belong together, shape (n,). Neighbors from an item's own group do
            not vote. Pass the groups of the evaluation: near copies of an item make a flattering
            score that says nothing about new items.
        standardize: Bring every feature to mean 0 and standard deviation 1 first.

    Returns:
        The share of items classified correctly, 0 to 1. Cost: O(n²·d) time, O(n) memory.

    Raises:
        DataError: If the inputs do not match, hold NaN, name one class only, or if an item has
            no neighbor outside its group.

    Source:
        Cover and Hart 1967, "Nearest Neighbor Pattern Classification"; as a transferability
        score: Sorkhei et al. 2025, arXiv 2503.18528.

    Example:
        >>> knn([[1, 0], [2, 0.1], [0, 1], [0.1, 2]], [0, 0, 1, 1], k=1, standardize=False)
        1.0
    """
    classes, codes = check_labels(labels)
    n = len(codes)
    group = check_groups(groups, n)
    if group.max() == 0:
        raise DataError(
            f"All {n} items are in one group, so no item has a neighbor that may vote; expected at "
            f"least two groups. Leave groups out if the items are independent."
        )
    if k < 1:
        raise DataError(f"k is {k}; expected at least one neighbor. Pass k=5, for instance.")
    F = (standardized if standardize else check_features)(features, rows=n)
    F = F / np.maximum(np.linalg.norm(F, axis=1, keepdims=True), np.finfo(float).tiny)
    k = min(k, n - 1)
    weight = 1 + (k - np.arange(k)) / (2 * k * k)  # the nearest first; together less than one vote
    right = 0
    for start in range(0, n, BLOCK):
        rows = slice(start, start + BLOCK)
        similarity = F[rows] @ F.T
        similarity[group[rows, None] == group] = -np.inf
        nearest = _most_similar(similarity, k)
        may_vote = np.isfinite(np.take_along_axis(similarity, nearest, axis=1))
        votes = np.zeros((len(nearest), len(classes)))
        np.add.at(votes, (np.arange(len(nearest))[:, None], codes[nearest]), weight * may_vote)
        right += int((votes.argmax(axis=1) == codes[rows]).sum())
    return right / n


def _most_similar(similarity: np.ndarray, k: int) -> np.ndarray:
    """Return the columns of the k largest values of each row, the largest first."""
    some = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(similarity, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)
