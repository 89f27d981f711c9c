"""The outcome of splitting: two parts to work with and a sealed one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

import numpy as np

from tlcourse.datasets.cuts import few_labels
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.disjoint import assert_disjoint
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
        assert_disjoint(self.dataset, parts)
        if sum(map(len, parts.values())) > len(self.dataset):
            raise DataError("A split uses some item twice. Make a new split with tl.split.")

    def few(self, n_per_class: int, *, seed: int = 0) -> Split:
        """Return the same split with `n_per_class` training items of each class.

        Validation, test part and seal are shared with this split: whatever opens the test
        part of one has opened it for all, so a learning curve cannot use it step by step.
        With one seed, fewer labels are a subset of more.

        Args:
            n_per_class: Labeled items of each class to keep in training.
            seed: Which ones.

        Raises:
            DataError: If a class has too few training items.
        """
        train = few_labels(self.dataset.labels, self.train, n_per_class, seed=seed)
        return replace(self, train=train)

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
