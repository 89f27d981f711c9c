"""From a score to a decision: thresholds, sensitivity, specificity."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tlcourse.errors import DataError
from tlcourse.evaluation.intervals import wilson


class Decision(NamedTuple):
    """What a threshold does to a set of scores; an alarm is a score *above* it.

    Args:
        threshold: The score.
        sensitivity: Share of the sick that raise an alarm.
        specificity: Share of the healthy that do not.
        n_sick: Number of sick items.
        n_healthy: Number of healthy items.
    """

    threshold: float
    sensitivity: float
    specificity: float
    n_sick: int
    n_healthy: int

    @property
    def sensitivity_interval(self) -> tuple[float, float]:
        """Wilson interval of the sensitivity, as if items were independent."""
        low, high = wilson(round(self.sensitivity * self.n_sick), self.n_sick)
        return float(low), float(high)

    @property
    def specificity_interval(self) -> tuple[float, float]:
        """Wilson interval of the specificity, as if items were independent."""
        low, high = wilson(round(self.specificity * self.n_healthy), self.n_healthy)
        return float(low), float(high)


def check_scores(scores: np.ndarray, sick: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return scores as float (n,) and labels as bool (n,).

    Raises:
        DataError: If they do not pair, are not finite, or one group is empty.
    """
    scores, sick = np.asarray(scores, float), np.asarray(sick)
    if scores.ndim != 1 or scores.shape != sick.shape or not np.isfinite(scores).all():
        raise DataError(
            f"Scores have shape {scores.shape} and labels {sick.shape}. Expected one finite score "
            f"for each label, in one dimension; of probabilities (n, 2) pass column 1."
        )
    if not np.isin(sick, (0, 1)).all() or len(np.unique(sick)) < 2:
        raise DataError(
            "Labels must be 0 (healthy) and 1 (sick), and both must occur: without the healthy "
            "there is no specificity, without the sick no sensitivity."
        )
    return scores, sick.astype(bool)


def threshold_at_specificity(scores: np.ndarray, sick: np.ndarray, specificity: float) -> float:
    """Return the smallest score that leaves at least that share of the healthy at or below it.

    Choose it on validation scores. Chosen on the test set, the specificity there would be
    right by construction and the sensitivity flattered.

    Args:
        scores: Higher means more suspicious, (n,).
        sick: 1 for sick, 0 for healthy, (n,).
        specificity: Share of the healthy that must raise no alarm, above 0, at most 1.

    Raises:
        DataError: If the arguments are not that.

    Example:
        >>> threshold_at_specificity([0.1, 0.2, 0.3, 0.4, 0.9], [0, 0, 0, 0, 1], 0.75)
        0.3
    """
    scores, sick = check_scores(scores, sick)
    if not 0 < specificity <= 1:
        raise DataError(
            f"The specificity is {specificity}. Expected a share above 0 and at most 1, as 0.95."
        )
    healthy = np.sort(scores[~sick])
    # A tiny allowance: 0.95 · 20 is 19.000000000000004 in floating point, and 19 is meant.
    rank = int(np.ceil(specificity * len(healthy) - 1e-9))
    return float(healthy[max(rank, 1) - 1])


def decide(scores: np.ndarray, sick: np.ndarray, threshold: float) -> Decision:
    """Return what a threshold does to scores (n,) with known labels (n,)."""
    scores, sick = check_scores(scores, sick)
    alarm = scores > threshold
    return Decision(
        threshold=float(threshold),
        sensitivity=float(alarm[sick].mean()),
        specificity=float((~alarm[~sick]).mean()),
        n_sick=int(sick.sum()),
        n_healthy=int((~sick).sum()),
    )
