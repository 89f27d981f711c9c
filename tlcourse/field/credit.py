"""Two loan portfolios from a documented generator, with a shift of known size.

Real portfolios with outcomes are private; and in real ones nobody knows how far two differ.
Here it is known. Sixteen standardized columns z ~ N(0, Σ): ten with names and effects, six
without effect. The log-odds of default are

    logit P(default | z) = a + β · φ(z),

with φ the ten columns and five bends and interactions that a linear scorecard cannot see.
At home β is `HOME`. Abroad it is

    β' = ρ·β + √(1 − ρ²)·β_⊥,   β_⊥ ⊥ β, ‖β_⊥‖ = ‖β‖,

so ρ is the cosine between the two portfolios' meanings: at 1 every column means the same,
at 0 nothing carries over, below 0 it misleads. The means of the columns move as well, and a
is set so that 4 percent default at home and 12 percent abroad. All numbers are made up: no
statement about real borrowers follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from tlcourse.errors import DataError

NAMED = (
    *("age", "log income", "debt ratio", "utilization", "months in job"),
    *("missed payments", "log amount", "tenor", "inquiries", "savings"),
)
COLUMNS = (*NAMED, *(f"no effect {i}" for i in range(1, 7)))
BENDS = (
    *("utilization above 0.8", "debt × tenor, both high", "missed above 1"),
    *("age squared", "low income × high amount"),
)
CORRELATIONS = {
    ("age", "months in job"): 0.5,
    ("log income", "savings"): 0.4,
    ("debt ratio", "utilization"): 0.4,
    ("utilization", "missed payments"): 0.4,
    ("missed payments", "inquiries"): 0.3,
    ("log amount", "tenor"): 0.5,
    ("log income", "log amount"): 0.3,
    ("log income", "debt ratio"): -0.3,
}
HOME = 0.5 * np.array(
    [-0.25, -0.45, 0.5, 0.5, -0.25, 0.6, 0.15, 0.15, 0.3, -0.35, 1.0, 0.7, 0.8, 0.25, 0.35]
)
HOME_RATE, ABROAD_RATE = 0.04, 0.12
_CALIBRATION = 60_000  # loans on which the intercept is solved


@dataclass(frozen=True, eq=False)
class Loans:
    """Loans with outcomes.

    Args:
        x: The sixteen columns, float (n, 16), order as in `COLUMNS`.
        y: 1 where the loan defaulted, int (n,).
        true: The probability that the outcome was drawn with, (n,). Nobody in a bank has it.
    """

    x: np.ndarray
    y: np.ndarray
    true: np.ndarray

    def __len__(self) -> int:
        return len(self.y)

    def first(self, n: int) -> Loans:
        """Return the first n loans."""
        return Loans(self.x[:n], self.y[:n], self.true[:n])


@dataclass(frozen=True, eq=False)
class Portfolio:
    """A population of borrowers to draw loans from.

    Args:
        means: Mean of each column, (16,).
        beta: Effects on φ, (15,).
        intercept: a.
        rho: Cosine between β and the one at home.
        rate: Share that defaults.
    """

    means: np.ndarray
    beta: np.ndarray
    intercept: float
    rho: float
    rate: float

    def draw(self, n: int, *, seed: int, least: int = 0) -> Loans:
        """Draw n loans; again if fewer than `least` of them default.

        Raises:
            DataError: If n is below 1, or so many defaults do not occur.
        """
        if n < 1:
            raise DataError(f"{n} loans were asked for. Expected at least 1.")
        rng = np.random.default_rng([seed, n])
        for _ in range(1000):
            x = self.means + rng.standard_normal((n, len(COLUMNS))) @ _root().T
            p = expit(self.intercept + phi(x) @ self.beta)
            y = (rng.random(n) < p).astype(np.int64)
            if y.sum() >= least:
                return Loans(x, y, p)
        raise DataError(
            f"1,000 draws of {n} loans never had {least} defaults at a rate of {self.rate:.0%}. "
            f"Ask for more loans."
        )


@lru_cache(maxsize=1)
def _root() -> np.ndarray:
    """Return L with L·Lᵀ = Σ."""
    sigma = np.eye(len(COLUMNS))
    for (a, b), value in CORRELATIONS.items():
        i, j = COLUMNS.index(a), COLUMNS.index(b)
        sigma[i, j] = sigma[j, i] = value
    return np.linalg.cholesky(sigma)


def phi(x: np.ndarray) -> np.ndarray:
    """Return what the log-odds depend on: the ten columns and five bends, (n, 15)."""
    column = dict(zip(COLUMNS, np.asarray(x, float).T, strict=True))
    bends = (
        np.maximum(column["utilization"] - 0.8, 0),
        np.maximum(column["debt ratio"], 0) * np.maximum(column["tenor"], 0),
        (column["missed payments"] > 1).astype(float),
        column["age"] ** 2 - 1,
        -column["log income"] * column["log amount"],
    )
    return np.stack([*(column[name] for name in NAMED), *bends], axis=1)


def home() -> Portfolio:
    """Return the portfolio at home: 4 percent default."""
    return _portfolio(np.zeros(len(COLUMNS)), HOME, rho=1.0, rate=HOME_RATE)


def abroad(
    *, rho: float = 0.95, rate: float = ABROAD_RATE, move: float = 0.5, seed: int = 0
) -> Portfolio:
    """Return a portfolio abroad; each seed is another country.

    Args:
        rho: Cosine between its meaning and that at home, −1 to 1.
        rate: Share that defaults.
        move: Means of the named columns move by up to so many standard deviations.
        seed: Which country: direction of the change in meaning, and the means.

    Raises:
        DataError: If a number is out of range.
    """
    if not -1 <= rho <= 1 or not 0 < rate < 1 or move < 0:
        raise DataError(
            f"rho is {rho}, rate {rate}, move {move}. Expected a cosine from -1 to 1, a share "
            f"between 0 and 1, and a move of 0 or more."
        )
    rng = np.random.default_rng([seed, 4])
    means = np.zeros(len(COLUMNS))
    means[: len(NAMED)] = rng.uniform(-move, move, len(NAMED))
    across = rng.standard_normal(len(HOME))
    across -= across @ HOME / (HOME @ HOME) * HOME
    across *= np.linalg.norm(HOME) / np.linalg.norm(across)
    return _portfolio(means, rho * HOME + np.sqrt(1 - rho**2) * across, rho=rho, rate=rate)


def load_portfolios(
    *,
    n_home: int = 20_000,
    n_abroad: int = 200,
    n_test: int = 6_000,
    rho: float = 0.95,
    seed: int = 0,
) -> tuple[Loans, Loans, Loans]:
    """Return loans at home, loans abroad to learn from, and loans abroad to test on.

    The three are drawn separately, so no loan is in two of them. Home is the same for
    every seed; abroad, at least 3 of the loans to learn from default.
    """
    target = abroad(rho=rho, seed=seed)
    return (
        home().draw(n_home, seed=0),
        target.draw(n_abroad, seed=2 * seed + 1, least=3),
        target.draw(n_test, seed=2 * seed + 2),
    )


@lru_cache(maxsize=1)
def _calibration_draws() -> np.ndarray:
    """Return the columns of imagined loans around mean zero, the same for every portfolio."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((_CALIBRATION, len(COLUMNS))) @ _root().T


def _portfolio(means: np.ndarray, beta: np.ndarray, *, rho: float, rate: float) -> Portfolio:
    score = phi(means + _calibration_draws()) @ beta
    intercept = brentq(lambda a: expit(a + score).mean() - rate, -40, 40, xtol=1e-6)
    return Portfolio(means, beta, float(intercept), rho, rate)
