"""LogME as it is often computed: eleven rounds, and a sum that stops too early.

Kept apart from `tlcourse.transferability.logme`, which is exact, so that a lesson can compare
the two.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.transferability.spectrum import Spectrum, prepare, spectrum

ROUNDS, TOLERANCE, TINY = 11, 1e-3, 1e-5


def iterated_logme(features: Any, labels: Any, *, forget: bool) -> float:
    """Return LogME by the paper's fixed-point rounds, on standardized features.

    α ← γ/‖m‖² and β ← (n−γ)/‖Fm−y‖² with γ = Σσ_i/(σ_i+t) and t = α/β, from α = β = 1, for at
    most 11 rounds. Then

        L/n = [D/2·ln α + n/2·ln β − ½·Σ ln(α+βσ_i) − β/2·‖Fm−y‖² − α/2·‖m‖² − n/2·ln 2π] / n.

    Args:
        features: Features, shape (n, D).
        labels: Classes, shape (n,).
        forget: Take the sum over the k nonzero σ_i only. The full sum has D terms.

    Source:
        You et al. 2021, "LogME", ICML, algorithm 1 and the speed-up in its section 4.4.
    """
    F, Y = prepare(features, labels, standardize=True)
    parts = spectrum(F, Y)
    alpha, beta = np.ones(Y.shape[1]), np.ones(Y.shape[1])
    for _ in range(ROUNDS):
        t = alpha / beta
        gamma, length, misfit = _posterior(parts, t)
        alpha, beta = gamma / (length + TINY), (parts.n - gamma) / (misfit + TINY)
        if np.abs(alpha / beta - t).max() <= TOLERANCE * t.max():
            break
    _, length, misfit = _posterior(parts, alpha / beta)
    log_det = np.log(alpha + beta * parts.sigma[:, None]).sum(axis=0)
    if not forget:
        log_det += (parts.d - len(parts.sigma)) * np.log(alpha)
    n = parts.n
    twice = parts.d * np.log(alpha) + n * np.log(beta) - log_det - beta * misfit - alpha * length
    return float((twice / (2 * n) - 0.5 * np.log(2 * np.pi)).mean())


def _posterior(parts: Spectrum, t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return γ, ‖m‖² and ‖Fm−y‖² for one t for each class, each (C,)."""
    sigma, seen = parts.sigma[:, None], parts.projected**2
    gamma = (sigma / (sigma + t)).sum(axis=0)
    length = (seen * sigma / (sigma + t) ** 2).sum(axis=0)
    misfit = (seen * (t / (sigma + t)) ** 2).sum(axis=0) + parts.missed
    return gamma, length, misfit
