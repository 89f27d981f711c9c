"""H-score: how much of the spread of the features lies between the classes?"""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.errors import DataError
from tlcourse.transferability.spectrum import prepare, spectrum


def h_score(
    features: Any, labels: Any, *, shrinkage: float | None = None, standardize: bool = True
) -> float:
    """Return the shrunk H-score, between 0 and C−1; higher is better.

    The plain score is H = tr(Σ⁻¹ Σ_between): Σ is the covariance of the features, and Σ_between
    the covariance that is left when each item is replaced by the mean of its class. It is 0
    when the class means coincide, and C−1 when items differ only between classes.

    With as many features as items (D ≥ n−1) the plain score is always C−1, whatever the labels:
    so many directions separate anything. The cure is a better estimate of the covariance,
    Ledoit and Wolf's Σ_a = (1−a)Σ + a·μI with μ = tr(Σ)/D and a in [0, 1] chosen from the data:

        H_a = (1−a)·tr(Σ_a⁻¹ Σ_between) = Σ_i [(1−a)·λ_i / ((1−a)·λ_i + aμ)]·‖P u_i‖²,

    with λ_i = s_i²/n from the singular value decomposition of the centered features, u_i the
    left singular vectors and P the projection onto the class means. The factor (1−a) keeps
    every bracket at or below 1, and with it H_a ≤ C−1. No D×D matrix is ever inverted.

    Args:
        features: Features of the labeled target items, shape (n, D).
        labels: Their classes, shape (n,).
        shrinkage: The weight a, from 0 (the plain score) to 1; by default Ledoit and Wolf's.
        standardize: Bring every feature to standard deviation 1 first (they are always centered).

    Returns:
        The score, without unit. Cost: O(n·D·min(n, D)).

    Raises:
        DataError: If the inputs do not match, hold NaN, name one class only, or if no feature
            varies.

    Source:
        Bao et al. 2019, "An Information-Theoretic Approach to Transferability in Task Transfer
        Learning", ICIP; the shrunk form: Ibrahim, Ponomareva and Mazumder 2021,
        arXiv 2110.06893; Ledoit and Wolf 2004, Journal of Multivariate Analysis 88.

    Example:
        >>> import numpy as np
        >>> labels = np.repeat([0, 1], 20)
        >>> clear = labels[:, None] + np.linspace(0, 0.1, 40)[:, None]
        >>> 0.9 < h_score(clear, labels) <= 1
        True
    """
    if shrinkage is not None and not 0 <= shrinkage <= 1:
        raise DataError(
            f"The shrinkage is {shrinkage}; expected a weight from 0 (the plain score) to 1. "
            f"Leave it out to let Ledoit and Wolf's formula choose."
        )
    F, Y = prepare(features, labels, standardize=standardize)
    F = F - F.mean(axis=0)
    parts = spectrum(F, Y)
    a = _ledoit_wolf(F, parts.sigma) if shrinkage is None else shrinkage
    variances = parts.sigma / parts.n
    bracket = (1 - a) * variances / ((1 - a) * variances + a * variances.sum() / parts.d)
    between = (parts.projected**2 / Y.sum(axis=0)).sum(axis=1)
    return float((bracket * between).sum())


def _ledoit_wolf(F: np.ndarray, sigma: np.ndarray) -> float:
    """Return Ledoit and Wolf's shrinkage of centered features F (n, D), from their spectrum.

    scikit-learn's `ledoit_wolf_shrinkage` gives the same number and sums over all D² pairs of
    features for it. Both sums are known without them: ‖FᵀF‖² = Σσ_i², and the sum of all entries
    of (F²)ᵀF² is the sum over items of (Σ_j F_ij²)². For 4,608 features that takes milliseconds.
    """
    n, d = F.shape
    if d == 1:
        return 0.0
    lengths = (F**2).sum(axis=1)  # of the items, shape (n,)
    mu = lengths.sum() / (n * d)
    squares = (sigma**2).sum() / n**2  # ‖Σ‖², summed over all entries
    spread = (squares - d * mu**2) / d
    noise = min(((lengths**2).sum() / n - squares) / (d * n), spread)
    return float(noise / spread) if noise > 0 else 0.0
