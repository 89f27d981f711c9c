"""Honest splits: stratified by class, never through a group, with a sealed test part."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from sklearn.model_selection import (
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
)

from tlcourse.datasets.dataset import Dataset
from tlcourse.errors import DataError, SealError


@dataclass(eq=False)
class Split:
    """A data set cut into train, validation and a sealed test part.

    The test part answers one question, once: how good is the model that was chosen?
    Looking at it before choosing makes the answer a lie. `tl.evaluate(..., split=split,
    part="test")` is the one way in; it may be repeated with the same predictions, and
    refuses different ones.

    Args:
        dataset: What was split.
        train: Row numbers to learn from, int64.
        validation: Row numbers to choose with, int64; may be empty.
        seed: Seed of the split.
    """

    dataset: Dataset
    train: np.ndarray
    validation: np.ndarray
    seed: int
    _test: np.ndarray = field(repr=False)
    _opened_by: list[str] = field(default_factory=list, repr=False)

    @property
    def development(self) -> np.ndarray:
        """Rows that may be looked at: train and validation together, in order."""
        return np.sort(np.concatenate([self.train, self.validation]))

    @property
    def n_test(self) -> int:
        """Number of items in the sealed part."""
        return len(self._test)

    @property
    def times_opened(self) -> int:
        """How many different sets of predictions have met the test part."""
        return len(self._opened_by)

    @property
    def test(self) -> np.ndarray:
        """The test part is sealed; asking for its rows explains how to use it."""
        raise SealError(
            "The test part is sealed, so that no choice can depend on it. Use split.train and "
            "split.validation while you work; when everything is chosen, measure once with "
            "tl.evaluate(model, features, split=split, part='test')."
        )

    def open_test(self, fingerprint: str, *, again: bool = False) -> np.ndarray:
        """Break the seal for one set of predictions; for `tl.evaluate` only.

        Args:
            fingerprint: Identifies the predictions; the same ones may come back.
            again: Open it for different predictions too. The result then says so.

        Raises:
            SealError: If other predictions have been measured before and `again` is False.
        """
        if fingerprint not in self._opened_by:
            if self._opened_by and not again:
                raise SealError(
                    "The test part has been used already, for another model. A second look turns "
                    "it into a validation part, and its number into an optimistic one. Compare "
                    "models on split.validation; to start over, make a new split with another seed."
                )
            self._opened_by.append(fingerprint)
        return self._test

    def audit(self) -> None:
        """Assert that parts share no row, no group and no content.

        Raises:
            DataError: Naming the first thing that two parts share.
        """
        parts = {"train": self.train, "validation": self.validation, "test": self._test}
        hashes = np.asarray(self.dataset.hashes)
        for what, values in (("group", self.dataset.groups), ("content", hashes)):
            _assert_disjoint(parts, what, values)
        if sum(map(len, parts.values())) > len(self.dataset):
            raise DataError("A split uses some item twice. Make a new split with tl.split.")

    @property
    def fingerprint(self) -> str:
        """Hash of which content lies in which part; equal splits have equal fingerprints."""
        digest = hashlib.sha256()
        for rows in (self.train, self.validation, self._test):
            for row in sorted(self.dataset.hashes[i] for i in rows):
                digest.update(row.encode())
            digest.update(b"|")
        return digest.hexdigest()

    def __repr__(self) -> str:
        sealed = "sealed" if not self._opened_by else f"opened {self.times_opened} time(s)"
        return (
            f"Split({self.dataset.name!r}: train {len(self.train)}, validation "
            f"{len(self.validation)}, test {self.n_test} {sealed})"
        )


def _assert_disjoint(parts: dict[str, np.ndarray], what: str, values: np.ndarray) -> None:
    names = list(parts)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            shared = np.intersect1d(values[parts[first]], values[parts[second]])
            if len(shared):
                raise DataError(
                    f"Leakage: {first} and {second} share {len(shared)} {what}(s), the first is "
                    f"{shared[0]}. Split with tl.split, which keeps groups together."
                )


def split(
    dataset: Dataset, *, test: float = 0.25, validation: float = 0.15, seed: int = 0
) -> Split:
    """Cut a data set into train, validation and a sealed test part.

    Classes keep their shares, and a group (one concept in several styles, one speaker,
    copies of one file) stays on one side. A data set that came with parts keeps them.

    Args:
        dataset: What to split.
        test: Share of all items in the test part, 0 < test < 1.
        validation: Share of all items in the validation part, 0 or more.
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
        return _presplit(dataset, seed)
    everything = np.arange(len(dataset))
    rest, test_rows = _cut(dataset, everything, test, seed)
    if validation == 0:
        train, validation_rows = rest, np.array([], np.int64)
    else:
        train, validation_rows = _cut(dataset, rest, validation / (1 - test), seed + 1)
    result = Split(dataset, train, validation_rows, seed, test_rows)
    result.audit()
    return result


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


def _cut(
    dataset: Dataset, rows: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cut `rows` in two; the second part gets about `share` of them."""
    labels, groups = dataset.labels[rows], dataset.groups[rows]
    names, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    owner = labels[first]
    if np.array_equal(owner[inverse], labels):
        keep, cut = _cut_groups(dataset, owner, share, seed)
        return rows[np.isin(inverse, keep)], rows[np.isin(inverse, cut)]
    folds = max(2, round(1 / share))
    if len(names) < folds:
        raise DataError(
            f"Data set '{dataset.name}' has {len(names)} groups, too few to put a share of "
            f"{share:.2f} aside. Ask for a larger share or add groups."
        )
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    keep, cut = next(splitter.split(rows, labels, groups))
    return rows[keep], rows[cut]


def _cut_groups(
    dataset: Dataset, owner: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Stratify whole groups when each has one class; every class gets a group on each side."""
    present = np.unique(owner)
    counts = np.bincount(owner, minlength=dataset.n_classes)
    rng = np.random.default_rng(seed)
    small = [c for c in present if round(counts[c] * share) < 1 or counts[c] - 1 < 1]
    if any(counts[c] < 2 for c in present):
        poor = next(c for c in present if counts[c] < 2)
        raise DataError(
            f"Class '{dataset.class_names[poor]}' has one distinct item or group left, so it "
            f"cannot be on both sides of a split. Add items, or leave the class out."
        )
    if not small and share * len(owner) >= len(present):
        splitter = StratifiedShuffleSplit(1, test_size=share, random_state=seed)
        keep, cut = next(splitter.split(owner, owner))
        return np.sort(keep), np.sort(cut)
    chosen = []  # scikit-learn refuses very small classes; take at least one group of each
    for c in present:
        k = int(np.clip(round(counts[c] * share), 1, counts[c] - 1))
        chosen.append(rng.choice(np.flatnonzero(owner == c), k, replace=False))
    cut = np.sort(np.concatenate(chosen))
    return np.setdiff1d(np.arange(len(owner)), cut), cut


def holdouts(
    dataset: Dataset, rows: np.ndarray, *, n: int = 10, test: float = 0.2, seed: int = 0
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Cut `rows` in two `n` times with different seeds: the same pairs for every variant.

    Comparing variants on the same holdouts makes their differences paired, which
    removes the luck of the draw from the comparison.

    Args:
        dataset: What the rows belong to.
        rows: Row numbers to cut, usually `split.development`.
        n: Number of holdouts.
        test: Share of rows in the second part.
        seed: Seed of the first holdout; the others follow.

    Returns:
        n pairs (train rows, held-out rows), int64.
    """
    return [_cut(dataset, np.asarray(rows), test, seed * 1000 + i) for i in range(n)]


def folds(
    labels: np.ndarray, groups: np.ndarray | None = None, *, n: int = 5, seed: int = 0
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield n stratified folds (train rows, held-out rows); grouped when groups repeat.

    Raises:
        DataError: If the rarest class has fewer than n items.
    """
    labels = np.asarray(labels)
    rarest = int(np.bincount(labels)[np.unique(labels)].min()) if len(labels) else 0
    if rarest < n:
        raise DataError(
            f"The rarest class has {rarest} item(s), but {n} folds need {n}. Use fewer folds or "
            f"add items."
        )
    if groups is None or len(np.unique(groups)) == len(groups):
        yield from StratifiedKFold(n, shuffle=True, random_state=seed).split(labels, labels)
        return
    yield from StratifiedGroupKFold(n, shuffle=True, random_state=seed).split(
        labels, labels, groups
    )


def few_labels(labels: np.ndarray, rows: np.ndarray, n_per_class: int, *, seed: int) -> np.ndarray:
    """Choose `n_per_class` rows of each class, as if no more had been labeled.

    With one seed, a smaller number gives a subset of a larger one, so learning curves
    are nested.

    Raises:
        DataError: If a class has too few rows.
    """
    rng = np.random.default_rng(seed)
    chosen = []
    for label in np.unique(labels[rows]):
        own = rng.permutation(rows[labels[rows] == label])
        if len(own) < n_per_class:
            raise DataError(
                f"Class number {label} has {len(own)} labeled items here, but n_per_class="
                f"{n_per_class}. Ask for at most {len(own)}."
            )
        chosen.append(own[:n_per_class])
    return np.sort(np.concatenate(chosen))
