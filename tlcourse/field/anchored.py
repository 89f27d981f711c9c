"""Logistic regression pulled toward given weights: L2-SP where it has one right answer.

Chapter 06 pulled a network toward its pretrained weights. For a scorecard the same idea is
convex:

    Σ_i log(1 + exp(−s_i·(w·x_i + b)))  +  ½·λ·‖w − w⁰‖²,   s_i = ±1, b free.

λ = 0 forgets the old scorecard, λ → ∞ keeps its weights and re-estimates the intercept
alone, and w⁰ = 0 is ridge regression. The loss is summed, not averaged: with more loans the
data win over the anchor by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from tlcourse.errors import DataError

STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
_STEPS, _TINY = 60, 1e-9


@dataclass(frozen=True, eq=False)
class Scorecard:
    """A linear scorecard.

    Args:
        weights: One for each column, (d,).
        intercept: b.
        strength: The pull λ it was fitted with.
    """

    weights: np.ndarray
    intercept: float
    strength: float = 0.0

    def logits(self, x: np.ndarray) -> np.ndarray:
        """Return the log-odds of default, (n,)."""
        return np.asarray(x, float) @ self.weights + self.intercept

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Return the probability of default, (n,)."""
        return expit(self.logits(x))


def fit_toward(
    x: np.ndarray,
    y: np.ndarray,
    *,
    anchor: np.ndarray | None = None,
    strength: float,
) -> Scorecard:
    """Fit a scorecard that is pulled toward `anchor` with strength λ.

    Args:
        x: Columns of similar scale, (n, d).
        y: 1 where the loan defaulted, (n,); both outcomes must occur.
        anchor: Weights w⁰ to stay near, (d,); zeros when None, which is ridge.
        strength: λ, 0 or more; `numpy.inf` keeps the anchor's weights.

    Raises:
        DataError: If shapes disagree, one outcome is missing, or λ is negative.

    Cost: Newton's method, about ten solutions of a (d + 1)² system: a millisecond.
    """
    x, y, anchor = _check(x, y, anchor, strength)
    if np.isinf(strength):
        offset = x @ anchor
        found = _newton(np.ones((len(x), 1)), y, np.zeros(1), np.zeros(1), offset)
        return Scorecard(anchor, float(found[0]), strength)
    design = np.column_stack([x, np.ones(len(x))])
    pull = np.append(np.full(x.shape[1], float(strength)), 0.0)  # the intercept is free
    found = _newton(design, y, np.append(anchor, 0.0), pull, np.zeros(len(x)))
    return Scorecard(found[:-1], float(found[-1]), float(strength))


def choose_strength(
    x: np.ndarray,
    y: np.ndarray,
    *,
    anchor: np.ndarray | None = None,
    strengths: Sequence[float] = STRENGTHS,
    folds: int = 5,
    seed: int = 0,
) -> Scorecard:
    """Fit with the λ that predicts held-out loans best (log loss, stratified inner folds).

    Args:
        x: (n, d). These loans only: no other may be looked at.
        y: (n,).
        anchor: As for `fit_toward`.
        strengths: Candidates for λ. On a tie the stronger pull wins.
        folds: Inner folds; fewer where the rarer outcome is rarer.
        seed: Seed of the folds.
    """
    from sklearn.model_selection import StratifiedKFold
    from threadpoolctl import threadpool_limits

    y = np.asarray(y)
    folds = int(min(folds, np.bincount(y, minlength=2).min()))
    if folds < 2:
        return fit_toward(x, y, anchor=anchor, strength=max(strengths))
    losses = np.zeros(len(strengths))
    cuts = StratifiedKFold(folds, shuffle=True, random_state=seed).split(x, y)
    # Matrices of 17 × 17: more BLAS threads only wait for each other.
    with threadpool_limits(1, user_api="blas"):
        for train, held_out in cuts:
            for i, strength in enumerate(strengths):
                card = fit_toward(x[train], y[train], anchor=anchor, strength=strength)
                losses[i] += log_loss(card.logits(x[held_out]), y[held_out])
    best = max(strengths, key=lambda s: (-round(losses[list(strengths).index(s)], 9), s))
    return fit_toward(x, y, anchor=anchor, strength=best)


def log_loss(logits: np.ndarray, y: np.ndarray) -> float:
    """Return Σ log(1 + exp(−s·logit)), the summed logistic loss."""
    return float(np.logaddexp(0, np.where(np.asarray(y) > 0, -logits, logits)).sum())


def recalibrate(card: Scorecard, x: np.ndarray, y: np.ndarray) -> Scorecard:
    """Return the scorecard with a new intercept, fitted on loans of the new place.

    One number is estimated, so a handful of defaults is enough. Ranks, and with them the
    AUC, stay as they are; the mean prediction becomes the default rate.
    """
    return fit_toward(x, y, anchor=card.weights, strength=np.inf)


def _check(x, y, anchor, strength):
    x, y = np.asarray(x, float), np.asarray(y)
    if x.ndim != 2 or y.shape != (len(x),):
        raise DataError(f"x has shape {x.shape} and y {y.shape}. Expected (n, d) and (n,).")
    if not np.isin(y, (0, 1)).all() or len(np.unique(y)) < 2:
        raise DataError("y must hold 0 and 1, and both must occur. Draw more loans.")
    anchor = np.zeros(x.shape[1]) if anchor is None else np.asarray(anchor, float)
    if anchor.shape != (x.shape[1],) or not strength >= 0:
        raise DataError(
            f"The anchor has shape {anchor.shape} and the strength is {strength}. Expected one "
            f"weight for each of {x.shape[1]} columns, and a strength of 0 or more."
        )
    return x, y, anchor


def _newton(
    design: np.ndarray, y: np.ndarray, center: np.ndarray, pull: np.ndarray, offset: np.ndarray
) -> np.ndarray:
    """Minimize the summed logistic loss + ½·Σ pull·(v − center)² over v, with halved steps."""

    def value(v: np.ndarray) -> float:
        return log_loss(design @ v + offset, y) + 0.5 * float(pull @ (v - center) ** 2)

    v = center.copy()
    now = value(v)
    for _ in range(_STEPS):
        p = expit(design @ v + offset)
        gradient = design.T @ (p - y) + pull * (v - center)
        curvature = (design.T * (p * (1 - p))) @ design + np.diag(pull + _TINY)
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while (then := value(v - size * step)) > now and size > 1e-6:
            size /= 2
        v, before, now = v - size * step, now, then
        if abs(before - now) <= 1e-12 * (1 + abs(now)):
            break
    return v
