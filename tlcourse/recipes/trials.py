"""One trial: a classifier, what it learned from, and how it did on pictures it had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tlcourse.datasets.dataset import Dataset
from tlcourse.errors import DataError
from tlcourse.evaluation.evaluate import measure
from tlcourse.evaluation.result import Cost, Result


@dataclass(frozen=True, eq=False)
class Trial:
    """What one classifier reached, together with what it was trained and tested on.

    A number alone cannot be compared with another. With the pictures beside it, anyone can see
    whether two trials had the same task.

    Args:
        name: The contestant.
        seed: Number of the draw.
        trained_on: Content hash of each training picture.
        tested_on: Content hash of each test picture, in the order of `hits`.
        result: The measurement.
    """

    name: str
    seed: int
    trained_on: tuple[str, ...]
    tested_on: tuple[str, ...]
    result: Result

    @property
    def accuracy(self) -> float:
        """Share of test pictures answered right."""
        return self.result.accuracy

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % Wilson interval."""
        return self.result.interval

    @property
    def hits(self) -> np.ndarray:
        """Whether each test picture was answered right, bool (n,)."""
        return np.asarray(self.result.labels) == np.asarray(self.result.predictions)

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"{self.name}, draw {self.seed}: {self.accuracy:.3f} [{low:.3f}, {high:.3f}] on "
            f"{len(self.tested_on)} unseen pictures, trained on {len(self.trained_on)}"
        )


def trial(
    name: str,
    probabilities: np.ndarray,
    dataset: Dataset,
    *,
    train: np.ndarray,
    test: np.ndarray,
    seed: int = 0,
    seconds: float = 0.0,
) -> Trial:
    """Measure class probabilities, and keep what was trained on what.

    Args:
        name: The contestant.
        probabilities: For each row in `test`, float (n, C).
        dataset: What the rows belong to.
        train: Rows that were learned from.
        test: Rows that were asked.
        seed: Number of the draw.
        seconds: Training time, s.

    Raises:
        DataError: If there is not one row of probabilities for each test row.
    """
    train, test = np.asarray(train), np.asarray(test)
    result = measure(
        np.asarray(probabilities),
        dataset.labels[test],
        class_names=dataset.class_names,
        name=name,
        part="test",
        ids=tuple(dataset.ids[i] for i in test),
        n_train=len(train),
        cost=Cost(seconds=seconds),
    )
    trained_on, tested_on = (tuple(dataset.hashes[i] for i in rows) for rows in (train, test))
    return Trial(name, int(seed), trained_on, tested_on, result)


def hits_table(trials: Sequence[Trial]) -> np.ndarray:
    """Return the hits of several trials on the same test pictures, bool (J, n).

    Raises:
        DataError: If they were tested on different pictures, or in another order.
    """
    if not trials or any(t.tested_on != trials[0].tested_on for t in trials):
        raise DataError(
            f"These {len(trials)} trials were not tested on the same pictures in the same order, "
            f"so their hits do not pair. Use the same test rows for all of them."
        )
    return np.stack([t.hits for t in trials])
