"""Learning curves: how much accuracy does the next label buy?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.datasets.splits import folds as make_folds
from tlcourse.errors import DataError
from tlcourse.evaluation.checks import check_groups, check_labels
from tlcourse.evaluation.crossval import check_rows, class_probabilities
from tlcourse.evaluation.intervals import Interval, interval
from tlcourse.evaluation.two_way import two_way_bootstrap

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """Accuracy on one fixed test set against the number of training labels.

    Attributes:
        sizes: The S numbers of training labels.
        seeds: The J training draws.
        hits: Whether each test item was classified correctly, bool (S, J, n_test).
        intervals: Mean accuracy for each size, over training draws and test items, length S.
        seconds: Time to fit each model, s, shape (S, J).
        test_groups: Number of the group of each test item, (n_test,), or None.
    """

    sizes: tuple[int, ...]
    seeds: tuple[int, ...]
    hits: np.ndarray
    intervals: tuple[Interval, ...]
    seconds: np.ndarray
    test_groups: np.ndarray | None

    @property
    def accuracy(self) -> np.ndarray:
        """Share of right answers for each size and draw, shape (S, J)."""
        return self.hits.mean(axis=2)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each size: labels, accuracy, low, high, draws, seconds for a fit."""
        import pandas as pd

        return pd.DataFrame(
            {
                "labels": self.sizes,
                "accuracy": [i.estimate for i in self.intervals],
                "low": [i.low for i in self.intervals],
                "high": [i.high for i in self.intervals],
                "draws": len(self.seeds),
                "seconds": self.seconds.mean(axis=1),
            }
        )


def learning_curve(
    features: Any,
    labels: Any,
    sizes: Sequence[int],
    *,
    seeds: int | Sequence[int] = 5,
    fit: Callable[..., Any] | None = None,
    groups: Any = None,
    test: float | np.ndarray | tuple[Any, Any] = 0.25,
    balanced: bool = False,
    seed: int = 0,
    confidence: float = 0.95,
) -> LearningCurve:
    """Fit on more and more labels and test every model on the same items.

    For each draw the training items are put in one random order, and a training set of size s is
    its first s items: small sets are part of larger ones, so the curve shows what *adding* labels
    does. Class shares are kept at every size, and the first C items hold one of each class.

    Args:
        features: One row for each item, shape (n, ...): features, or pictures for a network.
        labels: Classes, shape (n,).
        sizes: Numbers of training labels, at least C and at most the items left for training.
        seeds: Training draws: how many, or their seeds.
        fit: `fit(features, labels, *, groups, seed)` that returns a model with
            `predict_proba(features)`; by default `tlcourse.heads.fit_head`.
        groups: Which items belong together, shape (n,): never on both sides of the test.
        test: The fixed test set: a share (rounded to 1/2, 1/3, 1/4 ...), row numbers, or
            (features, labels) of other items.
        balanced: Take equally many of each class in place of keeping the class shares.
        seed: Seed of the test share.
        confidence: Confidence of the intervals.

    Returns:
        A `LearningCurve`. Its intervals cover the draw of training labels and of test items (two-
        way bootstrap). Cost: one fit for each size and draw.

    Raises:
        DataError: If a size does not fit, classes are missing, or the test set shares groups
            with the training items.
    """
    if fit is None:
        from tlcourse.heads import fit_head as fit
    classes, codes = check_labels(labels)
    check_rows(features, len(codes))
    group_codes = None if groups is None else check_groups(groups, len(codes))
    pool, test_x, test_y, test_groups = _test_part(
        features, codes, classes, group_codes, test, seed
    )
    sizes = _checked_sizes(sizes, codes[pool], len(classes))
    draw_seeds = tuple(range(seeds)) if isinstance(seeds, int) else tuple(int(s) for s in seeds)
    if not draw_seeds:
        raise DataError("There are no training draws; expected at least one. Pass seeds=5.")
    hits = np.zeros((len(sizes), len(draw_seeds), len(test_y)), dtype=bool)
    seconds = np.zeros(hits.shape[:2])
    for j, draw in enumerate(draw_seeds):
        order = pool[nested_order(codes[pool], seed=draw, balanced=balanced)]
        for i, size in enumerate(sizes):
            rows = order[:size]
            start = time.perf_counter()
            own_groups = None if group_codes is None else group_codes[rows]
            model = fit(features[rows], codes[rows], groups=own_groups, seed=draw)
            seconds[i, j] = time.perf_counter() - start
            answers = class_probabilities(model, test_x, len(classes)).argmax(axis=1)
            hits[i, j] = answers == test_y
    intervals = tuple(_interval(table, test_groups, confidence) for table in hits)
    return LearningCurve(sizes, draw_seeds, hits, intervals, seconds, test_groups)


def nested_order(codes: np.ndarray, *, seed: int, balanced: bool = False) -> np.ndarray:
    """Return a random order in which every beginning has the class shares of the whole.

    Item r of the n_c items of a class is due at (r + ½)/n_c of the way; the first of each class
    comes at the very beginning. With `balanced`, the classes take turns while they last.

    Args:
        codes: Classes, int (n,).
        seed: Seed of the order.
        balanced: Let classes take turns.

    Returns:
        Row numbers, int (n,).
    """
    rng = np.random.default_rng(seed)
    due = np.empty(len(codes))
    for c in np.unique(codes):
        own = rng.permutation(np.flatnonzero(codes == c))
        rank = np.arange(len(own))
        due[own] = rank if balanced else (rank + 0.5) / len(own)
        due[own[0]] = -1
    return np.lexsort((rng.random(len(codes)), due))


def _test_part(
    features: Any,
    codes: np.ndarray,
    classes: np.ndarray,
    groups: np.ndarray | None,
    test: Any,
    seed: int,
) -> tuple[np.ndarray, Any, np.ndarray, np.ndarray | None]:
    """Return training rows, test features, test codes and test groups."""
    everything = np.arange(len(codes))
    if isinstance(test, tuple):
        test_x, test_labels = test
        test_labels = np.asarray(test_labels)
        if len(test_x) != len(test_labels) or not np.isin(test_labels, classes).all():
            raise DataError(
                f"The test set has {len(test_x)} rows and {len(test_labels)} labels, or a class "
                f"that the training labels lack; expected (features, labels) of the same classes."
            )
        return everything, test_x, np.searchsorted(classes, test_labels), None
    if np.ndim(test) == 0:
        if not 0 < float(test) <= 0.5:
            raise DataError(
                f"The test share is {test}; expected more than 0 and at most 0.5. For a quarter "
                f"of the items pass test=0.25."
            )
        rows = next(iter(make_folds(codes, groups, n=round(1 / float(test)), seed=seed)))[1]
    else:
        rows = np.asarray(test)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
    pool = np.setdiff1d(everything, rows)
    shared = [] if groups is None else np.intersect1d(groups[pool], groups[rows])
    if len(shared):
        raise DataError(
            f"{len(shared)} groups have items in the training and in the test part; expected every "
            f"group on one side. Choose test rows by whole groups, or pass a share."
        )
    return pool, features[rows], codes[rows], None if groups is None else groups[rows]


def _checked_sizes(sizes: Sequence[int], codes: np.ndarray, n_classes: int) -> tuple[int, ...]:
    sizes = tuple(int(s) for s in sizes)
    if len(np.unique(codes)) < n_classes:
        raise DataError(
            "A class has no item left for training. Make the test part smaller, or collect more "
            "items or groups of that class."
        )
    if not sizes or min(sizes) < n_classes or max(sizes) > len(codes):
        raise DataError(
            f"The sizes are {sizes}; expected numbers from {n_classes} (one label for each class) "
            f"to {len(codes)} (all items outside the test part)."
        )
    return sizes


def _interval(hits: np.ndarray, groups: np.ndarray | None, confidence: float) -> Interval:
    if hits.all() or not hits.any():  # no spread to draw from, yet not certain
        n = hits.shape[1] if groups is None else len(np.unique(groups))
        return interval(n if hits.all() else 0, n, confidence=confidence)
    return two_way_bootstrap(hits, groups=groups, confidence=confidence)
