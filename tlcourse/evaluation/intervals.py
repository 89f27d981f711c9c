"""Intervals: how far would this number move if the experiment were done again?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from tlcourse.errors import DataError
from tlcourse.evaluation.checks import check_confidence, check_groups


@dataclass(frozen=True)
class Interval:
    """A number with the range that holds the truth in `confidence` of all repetitions.

    Attributes:
        estimate: The number itself.
        low: Lower end.
        high: Upper end.
        confidence: Share of repetitions whose interval holds the truth, 0.95 by default.
        method: How it was made: "wilson", "bootstrap", "grouped bootstrap",
            "two-way bootstrap", "t" or "corrected t".
        n: Number of independent pieces of evidence: items, groups or runs.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    method: str
    n: int

    def __str__(self) -> str:
        return f"{self.estimate:.3f} [{self.low:.3f}, {self.high:.3f}]"


def interval(
    values: Any,
    total: int | None = None,
    *,
    groups: Any = None,
    n_train: float | None = None,
    n_test: float | None = None,
    confidence: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> Interval:
    """Return the mean of `values` with an interval of the kind that suits them.

    What is passed decides the kind:

    - a count of right answers and `total`, or an array of True/False (or of whole numbers 0
      and 1): **Wilson**, which covers the draw of the test items;
    - the same with `groups`: **grouped bootstrap**, because three drawings of one apple are not
      three pieces of evidence: whole groups are drawn with replacement;
    - an array of fractions, one for each independent run: **t**, mean ± t·s/√J;
    - the same with `n_train` and `n_test`: **corrected t** for runs that share their items,
      such as the folds of a cross-validation: mean ± t·s·√(1/J + n_test/n_train).

    Args:
        values: A count, hits (n,), or one metric for each run (J,).
        total: Number of test items when `values` is a count.
        groups: Which test items belong together, shape (n,).
        n_train: Training items for each run, when runs are folds or splits of the same items.
        n_test: Test items for each run.
        confidence: Share of repetitions whose interval holds the truth.
        draws: Bootstrap repetitions.
        seed: Seed of the bootstrap.

    Returns:
        An `Interval`. It speaks of what varied only: Wilson of the test items, t of the runs.

    Raises:
        DataError: If nothing, or a single run, is passed, or the arguments do not fit together.

    Source:
        Wilson 1927, Journal of the American Statistical Association 22; Efron and Tibshirani
        1993, chapter 13; Nadeau and Bengio 2003, Machine Learning 52, equation 9.

    Example:
        >>> print(interval(86, 110))
        0.782 [0.696, 0.849]
    """
    confidence = check_confidence(confidence)
    if total is not None:
        return _of_count(int(np.asarray(values)), int(total), confidence)
    array = np.asarray(values)
    if array.ndim != 1 or len(array) == 0 or array.dtype.kind not in "biuf":
        raise DataError(
            f"Values have shape {array.shape} and type {array.dtype}; expected a list of numbers. "
            f"Pass hits, one metric for each run, or a count with its total."
        )
    if not np.isfinite(array).all():
        raise DataError("Some values are NaN or infinite; expected numbers. Find the failed run.")
    if groups is not None:
        return _of_groups(array.astype(float), groups, confidence, draws, seed)
    if array.dtype.kind == "f":
        return _of_runs(array, n_train, n_test, confidence)
    if not np.isin(array, (0, 1)).all():
        raise DataError(
            f"Values are whole numbers up to {array.max()}; expected hits (0 or 1) or fractions. "
            f"For a count pass its total: interval(86, 110)."
        )
    return _of_count(int(array.sum()), len(array), confidence)


def wilson(successes: Any, total: Any, *, confidence: float = 0.95) -> tuple[Any, Any]:
    """Return the ends of the Wilson score interval for shares; arrays are welcome.

    The interval holds every true share p that would not be rejected by |p̂ − p| ≤ z·√(p(1−p)/n):

        (p̂ + z²/2n ± z·√(p̂(1−p̂)/n + z²/4n²)) / (1 + z²/n),   z = 1.96 for 95 percent.

    Unlike p̂ ± z·√(p̂(1−p̂)/n) it keeps its promise near 0 and 1 and never leaves them.

    Args:
        successes: Number of right answers.
        total: Number of items n. Where n is 0 the interval is [0, 1]: nothing is known.
        confidence: Share of repetitions whose interval holds the truth.

    Returns:
        (low, high), each with the shape of the arguments.
    """
    n = np.asarray(total, dtype=float)
    share = np.asarray(successes, dtype=float) / np.maximum(n, 1)
    z2 = stats.norm.ppf(0.5 + check_confidence(confidence) / 2) ** 2
    center = share * n + z2 / 2
    half = np.sqrt(z2 * (share * (1 - share) * n + z2 / 4))
    return np.clip((center - half) / (n + z2), 0, 1), np.clip((center + half) / (n + z2), 0, 1)


def bootstrap(
    statistic: Callable[[np.ndarray], float],
    n: int,
    *,
    groups: Any = None,
    confidence: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> Interval:
    """Return any statistic of n test items with its percentile bootstrap interval.

    Items (or whole groups) are drawn with replacement, as if the test set had been collected
    again, and the statistic is computed on each draw; the interval spans the middle 95 percent.

    Args:
        statistic: Function of an index array, for instance
            `lambda i: f1_score(labels[i], predictions[i], average="macro")`.
        n: Number of test items.
        groups: Which items are drawn together, shape (n,).
        confidence: Share of repetitions whose interval holds the truth.
        draws: Number of repetitions; the cost is that of `draws` calls of `statistic`.
        seed: Seed of the draws.

    Raises:
        DataError: If there are fewer than two items or groups.
    """
    codes = check_groups(groups, n)
    n_groups = int(codes.max(initial=-1)) + 1
    if n_groups < 2:
        raise DataError(
            f"There is {n_groups} item or group to draw from; expected at least two. Collect more, "
            f"or pass finer groups."
        )
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    rng = np.random.default_rng(seed)
    values = [
        statistic(np.concatenate([members[g] for g in rng.integers(n_groups, size=n_groups)]))
        for _ in range(draws)
    ]
    low, high = percentiles(values, confidence)
    method = "bootstrap" if groups is None else "grouped bootstrap"
    return Interval(float(statistic(np.arange(n))), low, high, confidence, method, n_groups)


def percentiles(values: Any, confidence: float) -> tuple[float, float]:
    """Return the ends of the middle `confidence` share of bootstrap values, leaving out NaN."""
    tail = 50 * (1 - check_confidence(confidence))
    low, high = np.nanpercentile(np.asarray(values, dtype=float), [tail, 100 - tail])
    return float(low), float(high)


def _of_count(successes: int, total: int, confidence: float) -> Interval:
    if not 0 <= successes <= total or total < 1:
        raise DataError(
            f"{successes} of {total} items cannot be right; expected a count from 0 to the total. "
            f"Pass the number of right answers first: interval(86, 110)."
        )
    low, high = wilson(successes, total, confidence=confidence)
    return Interval(successes / total, float(low), float(high), confidence, "wilson", total)


def _of_groups(
    values: np.ndarray, groups: Any, confidence: float, draws: int, seed: int
) -> Interval:
    """Return the mean over items, with an interval over groups drawn with replacement."""
    codes = check_groups(groups, len(values))
    sizes = np.bincount(codes)
    sums = np.bincount(codes, weights=values)
    mean, n_groups = float(values.mean()), len(sizes)
    if n_groups < 2:
        raise DataError(
            "All items are in one group, so nothing is known about other groups; expected at least "
            "two. Collect more groups."
        )
    if mean in (0, 1):  # every draw looks the same, but n_groups hits do not prove certainty
        low, high = wilson(mean * n_groups, n_groups, confidence=confidence)
        return Interval(mean, float(low), float(high), confidence, "wilson", n_groups)
    times = np.random.default_rng(seed).multinomial(
        n_groups, np.full(n_groups, 1 / n_groups), size=draws
    )
    low, high = percentiles((times @ sums) / (times @ sizes), confidence)
    return Interval(mean, low, high, confidence, "grouped bootstrap", n_groups)


def _of_runs(
    values: np.ndarray, n_train: float | None, n_test: float | None, confidence: float
) -> Interval:
    """Return the mean over runs; with the sizes of the splits, allow for what runs share."""
    J = len(values)
    if J < 2:
        raise DataError(
            "There is one run, and one run shows no spread; expected at least two. Repeat it with "
            "other seeds, or pass hits in place of their mean."
        )
    if (n_train is None) != (n_test is None):
        raise DataError(
            "Only one of n_train and n_test was passed; expected both. Pass the sizes of the two "
            "parts of each split, or neither if the runs share no items."
        )
    shared = 0.0 if n_train is None else overlap(n_train, n_test)
    half = stats.t.ppf(0.5 + confidence / 2, J - 1) * values.std(ddof=1) * np.sqrt(1 / J + shared)
    mean = float(values.mean())
    method = "t" if n_train is None else "corrected t"
    return Interval(mean, float(mean - half), float(mean + half), confidence, method, J)


def overlap(n_train: float, n_test: float) -> float:
    """Return n_test/n_train, the extra share of variance of runs that share training items.

    Raises:
        DataError: If a size is not positive.
    """
    if not (n_train > 0 and n_test > 0):
        raise DataError(
            f"n_train is {n_train} and n_test is {n_test}; expected the number of items in the "
            f"training and test part of each split. For 5 folds of 100 items pass 80 and 20."
        )
    return n_test / n_train
