"""How well does a score rank candidates? One record for each score and target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.evaluation.intervals import Interval
from tlcourse.transferability import regret, tau_difference, weighted_tau


@dataclass(frozen=True)
class Ranking:
    """How one score ranked the candidates of one target.

    Args:
        score: Name of the score.
        target: Name of the target.
        tau: Weighted Kendall's τ between mean scores and mean truths, with its bootstrap
            interval over candidates.
        single: τ of each half by itself.
        regrets: For each half, accuracy given up by taking the score's first choice there.
        first: First choice of the mean scores.
    """

    score: str
    target: str
    tau: Interval
    single: tuple[float, ...]
    regrets: tuple[float, ...]
    first: str

    @property
    def regret(self) -> float:
        """Accuracy given up by the first choice, averaged over the halves."""
        return float(np.mean(self.regrets))

    def __str__(self) -> str:
        return (
            f"{self.score:14} {self.target:7} τ {self.tau.estimate:+.2f} "
            f"[{self.tau.low:+.2f}, {self.tau.high:+.2f}]   regret {self.regret:.3f}   "
            f"first choice {self.first}"
        )


def ranking(
    score: str,
    target: str,
    scores: np.ndarray,
    truths: np.ndarray,
    names: Sequence[str],
    *,
    draws: int = 1000,
    seed: int = 0,
) -> Ranking:
    """Compare a score with the truth on every half.

    Args:
        score: Name of the score.
        target: Name of the target.
        scores: One row for each half, one column for each candidate, (halves, m).
        truths: Accuracies in the same form, each half measured on items that its scores have not
            seen.
        names: The m candidates.
        draws: Bootstrap repetitions for τ.
        seed: Seed of the bootstrap.
    """
    mean, truth = scores.mean(axis=0), truths.mean(axis=0)
    return Ranking(
        score=score,
        target=target,
        tau=weighted_tau(mean, truth, draws=draws, seed=seed),
        single=tuple(_tau(s, t) for s, t in zip(scores, truths, strict=True)),
        regrets=tuple(regret(s, t) for s, t in zip(scores, truths, strict=True)),
        first=names[int(mean.argmax())],
    )


def better_ranking(
    a: np.ndarray, b: np.ndarray, truths: np.ndarray, *, draws: int = 1000, seed: int = 0
) -> Interval:
    """Return τ of score a minus τ of score b on means over halves, same candidates in each draw."""
    means = (values.mean(axis=0) for values in (a, b, truths))
    return tau_difference(*means, draws=draws, seed=seed)


def verdict(difference: Interval) -> str:
    """Say whether an interval of a difference shows anything: "higher", "lower", "undecided"."""
    if difference.low > 0:
        return "higher"
    return "lower" if difference.high < 0 else "undecided"


def may_vote(labels: np.ndarray, groups: np.ndarray) -> np.ndarray | None:
    """Return the groups for k-NN, or None where a class lies in one group only.

    A neighbor from an item's own group must not vote. Where all items of a class are in one
    group, none of the class could vote for it, and the score would be 0 for every candidate.
    """
    for label in np.unique(labels):
        if len(np.unique(groups[labels == label])) < 2:
            return None
    return groups


def _tau(scores: np.ndarray, truth: np.ndarray) -> float:
    from scipy.stats import weightedtau

    if np.ptp(scores) == 0 or np.ptp(truth) == 0:
        return 0.0  # no order, no agreement
    return float(weightedtau(scores, truth).statistic)


@dataclass(frozen=True)
class Statement:
    """A sentence that claims a positive difference, with what was measured.

    Args:
        text: The sentence.
        difference: The difference it speaks of, with `low` and `high`; None where the sentence
            compares things that cannot be compared.
    """

    text: str
    difference: Any = None

    @property
    def supported(self) -> bool:
        """Whether the interval of the difference lies above zero."""
        return self.difference is not None and self.difference.low > 0

    def __str__(self) -> str:
        if self.difference is None:
            return self.text
        return f"{self.text}  [{self.difference.low:+.3f}, {self.difference.high:+.3f}]"
