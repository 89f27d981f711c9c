"""How far can a ranking be trusted? Agreement with the truth, and the price of a wrong choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import weightedtau

from tlcourse.errors import DataError
from tlcourse.evaluation.intervals import Interval, percentiles

FEWEST = 3  # candidates below which an order says nothing


@dataclass(frozen=True)
class Agreement:
    """How well one score ranks the candidates.

    Attributes:
        score: Name of the score.
        tau: Weighted Kendall's τ with the truth, and its bootstrap interval.
        first_choice: Candidate with the highest score.
        regret: Truth of the best candidate minus truth of the first choice, 0 or more.
    """

    score: str
    tau: Interval
    first_choice: str
    regret: float


def weighted_tau(
    scores: Sequence[float],
    truth: Sequence[float],
    *,
    draws: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return weighted Kendall's τ between scores and truth, with a bootstrap interval.

    τ goes through all pairs of candidates and asks whether the score orders them as the truth
    does: 1 when it always does, −1 when never, about 0 when the score is noise. Weighted τ counts
    a pair more, 1/(rank + 1) for each partner, when it stands near the top, because that is where
    one chooses.

    The interval draws *candidates* with replacement. With a dozen candidates it is wide: rankings
    are a small sample too.

    Args:
        scores: One score for each of m candidates, higher is better.
        truth: What the candidate is worth in truth, for instance accuracy, shape (m,).
        draws: Bootstrap repetitions.
        confidence: Confidence of the interval.
        seed: Seed of the bootstrap.

    Raises:
        DataError: If the two do not pair, or there are fewer than 3 candidates.

    Source:
        Vigna 2015, "A Weighted Correlation Index for Rankings with Ties", WWW;
        `scipy.stats.weightedtau`.
    """
    s, t = _paired(scores, truth)
    values = _bootstrap((s,), t, draws, seed)[0]
    low, high = percentiles(values, confidence)
    return Interval(_tau(s, t), low, high, confidence, "bootstrap over candidates", len(s))


def tau_difference(
    a: Sequence[float],
    b: Sequence[float],
    truth: Sequence[float],
    *,
    draws: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return τ of score a minus τ of score b, on the same candidates in every bootstrap draw.

    Arguments, errors and source are those of `weighted_tau`.
    """
    first, t = _paired(a, truth)
    second, _ = _paired(b, truth)
    values = _bootstrap((first, second), t, draws, seed)
    low, high = percentiles(values[0] - values[1], confidence)
    estimate = _tau(first, t) - _tau(second, t)
    return Interval(estimate, low, high, confidence, "bootstrap over candidates", len(t))


def regret(scores: Sequence[float], truth: Sequence[float]) -> float:
    """Return the truth given up by taking the score's first choice: best − chosen, 0 or more."""
    s, t = _paired(scores, truth)
    return float(t.max() - t[s.argmax()])


def _tau(scores: np.ndarray, truth: np.ndarray) -> float:
    """Return weighted τ, NaN when all scores or all truths are equal."""
    if np.ptp(scores) == 0 or np.ptp(truth) == 0:
        return float("nan")
    return float(weightedtau(scores, truth).statistic)


def _bootstrap(
    scores: tuple[np.ndarray, ...], truth: np.ndarray, draws: int, seed: int
) -> np.ndarray:
    """Return τ of every score on the same `draws` samples of candidates, (scores, draws)."""
    m = len(truth)
    rng = np.random.default_rng(seed)
    values = []
    while len(values) < draws:  # a sample of one candidate repeated has no order: draw again
        rows = rng.integers(m, size=m)
        if len(np.unique(rows)) > 1:
            values.append([_tau(s[rows], truth[rows]) for s in scores])
    found = np.array(values).T
    return np.where(np.isnan(found), 0.0, found)  # a sample with equal scores shows no agreement


def _paired(scores: Sequence[float], truth: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    s, t = np.asarray(scores, dtype=float), np.asarray(truth, dtype=float)
    if s.shape != t.shape or s.ndim != 1 or len(s) < FEWEST:
        raise DataError(
            f"Scores have shape {s.shape} and truths {t.shape}; expected one of each for at least "
            f"{FEWEST} candidates. Add candidates."
        )
    if not (np.isfinite(s).all() and np.isfinite(t).all()):
        raise DataError("Some scores or truths are NaN or infinite; expected numbers.")
    return s, t
