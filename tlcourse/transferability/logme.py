"""LogME: how probable are the labels, if a linear function of the features produced them?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.errors import DataError
from tlcourse.transferability.spectrum import Spectrum, prepare, spectrum

# t = alpha/beta is searched over this many powers of e on either side of the largest sigma.
LOG_RANGE = np.log(1e8)
GOLDEN = (np.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Evidence:
    """What LogME found for each of the C classes.

    Attributes:
        score: LogME, the mean of `log_evidence` over the classes, in nats per item.
        log_evidence: Largest log evidence of each one-vs-rest target, divided by n, shape (C,).
        alpha: Precision of the prior on the weights at that maximum, shape (C,).
        beta: Precision of the noise at that maximum, shape (C,).
        sigma: The r nonzero squared singular values σ_i of the features, shape (r,).
        n: Number of items.
        d: Number of features; d − r further σ_i are zero, and each counts ln α in
            Σ_{i=1..d} ln(α + βσ_i).
    """

    score: float
    log_evidence: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray
    sigma: np.ndarray
    n: int
    d: int


def logme(features: Any, labels: Any, *, standardize: bool = True) -> float:
    """Return LogME, the logarithm of maximum evidence, in nats per item; higher is better.

    For each class, y is 1 for its items and 0 for the others. The model is y = Fw + noise with
    w ~ N(0, α⁻¹I) and noise ~ N(0, β⁻¹I), so that y ~ N(0, β⁻¹I + α⁻¹FFᵀ). The score is the log
    density of the observed y, maximized over α and β, divided by n and averaged over classes.
    Nothing is trained, and no weight is ever chosen: all weights are averaged over.

    A score is a log density, not an accuracy: it may be negative, and only the order of the
    candidates on the same labels means something.

    Args:
        features: Features of the labeled target items, shape (n, d).
        labels: Their classes, shape (n,).
        standardize: Bring every feature to mean 0 and standard deviation 1 first.

    Returns:
        The score. Cost: O(n·d·min(n, d)) once, whatever the number of classes.

    Raises:
        DataError: If the inputs do not match, hold NaN, name one class only, or if no feature
            varies.

    Source:
        You, Liu, Wang and Long 2021, "LogME: Practical Assessment of Pre-trained Models for
        Transfer Learning", ICML, equations 2 to 4.

    Example:
        >>> import numpy as np
        >>> labels = np.repeat([0, 1], 20)
        >>> clear = labels[:, None] + np.linspace(0, 0.1, 40)[:, None]
        >>> noise = np.sin(np.arange(40.0))[:, None]
        >>> logme(clear, labels) > logme(noise, labels)
        True
    """
    return evidence(features, labels, standardize=standardize).score


def evidence(features: Any, labels: Any, *, standardize: bool = True) -> Evidence:
    """Return LogME with its parts: α, β and the evidence of each class, and the spectrum.

    The paper alternates two updates, α ← γ/‖m‖² and β ← (n−γ)/‖Fm−y‖² with
    γ = Σσ_i/(σ_i+t), m the posterior mean and t = α/β, for at most 11 rounds. Their fixed points
    are the stationary points of the evidence, but the steps become tiny when features say little
    (t runs to infinity), so that 11 rounds stop short of the maximum. Here β is eliminated
    instead: with t fixed, the best β is n/g(t), where

        g(t) = ‖Fm−y‖² + t·‖m‖² = Σ_i (u_iᵀy)²·t/(σ_i+t) + ‖y − UUᵀy‖²,

    and what remains is one curve in t,

        L(t)/n = −½·[1 + ln 2π + ln(g(t)/n)] − 1/(2n)·Σ_i ln(1 + σ_i/t),

    maximized to machine precision on a grid in ln t refined by golden section.

    In this form nothing can be forgotten. D/2·ln α − ½·Σ_{i=1..D} ln(α+βσ_i) equals
    −½·Σ_i ln(1+σ_i/t): the D−k directions that the data never touch add ln 1 = 0. Written with
    α and β apart, each of them adds ½·ln α − ½·ln α; dropping only the second half lifts
    matrices with many columns, pure noise included.

    Arguments, errors and source are those of `logme`.
    """
    F, Y = prepare(features, labels, standardize=standardize)
    parts = spectrum(F, Y)
    if len(parts.sigma) == 0:
        raise DataError(
            "All features are zero, so they cannot tell classes apart. Check the preprocessing."
        )
    log_t = _best_log_t(parts)
    log_evidence = _log_evidence(parts, log_t)
    beta = parts.n / _misfit(parts, log_t)
    return Evidence(
        score=float(log_evidence.mean()),
        log_evidence=log_evidence,
        alpha=beta * np.exp(log_t),
        beta=beta,
        sigma=parts.sigma,
        n=parts.n,
        d=parts.d,
    )


def _misfit(parts: Spectrum, log_t: np.ndarray) -> np.ndarray:
    """Return g(t) for one t for each class, shape (C,)."""
    shrink = 1 / (1 + parts.sigma[:, None] / np.exp(log_t))  # t / (sigma + t), shape (r, C)
    floor = np.finfo(float).tiny  # labels that the features give exactly leave no misfit
    return np.maximum((parts.projected**2 * shrink).sum(axis=0) + parts.missed, floor)


def _log_evidence(parts: Spectrum, log_t: np.ndarray) -> np.ndarray:
    """Return L(t)/n for one t for each class, shape (C,)."""
    occam = np.log1p(parts.sigma[:, None] / np.exp(log_t)).sum(axis=0)
    fit = 1 + np.log(2 * np.pi) + np.log(_misfit(parts, log_t) / parts.n)
    return -0.5 * fit - 0.5 * occam / parts.n


def _best_log_t(parts: Spectrum) -> np.ndarray:
    """Return the ln t that maximizes the evidence of each class, shape (C,).

    The curve is a sum of sigmoids of ln t with width one, so a grid with steps of a half
    cannot step over its highest peak, and around that peak it has no second one.
    """
    center = np.log(parts.sigma[0])
    grid = np.arange(center - LOG_RANGE, center + LOG_RANGE, 0.5)
    n_classes = parts.projected.shape[1]
    values = np.stack([_log_evidence(parts, np.full(1, u)) for u in grid])
    best = grid[np.argmax(values.reshape(len(grid), n_classes), axis=0)]
    low, high = best - 0.5, best + 0.5
    for _ in range(40):  # 40 golden sections shrink an interval of 1 to 4e-9
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        go_left = _log_evidence(parts, left) >= _log_evidence(parts, right)
        low, high = np.where(go_left, low, left), np.where(go_left, right, high)
    return (low + high) / 2
