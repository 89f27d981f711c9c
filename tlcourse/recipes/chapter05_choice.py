"""Choosing among many: what the best of them seems to reach, and what it does reach.

Candidates are ridge classifiers on subsets of features. Ridge has a closed form, so
hundreds of them are trained in a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from tlcourse.datasets.cuts import folds

Rows = np.ndarray
PENALTIES = (1e-2, 1e-1, 1.0, 10.0)  # in units of the number of features


def candidate_hits(
    features: np.ndarray,
    labels: np.ndarray,
    train: Rows,
    test: Rows,
    *,
    n: int = 200,
    width: int = 160,
    seed: int = 0,
) -> np.ndarray:
    """Train n equally good candidates and return which test items each gets right.

    Every candidate is the same ridge classifier on its own random subset of the features.

    Args:
        features: float (items, d).
        labels: int (items,).
        train: Rows to learn from.
        test: Rows to answer.
        n: Number of candidates.
        width: Features of each.
        seed: Seed of the subsets.

    Returns:
        Hits, bool (n, len(test)).

    Cost: about 2 ms for each candidate with 150 training items.
    """
    rng = np.random.default_rng(seed)
    x_train, x_test = _standardized(features[train], features[test])
    width = min(width, features.shape[1])
    hits = np.zeros((n, len(test)), dtype=bool)
    with threadpool_limits(1, user_api="blas"):
        for i in range(n):
            columns = rng.choice(features.shape[1], width, replace=False)
            answers = _ridge(x_train[:, columns], labels[train], x_test[:, columns], (1.0,))[0]
            hits[i] = answers == labels[test]
    return hits


@dataclass(frozen=True)
class Chosen:
    """What came of choosing the best of many settings from few labels.

    Args:
        flat: Cross-validated accuracy of the winner, on the folds that chose it.
        nested: Accuracy on outer folds of whatever the inner folds chose.
        truth: Accuracy of the winner on all other items.
    """

    flat: float
    nested: float
    truth: float


def flat_and_nested(
    sets: Mapping[str, np.ndarray],
    labels: np.ndarray,
    few: Rows,
    rest: Rows,
    *,
    n_folds: int = 5,
    n_inner: int = 4,
    penalties: Sequence[float] = PENALTIES,
    seed: int = 0,
) -> Chosen:
    """Choose a feature set and a penalty from a few labels, and measure the choice three ways.

    Args:
        sets: Name -> features (items, d): the candidates' inputs.
        labels: int (items,).
        few: Labeled rows.
        rest: Rows that nobody chooses with; they tell the truth.
        n_folds: Folds of the flat, and outer folds of the nested cross-validation.
        n_inner: Inner folds.
        penalties: Ridge penalties to try.
        seed: Seed of the folds.
    """
    with threadpool_limits(1, user_api="blas"):
        outer = list(folds(labels[few], n=n_folds, seed=seed))
        scores = _scores(sets, labels, ((few[a], few[b]) for a, b in outer), penalties)
        winner = max(scores, key=scores.get)
        right = 0
        for i, (a, b) in enumerate(outer):
            inner = folds(labels[few[a]], n=n_inner, seed=1000 * (seed + 1) + i)
            pairs = ((few[a][c], few[a][d]) for c, d in inner)
            inside = _scores(sets, labels, pairs, penalties)
            right += _hits(sets, labels, few[a], few[b], max(inside, key=inside.get)).sum()
        truth = _hits(sets, labels, few, rest, winner).mean()
    return Chosen(float(scores[winner]), float(right / len(few)), float(truth))


def _scores(
    sets: Mapping[str, np.ndarray],
    labels: np.ndarray,
    pairs: Iterable[tuple[Rows, Rows]],
    penalties: Sequence[float],
) -> dict[tuple[str, float], float]:
    """Return the cross-validated accuracy of every candidate (feature set, penalty)."""
    right = {(name, penalty): 0 for name in sets for penalty in penalties}
    total = 0
    for train, test in pairs:
        total += len(test)
        for name, features in sets.items():
            x_train, x_test = _standardized(features[train], features[test])
            answers = _ridge(x_train, labels[train], x_test, penalties)
            for penalty, answer in zip(penalties, answers, strict=True):
                right[name, penalty] += int((answer == labels[test]).sum())
    return {candidate: count / total for candidate, count in right.items()}


def _hits(
    sets: Mapping[str, np.ndarray],
    labels: np.ndarray,
    train: Rows,
    test: Rows,
    candidate: tuple[str, float],
) -> np.ndarray:
    name, penalty = candidate
    x_train, x_test = _standardized(sets[name][train], sets[name][test])
    return _ridge(x_train, labels[train], x_test, (penalty,))[0] == labels[test]


def _standardized(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standardize both by the training part; float64."""
    mean, scale = train.mean(axis=0, dtype=np.float64), train.std(axis=0, dtype=np.float64)
    scale[scale < 1e-12] = 1
    return (train - mean) / scale, (test - mean) / scale


def _ridge(
    train: np.ndarray, labels: np.ndarray, test: np.ndarray, penalties: Sequence[float]
) -> list[np.ndarray]:
    """Return the classes that ridge regression on one-hot labels names, for each penalty.

    In the dual form, answers = K_test (K + p d I)^-1 Y with K = X X^T: one decomposition of
    the n x n matrix serves every penalty.
    """
    classes, codes = np.unique(labels, return_inverse=True)
    targets = np.eye(len(classes))[codes]
    center = targets.mean(axis=0)
    values, vectors = np.linalg.eigh(train @ train.T)
    projected = vectors.T @ (targets - center)
    asked = test @ train.T @ vectors
    d = train.shape[1]
    return [
        classes[(asked @ (projected / (values + penalty * d)[:, None]) + center).argmax(axis=1)]
        for penalty in penalties
    ]
