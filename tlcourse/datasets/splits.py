"""Honest splits: stratified by class, never through a group, with a sealed test part.

The import place of everything about splitting; see also `cuts` (folds and holdouts),
`sealed` (the `Split` itself) and `domain_splits`.
"""

from __future__ import annotations

import numpy as np

from tlcourse.datasets.cuts import cut, few_labels, folds, holdouts
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.disjoint import assert_disjoint, assert_spatially_disjoint
from tlcourse.datasets.domain_splits import DomainSplit, leave_one_out, split_by_domain
from tlcourse.datasets.nested import NestedFold, nested
from tlcourse.datasets.sealed import Split
from tlcourse.errors import DataError

__all__ = [
    "DomainSplit",
    "NestedFold",
    "Split",
    "assert_disjoint",
    "assert_spatially_disjoint",
    "few_labels",
    "folds",
    "holdouts",
    "leave_one_out",
    "nested",
    "split",
    "split_by_domain",
]


def split(
    dataset: Dataset,
    *,
    test: float = 0.25,
    validation: float = 0.15,
    n_per_class: int | None = None,
    seed: int = 0,
) -> Split:
    """Cut a data set into train, validation and a sealed test part.

    Classes keep their shares, and a group (one concept in several styles, one speaker,
    copies of one file) stays on one side. A data set that came with parts keeps them.

    Args:
        dataset: What to split.
        test: Share of all items in the test part, 0 < test < 1.
        validation: Share of all items in the validation part, 0 or more.
        n_per_class: Keep only this many training items of each class, as if no more had
            been labeled. Validation and test stay as they are.
        seed: The same seed gives the same split in every process.

    Raises:
        DataError: If the shares make no sense or a class has too few groups.
    """
    if not (0 < test < 1 and 0 <= validation < 1 and test + validation < 1):
        raise DataError(
            f"Cannot split with test={test} and validation={validation}. Both are shares of all "
            f"items; test must be above 0 and their sum below 1, for example 0.25 and 0.15."
        )
    if dataset.presplit is not None:
        result = _presplit(dataset, seed)
    else:
        result = _split(dataset, test, validation, seed)
        result.audit()
    return result if n_per_class is None else result.few(n_per_class, seed=seed)


def _split(dataset: Dataset, test: float, validation: float, seed: int) -> Split:
    everything = np.arange(len(dataset))
    rest, test_rows = cut(dataset, everything, test, seed)
    if validation == 0:
        train, validation_rows = rest, np.array([], np.int64)
    else:
        train, validation_rows = cut(dataset, rest, validation / (1 - test), seed + 1)
    return Split(dataset, train, validation_rows, seed, test_rows)


def _presplit(dataset: Dataset, seed: int) -> Split:
    """Use the parts a data set came with; without a test part, validation is sealed instead."""
    rows = {part: np.flatnonzero(dataset.presplit == part) for part in ("train", "validation")}
    test_rows = np.flatnonzero(dataset.presplit == "test")
    if not len(test_rows):
        test_rows, rows["validation"] = rows["validation"], test_rows
    result = Split(dataset, rows["train"], rows["validation"], seed, test_rows)
    if not len(result.train) or not result.n_test:
        raise DataError(
            f"Data set '{dataset.name}' came in parts, but train or test is empty. Put pictures "
            f"into both, or remove the train/ and test/ level to have it split for you."
        )
    return result
