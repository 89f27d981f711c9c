"""Chapter 11, credit: five scorecards for a new portfolio, their ranks and their costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sklearn.metrics import roc_auc_score

from tlcourse.evaluation.intervals import Interval, interval
from tlcourse.field import credit
from tlcourse.field.anchored import Scorecard, choose_strength, fit_toward, recalibrate
from tlcourse.field.costs import break_even, cost_per_thousand
from tlcourse.field.stability import stability_index

UNTUNED, LOCAL, SOURCE = "local, not tuned", "local ridge", "source as it is"
INTERCEPT, L2SP = "source + intercept", "L2-SP"
METHODS = (UNTUNED, LOCAL, SOURCE, INTERCEPT, L2SP)
LOSS, MARGIN = 4500.0, 600.0


@lru_cache(maxsize=1)
def source_scorecard() -> Scorecard:
    """Return the scorecard from home: logistic regression on 20,000 loans."""
    loans = credit.home().draw(20_000, seed=0)
    return fit_toward(loans.x, loans.y, strength=0)


@dataclass(frozen=True, eq=False)
class Country:
    """Five scorecards of one new portfolio, and the loans that test them.

    Args:
        cards: Method → scorecard.
        test: Loans that no scorecard has seen.
        n: Loans that the local methods learned from.
    """

    cards: dict[str, Scorecard]
    test: credit.Loans
    n: int

    def auc(self, method: str) -> float:
        """Return the area under the ROC curve on the test loans."""
        return float(roc_auc_score(self.test.y, self.cards[method].logits(self.test.x)))

    def cost(self, method: str, threshold: float | None = None) -> float:
        """Return the cost of 1,000 applications; at the break-even threshold by default."""
        p = self.cards[method].predict_proba(self.test.x)
        return cost(p, self.test.y, threshold)


def cost(p: np.ndarray, y: np.ndarray, threshold: float | None = None) -> float:
    """Return the cost of 1,000 applications with the chapter's loss and margin."""
    at = break_even(LOSS, MARGIN) if threshold is None else threshold
    return cost_per_thousand(p, y, threshold=at, loss=LOSS, margin=MARGIN)


def new_country(n: int, *, rho: float = 0.95, seed: int = 0, n_test: int = 6_000) -> Country:
    """Fit the five scorecards to n loans of a new portfolio.

    Cost: about 0.2 s, nearly all of it the inner cross-validations.
    """
    target = credit.abroad(rho=rho, seed=seed)
    few = target.draw(n, seed=2 * seed + 1, least=3)
    old = source_scorecard()
    cards = {
        UNTUNED: fit_toward(few.x, few.y, strength=1e-3),
        LOCAL: choose_strength(few.x, few.y, seed=seed),
        SOURCE: old,
        INTERCEPT: recalibrate(old, few.x, few.y),
        L2SP: choose_strength(few.x, few.y, anchor=old.weights, seed=seed),
    }
    return Country(cards, target.draw(n_test, seed=2 * seed + 2), n)


def gains(countries: Sequence[Country], method: str, *, over: str = LOCAL) -> Interval:
    """Return the gain in AUC over another method, a t interval over portfolios."""
    return interval(np.array([c.auc(method) - c.auc(over) for c in countries]))


def savings(countries: Sequence[Country], method: str, *, over: str) -> Interval:
    """Return the money saved for 1,000 applications, a t interval over portfolios."""
    return interval(np.array([c.cost(over) - c.cost(method) for c in countries]))


def cost_curves(
    countries: Sequence[Country], methods: Sequence[str], thresholds: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the mean cost of each method at each threshold."""
    return {
        m: np.array([np.mean([c.cost(m, t) for c in countries]) for t in thresholds])
        for m in methods
    }


@dataclass(frozen=True)
class Quarter:
    """One quarter of the new portfolio as time goes on.

    Args:
        number: 0 is the quarter in which the scorecard was made.
        auc: Of the frozen scorecard.
        predicted: Mean probability of default that it gives.
        happened: Share that defaulted, known a year later only.
        index: Population stability index of its score against quarter 0.
    """

    number: int
    auc: float
    predicted: float
    happened: float
    index: float


def quarters(seed: int, *, n: int = 8, loans: int = 4_000, moves: bool = True) -> list[Quarter]:
    """Let a portfolio drift under a frozen scorecard.

    Either its borrowers change (their columns move by up to one standard deviation in the
    last quarter), or only the meaning does: ρ falls from 0.95 to 0.5 and the default rate
    rises from 12 to 18 percent, while every column looks as before.

    Args:
        seed: Which portfolio.
        n: Number of quarters.
        loans: In each quarter.
        moves: Whether the columns move (True) or the meaning (False).
    """
    found: list[Quarter] = []
    card, first = None, np.zeros(0)
    for q in range(n):
        t = q / (n - 1)
        if moves:
            target = credit.abroad(move=t, seed=seed)
        else:
            target = credit.abroad(rho=0.95 - 0.45 * t, rate=0.12 + 0.06 * t, move=0, seed=seed)
        now = target.draw(loans, seed=100 * seed + q)
        if card is None:
            card = choose_strength(now.x, now.y, anchor=source_scorecard().weights)
            now = target.draw(loans, seed=100 * seed + 99)  # measured on loans it has not seen
            first = card.logits(now.x)
        scores = card.logits(now.x)
        found.append(
            Quarter(
                q,
                float(roc_auc_score(now.y, scores)),
                float(card.predict_proba(now.x).mean()),
                float(now.y.mean()),
                stability_index(first, scores),
            )
        )
    return found
