"""Transfer gain: what did the borrowed knowledge buy, and could it have done harm?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.errors import DataError
from tlcourse.evaluation.intervals import Interval, interval
from tlcourse.evaluation.learning_curve import LearningCurve
from tlcourse.evaluation.two_way import two_way_bootstrap

POSITIVE, NEGATIVE, UNDECIDED = "positive transfer", "negative transfer", "undecided"


@dataclass(frozen=True)
class Gain:
    """Target metric with transfer minus without.

    Attributes:
        gain: The mean difference; 0.05 is 5 points.
        low: Lower end of its interval.
        high: Upper end of its interval.
        word: "positive transfer" (whole interval above zero), "negative transfer" (whole
            interval below zero) or "undecided".
        account: What was kept equal: "equal labels" or "equal compute".
        with_transfer: Mean metric with transfer.
        without: Mean metric without.
        labels: Number of training labels, where known.
        equal_compute: The same gain when the other side may train until it has cost as much, or
            None where this was not measured.
    """

    gain: float
    low: float
    high: float
    word: str
    account: str
    with_transfer: float
    without: float
    labels: int | None = None
    equal_compute: Gain | None = None

    def __str__(self) -> str:
        at = f" ({self.labels} labels)" if self.labels is not None else ""
        text = (
            f"At {self.account}{at}: {self.word}, {100 * self.gain:+.1f} points "
            f"[{100 * self.low:+.1f}, {100 * self.high:+.1f}]."
        )
        return text if self.equal_compute is None else f"{text} {self.equal_compute}"


def transfer_gain(
    with_transfer: Any,
    without: Any,
    *,
    groups: Any = None,
    equal_compute: Any = None,
    labels: int | None = None,
    confidence: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> Gain:
    """Return transfer gain = metric with transfer − metric without, with an interval.

    Both sides learn from the same labels and answer the same test items, so they are compared
    item by item and draw by draw: noise that both share cancels. Transfer is called *negative*
    only if the whole interval lies below zero.

    "Without transfer" is the same learner without the source data, not a straw man. Equal
    labels is one account; if the other side trains longer it may catch up, so pass its results
    at equal compute too. What pretraining cost is on neither bill.

    Args:
        with_transfer: Hits with transfer, True/False, shape (J, n) for J training draws and n test
            items or (n,) for one draw; or one metric for each run, fractions, shape (J,).
        without: The same for the learner without transfer: same draws, same test items.
        groups: Which test items belong together, shape (n,); with hits only.
        equal_compute: Results of the learner without transfer when it may train until it has cost
            as much as the other, in the same form.
        labels: Number of training labels, for the sentence.
        confidence: Confidence of the interval.
        draws: Bootstrap repetitions.
        seed: Seed of the bootstrap.

    Returns:
        A `Gain`. Hits: two-way bootstrap of the paired differences over draws and items. Metrics:
        t interval of the paired differences, for runs that share neither items nor draws.

    Raises:
        DataError: If the two sides do not pair.

    Source:
        Wang et al. 2019, "Characterizing and Avoiding Negative Transfer", CVPR.
    """
    found = _difference(with_transfer, without, groups, confidence, draws, seed)
    other = None
    if equal_compute is not None:
        spread = _difference(with_transfer, equal_compute, groups, confidence, draws, seed)
        other = _gain(spread, with_transfer, equal_compute, "equal compute", labels)
    return _gain(found, with_transfer, without, "equal labels", labels, other)


def gain_curve(
    with_transfer: LearningCurve, without: LearningCurve, *, confidence: float = 0.95
) -> tuple[Gain, ...]:
    """Return the transfer gain at every number of labels of two learning curves.

    Args:
        with_transfer: `learning_curve` with transfer.
        without: The same without, with the same sizes, seeds and test items.
        confidence: Confidence of the intervals.

    Raises:
        DataError: If the two curves have different sizes, draws or test items.
    """
    if with_transfer.sizes != without.sizes or with_transfer.seeds != without.seeds:
        raise DataError(
            f"The curves have sizes {with_transfer.sizes} and {without.sizes}, and "
            f"{len(with_transfer.seeds)} and {len(without.seeds)} draws; expected the same sizes "
            f"and seeds, so that both sides learn from the same labels."
        )
    return tuple(
        transfer_gain(a, b, groups=with_transfer.test_groups, labels=size, confidence=confidence)
        for a, b, size in zip(with_transfer.hits, without.hits, with_transfer.sizes, strict=True)
    )


def _gain(
    spread: Interval,
    with_transfer: Any,
    without: Any,
    account: str,
    labels: int | None,
    equal_compute: Gain | None = None,
) -> Gain:
    word = POSITIVE if spread.low > 0 else NEGATIVE if spread.high < 0 else UNDECIDED
    return Gain(
        gain=spread.estimate,
        low=spread.low,
        high=spread.high,
        word=word,
        account=account,
        with_transfer=float(np.mean(with_transfer)),
        without=float(np.mean(without)),
        labels=labels,
        equal_compute=equal_compute,
    )


def _difference(
    with_transfer: Any, without: Any, groups: Any, confidence: float, draws: int, seed: int
) -> Interval:
    a, b = np.asarray(with_transfer), np.asarray(without)
    if a.shape != b.shape or a.ndim not in (1, 2) or a.size == 0:
        raise DataError(
            f"The two sides have shapes {a.shape} and {b.shape}; expected the same shape: "
            f"(draws, test items) for hits, or (runs,) for metrics, in the same order."
        )
    are_hits = np.isin(a, (0, 1)).all() and np.isin(b, (0, 1)).all()
    fractions = a.ndim == 1 and "f" in (a.dtype.kind, b.dtype.kind)
    if fractions:
        if groups is not None:
            raise DataError(
                "Groups of test items were passed with one metric for each run; expected hits "
                "for each test item. Pass the hits, or leave groups out."
            )
        return interval(a.astype(float) - b, confidence=confidence)
    if not are_hits:
        raise DataError(
            "Some values are neither True nor False; expected hits for each test item. Pass "
            "predictions == labels, or one fraction for each run, shape (J,)."
        )
    table = np.atleast_2d(a.astype(float) - b.astype(float))
    return two_way_bootstrap(table, groups=groups, confidence=confidence, draws=draws, seed=seed)
