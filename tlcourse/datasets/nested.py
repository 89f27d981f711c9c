"""Nested cross-validation: outer folds measure, inner folds choose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tlcourse.datasets.cuts import folds
from tlcourse.datasets.dataset import Dataset
from tlcourse.errors import DataError

_INNER_STRIDE = 1000  # keeps inner seeds apart from the outer seeds of nearby runs


@dataclass(frozen=True, eq=False)
class NestedFold:
    """One outer fold with the inner folds of its training part.

    Args:
        train: Row numbers to choose and fit on, int64.
        test: Row numbers to measure on, int64; never part of any inner fold.
        inner: (train rows, validation rows) pairs that deal out `train`.
    """

    train: np.ndarray
    test: np.ndarray
    inner: tuple[tuple[np.ndarray, np.ndarray], ...]


def nested(
    dataset: Dataset,
    rows: np.ndarray | None = None,
    *,
    outer: int = 5,
    inner: int = 4,
    seed: int = 0,
) -> Iterator[NestedFold]:
    """Yield outer folds, each with inner folds inside its training part.

    Choosing a setting and measuring it on the same folds flatters the choice: with many
    settings, the best of them is partly luck. Here a setting is chosen on inner folds, and
    measured on items that no inner fold has seen.

    Args:
        dataset: What to deal out.
        rows: Row numbers to use, for example `split.development`. All when None.
        outer: Number of outer folds; every row is tested once.
        inner: Number of inner folds for each outer one.
        seed: The same seed gives the same folds in every process.

    Yields:
        `NestedFold`s whose arrays are row numbers of `dataset`. Classes keep their shares,
        groups stay whole on both levels.

    Raises:
        DataError: If a class or the groups are too few.

    Cost: outer * (inner + 1) fits for each setting tried.

    Source:
        Varma and Simon 2006, BMC Bioinformatics 7:91.
    """
    rows = np.arange(len(dataset)) if rows is None else np.asarray(rows)
    labels, groups = dataset.labels[rows], dataset.groups[rows]
    _check(dataset, labels, groups, outer, inner)
    for i, (train, test) in enumerate(folds(labels, groups, n=outer, seed=seed)):
        inner_seed = _INNER_STRIDE * (seed + 1) + i
        pairs = folds(labels[train], groups[train], n=inner, seed=inner_seed)
        yield NestedFold(
            train=rows[train],
            test=rows[test],
            inner=tuple((rows[train[a]], rows[train[b]]) for a, b in pairs),
        )


def _check(
    dataset: Dataset, labels: np.ndarray, groups: np.ndarray, outer: int, inner: int
) -> None:
    if outer < 2 or inner < 2:
        raise DataError(f"outer is {outer} and inner is {inner}; expected at least 2 folds each.")
    for label in np.unique(labels):
        own = len(np.unique(groups[labels == label]))
        if own < max(outer, inner + 1):
            raise DataError(
                f"Class '{dataset.class_names[label]}' has {own} distinct group(s), but {outer} "
                f"outer and {inner} inner folds need at least {max(outer, inner + 1)}. Use fewer "
                f"folds or add items."
            )
