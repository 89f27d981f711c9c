"""Accuracies of one variant on several holdouts, with an honest interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tlcourse.evaluation.compare import Comparison, compare
from tlcourse.evaluation.intervals import interval

Holdout = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Scores:
    """What one variant reached on each holdout.

    Args:
        name: The variant, for tables and figures.
        accuracies: One accuracy for each holdout, in their order.
        n_train: Pictures learned from in each holdout.
        n_test: Pictures measured in each holdout.
        weights: Number of trained weights.
        seconds: Training time for one holdout, s.

    Attributes:
        estimate: Mean accuracy.
        low: Lower end of its 95 % corrected resampled t interval.
        high: Upper end.
    """

    name: str
    accuracies: tuple[float, ...]
    n_train: int
    n_test: int
    weights: int = 0
    seconds: float = 0.0

    @property
    def estimate(self) -> float:
        """Mean accuracy over the holdouts."""
        return float(np.mean(self.accuracies))

    @property
    def low(self) -> float:
        """Lower end of the interval; not below 0."""
        return max(0.0, self._interval().low)

    @property
    def high(self) -> float:
        """Upper end of the interval; not above 1."""
        return min(1.0, self._interval().high)

    def _interval(self):
        values = np.asarray(self.accuracies, float)
        return interval(values, n_train=self.n_train, n_test=self.n_test)

    def minus(self, other: Scores) -> Comparison:
        """Compare with another variant on the holdouts that both have seen, in order.

        A variant that was measured on fewer holdouts used the first ones, so pairs stay
        pairs.
        """
        n = min(len(self.accuracies), len(other.accuracies))
        return compare(
            self.accuracies[:n],
            other.accuracies[:n],
            n_train=self.n_train,
            n_test=self.n_test,
            names=(self.name, other.name),
        )

    def __str__(self) -> str:
        return f"{self.name}: {self.estimate:.3f} [{self.low:.3f}, {self.high:.3f}]"


def scores(
    name: str,
    accuracies: Sequence[float],
    holdouts: Sequence[Holdout],
    *,
    weights: int = 0,
    seconds: float = 0.0,
) -> Scores:
    """Pack accuracies measured on the first holdouts into `Scores`."""
    train, held_out = holdouts[0]
    values = tuple(float(a) for a in accuracies)
    return Scores(name, values, len(train), len(held_out), int(weights), float(seconds))


def decided(comparison: Comparison) -> str:
    """Say "better", "worse" or "undecided": the last where the interval includes zero."""
    if comparison.low > 0:
        return "better"
    return "worse" if comparison.high < 0 else "undecided"
