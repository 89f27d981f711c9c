"""Let the model say "I do not know": hand the unsure cases to a person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tlcourse.errors import DataError


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """How the error falls as more cases are handed over.

    Args:
        coverage: Share of cases that the model answers itself, rising, (n,).
        risk: Share of wrong answers among those, (n,).
    """

    coverage: np.ndarray
    risk: np.ndarray

    def at(self, coverage: float) -> float:
        """Return the risk where about this share is answered; at least one case is."""
        place = np.searchsorted(self.coverage, coverage - 1e-12)
        return float(self.risk[min(place, len(self.risk) - 1)])


def risk_coverage(confidence: np.ndarray, right: np.ndarray) -> RiskCoverage:
    """Return the risk for every coverage, the surest cases first.

    Cases of equal confidence are answered together: their order would be luck.

    Args:
        confidence: Higher means surer, (n,). For probabilities the largest one, or the
            distance from the threshold.
        right: Whether the answer is right, bool (n,).

    Raises:
        DataError: If the two do not pair, or there is none.

    Source: El-Yaniv & Wiener 2010, "On the Foundations of Noise-free Selective
    Classification", JMLR 11.
    """
    confidence, right = np.asarray(confidence, float), np.asarray(right, bool)
    if confidence.ndim != 1 or confidence.shape != right.shape or not len(right):
        raise DataError(
            f"Confidence has shape {confidence.shape} and right {right.shape}. Expected one "
            f"of each for every case, in one dimension."
        )
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~right[order])
    last = np.append(np.diff(confidence[order]) != 0, True)  # end of each run of ties
    answered = np.arange(1, len(right) + 1)[last]
    return RiskCoverage(answered / len(right), wrong[last] / answered)


def abstain(probability: np.ndarray, *, low: float, high: float) -> np.ndarray:
    """Return 0 for a no, 1 for an alarm and −1 for "ask a person", int (n,).

    Args:
        probability: Of being sick, (n,).
        low: Below it the answer is no.
        high: Above it the answer is an alarm.

    Raises:
        DataError: If `low` is above `high`.
    """
    if low > high:
        raise DataError(f"low is {low} and high is {high}. Expected low at or below high.")
    probability = np.asarray(probability, float)
    return np.where(probability > high, 1, np.where(probability < low, 0, -1))
