"""One protocol for many ways to learn: the same draws, the same pictures to measure on.

A data set is cut once into a pool to draw labels from, a part to measure on and, where
wanted, a sealed test part. Draw number s takes k items of each class from the pool. Every
method learns from the same draws and answers the same items, so differences are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tlcourse.datasets import Dataset, Split
from tlcourse.datasets.splits import few_labels
from tlcourse.errors import DataError
from tlcourse.evaluation.intervals import Interval
from tlcourse.evaluation.two_way import two_way_bootstrap
from tlcourse.recipes.heads import STRENGTHS, logistic_heads

RESAMPLES = 1000  # of the two-way bootstrap


@dataclass(frozen=True)
class Difference:
    """Accuracy of one method minus that of another, on the same draws and items.

    Attributes:
        names: The two methods.
        difference: Mean difference; 0.05 is 5 points.
        low: Lower end of its 95 % two-way bootstrap interval.
        high: Upper end.
        per_draw: Difference of each draw.
    """

    names: tuple[str, str]
    difference: float
    low: float
    high: float
    per_draw: tuple[float, ...]

    @property
    def verdict(self) -> str:
        """One sentence that says what was shown, and what was not."""
        first, second = self.names
        numbers = (
            f"{100 * self.difference:+.1f} points, 95 % interval {100 * self.low:+.1f} to "
            f"{100 * self.high:+.1f}; above zero in {sum(d > 0 for d in self.per_draw)} of "
            f"{len(self.per_draw)} draws."
        )
        if self.low > 0:
            return f"{first} is better than {second}: {numbers}"
        if self.high < 0:
            return f"{first} is worse than {second}: {numbers}"
        return f"No difference shown between {first} and {second}: {numbers}"

    def __str__(self) -> str:
        return self.verdict


@dataclass(frozen=True, eq=False)
class Answers:
    """Which items one method got right, for each draw.

    Args:
        name: The method, for tables and figures.
        hits: bool (J, n) for J draws and n measured items.
        family: "traditional", "scratch", "random" or "pretrained"; decides the marker.
        weights: Number of trained weights.
        groups: Which measured items belong together, (n,); None where each is its own.
    """

    name: str
    hits: np.ndarray
    family: str = ""
    weights: int = 0
    groups: np.ndarray | None = None

    @property
    def per_draw(self) -> np.ndarray:
        """Accuracy of each draw, (J,)."""
        return self.hits.mean(axis=1)

    @property
    def estimate(self) -> float:
        """Mean accuracy."""
        return float(self.hits.mean())

    @property
    def low(self) -> float:
        """Lower end of its 95 % interval over draws and items."""
        return self._interval.low

    @property
    def high(self) -> float:
        """Upper end."""
        return self._interval.high

    @cached_property
    def _interval(self) -> Interval:
        return two_way_bootstrap(self.hits, groups=self.groups, draws=RESAMPLES)

    def minus(self, other: Answers) -> Difference:
        """Compare with another method on the draws that both have seen, in order.

        Raises:
            DataError: If the two were measured on different numbers of items.
        """
        if self.hits.shape[1] != other.hits.shape[1]:
            raise DataError(
                f"{self.name} answered {self.hits.shape[1]} items and {other.name} "
                f"{other.hits.shape[1]}; expected the same items. Measure both on one split."
            )
        n = min(len(self.hits), len(other.hits))
        table = self.hits[:n].astype(float) - other.hits[:n]
        spread = two_way_bootstrap(table, groups=self.groups, draws=RESAMPLES)
        names, per_draw = (self.name, other.name), tuple(table.mean(axis=1).tolist())
        return Difference(names, spread.estimate, spread.low, spread.high, per_draw)

    def __str__(self) -> str:
        spread = self.per_draw.std(ddof=1) if len(self.hits) > 1 else 0.0
        return (
            f"{self.name}: {self.estimate:.3f} [{self.low:.3f}, {self.high:.3f}], "
            f"standard deviation over {len(self.hits)} draws {spread:.3f}"
        )


def deal(dataset: Dataset, *, per_class: int, seed: int = 0) -> Split:
    """Cut a data set into a pool of `per_class` items of each class and the rest.

    The pool is `split.train`, the rest `split.validation`: it is measured on, and no choice
    may depend on it. No part is sealed.

    Raises:
        DataError: If a class has too few items to leave one for measuring.
    """
    rows = np.arange(len(dataset))
    smallest = min(dataset.class_counts, key=dataset.class_counts.get)
    if dataset.class_counts[smallest] <= per_class:
        raise DataError(
            f"Class '{smallest}' has {dataset.class_counts[smallest]} items; expected more than "
            f"{per_class}, which go into the pool. Add pictures, or leave the class out."
        )
    pool = few_labels(dataset.labels, rows, per_class, seed=seed)
    split = Split(dataset, pool, np.setdiff1d(rows, pool), seed, np.empty(0, np.int64))
    split.audit()
    return split


def keep_parts(
    dataset: Dataset,
    train: np.ndarray,
    measured: np.ndarray,
    sealed: np.ndarray | None = None,
    *,
    seed: int = 0,
) -> Split:
    """Return a smaller data set of just these rows, as a split: pool, measured, sealed."""
    sealed = np.empty(0, np.int64) if sealed is None else sealed
    sizes = np.cumsum([len(train), len(measured), len(sealed)])
    smaller = dataset.subset(np.concatenate([train, measured, sealed]))
    parts = np.split(np.arange(sizes[-1]), sizes[:2])
    split = Split(smaller, parts[0], parts[1], seed, parts[2])
    split.audit()
    return split


def draws(split: Split, n_per_class: int, n: int) -> list[np.ndarray]:
    """Return n draws of `n_per_class` pool rows of each class; smaller draws are nested."""
    labels = split.dataset.labels
    return [few_labels(labels, split.train, n_per_class, seed=s) for s in range(n)]


def linear_answers(
    name: str,
    features: np.ndarray,
    split: Split,
    chosen: Sequence[np.ndarray],
    *,
    family: str = "",
    strengths: Sequence[float] = STRENGTHS,
    groups: np.ndarray | None = None,
) -> Answers:
    """Fit a standardized logistic head on each draw, C by inner cross-validation, and measure.

    Args:
        name: Name of the method.
        features: float32 (n, d), of the whole data set.
        split: Where the draws come from; its validation part is measured.
        chosen: Rows of each draw.
        family: Kind of method, see `Answers`.
        strengths: Candidates for C; one value skips the inner cross-validation.
        groups: Which measured items belong together.

    Cost: about 0.05 s for each draw of 80 items.
    """
    labels, measured = split.dataset.labels, split.validation
    pairs = [(rows, measured) for rows in chosen]
    heads = logistic_heads(features, labels, pairs, strengths=strengths)
    hits = np.stack([head.predict(features[measured]) == labels[measured] for head in heads])
    return Answers(name, hits, family, heads[0].trained_parameters, groups)


def trained_answers(
    name: str,
    learn: Callable[[np.ndarray, int], np.ndarray],
    split: Split,
    chosen: Sequence[np.ndarray],
    *,
    family: str = "",
    weights: int = 0,
) -> Answers:
    """Measure a method that is a function (rows of a draw, seed) -> predicted classes.

    The predictions are those of `split.validation`, in its order.
    """
    truth = split.dataset.labels[split.validation]
    hits = [np.asarray(learn(rows, seed)) == truth for seed, rows in enumerate(chosen)]
    return Answers(name, np.stack(hits), family, weights)


def majority_answers(split: Split, n_draws: int) -> Answers:
    """Return what always naming the most frequent class of the pool's data set reaches."""
    labels = split.dataset.labels
    frequent = np.bincount(labels).argmax()
    hits = np.tile(labels[split.validation] == frequent, (n_draws, 1))
    return Answers("majority class", hits, "nothing")
