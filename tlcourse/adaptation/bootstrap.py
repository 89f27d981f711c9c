"""Intervals by resampling the test groups, and the seeds where there are several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Draws:
    """A quantity and its value in each bootstrap resample.

    Args:
        value: On the test set itself.
        samples: In each resample, (b,); NaN where it is not defined.
    """

    value: float
    samples: np.ndarray

    def minus(self, other: Draws) -> Draws:
        """Return the paired difference: both sides of a draw use the same items."""
        return Draws(self.value - other.value, self.samples - other.samples)

    def share_of(self, whole: Draws) -> Draws:
        """Return the paired ratio, undefined where the whole is not positive."""
        positive = np.where(whole.samples > 0, whole.samples, np.nan)
        return Draws(self.value / whole.value, self.samples / positive)


class Resampler:
    """Draws test groups with replacement, once, and applies the same draws to every method.

    Args:
        groups: Group of each test item, (n,). Items of a group are drawn together.
        weights: What a correct item counts for, (n,).
        draws: Number of resamples b.
        level: Of the intervals.
        seed: Of the draws.
    """

    def __init__(
        self, groups: np.ndarray, weights: np.ndarray, *, draws: int, level: float, seed: int
    ) -> None:
        self.weights, self.level, self.draws = weights, level, draws
        self.rng = np.random.default_rng(seed)
        _, group = np.unique(groups, return_inverse=True)
        n_groups = int(group.max()) + 1
        counts = self.rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=draws)
        self.counts = counts[:, group] * weights  # (b, n)

    def value(self, right: np.ndarray) -> float:
        """Return the weighted share of right answers, mean over seeds; right is bool (s, n)."""
        return float((right @ self.weights).mean() / self.weights.sum())

    def draws_of(self, right: np.ndarray) -> Draws:
        """Return the same in every resample of groups and, with several rows, of seeds."""
        by_seed = self.counts @ right.T / self.counts.sum(axis=1, keepdims=True)  # (b, s)
        s = len(right)
        if s > 1:
            by_seed = by_seed * self.rng.multinomial(s, np.full(s, 1 / s), size=self.draws)
        return Draws(self.value(right), by_seed.sum(axis=1) / s)

    def interval(self, quantity: Draws) -> tuple[float, float]:
        """Return the percentile interval at `level`."""
        tail = (1 - self.level) / 2
        low, high = np.nanquantile(quantity.samples, [tail, 1 - tail])
        return float(low), float(high)
