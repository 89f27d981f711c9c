"""Maximum mean discrepancy: how far apart two samples lie, seen through a kernel (Gretton 2012)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tlcourse.adaptation._arrays import feature_pair, squared_distances
from tlcourse.errors import DataError


def mmd(
    source: np.ndarray,
    target: np.ndarray,
    *,
    bandwidth: float | Sequence[float] | None = None,
    unbiased: bool = True,
) -> float:
    """Return the *squared* maximum mean discrepancy between two samples.

        MMD² = mean k(s, s′) + mean k(t, t′) − 2 mean k(s, t),   k(x, y) = exp(−‖x − y‖² / m)

    It is zero only when both distributions are equal, because the RBF kernel sees all moments.
    The convention has no 2 in the exponent; scikit-learn's `gamma` is 1/m.

    Args:
        source: Source features (n_s, d).
        target: Target features (n_t, d).
        bandwidth: m, in squared units of the features; several values average their kernels;
            None takes the median heuristic, `median_bandwidth`.
        unbiased: Leave the pairs of an item with itself out of the within-domain means. The
            estimate then has mean zero when nothing differs, so it **may be negative**, and
            a square root would be wrong. False keeps those pairs: never negative, but above
            zero even for equal distributions.

    Returns:
        MMD², without unit, at most 2.

    Cost: O((n_s + n_t)² d) time, 8 (n_s + n_t)² bytes of memory.

    Reference:
        Gretton et al., A Kernel Two-Sample Test, JMLR 13, 2012, equations 3 and 5.

    Example:
        >>> mmd(twemoji_features, outline_features)
    """
    source, target = feature_pair(source, target)
    distances = squared_distances(pooled := np.concatenate([source, target]), pooled)
    np.fill_diagonal(distances, 0.0)  # rounding leaves about 1e-13 there
    kernel = rbf(distances, bandwidth)
    return float(mmd_from_kernel(kernel, len(source), unbiased=unbiased))


def median_bandwidth(distances: np.ndarray) -> float:
    """Return the median of the nonzero squared distances (n, n) between different items.

    The median heuristic: at this m a typical pair has k = exp(−1), where the kernel tells
    near from far best.
    """
    pairs = distances[np.triu_indices(len(distances), k=1)]
    pairs = pairs[pairs > 0]
    if not len(pairs):
        raise DataError(
            "All items are identical, so no kernel width can be chosen. "
            "Check that the features were extracted correctly."
        )
    return float(np.median(pairs))


def rbf(distances: np.ndarray, bandwidth: float | Sequence[float] | None = None) -> np.ndarray:
    """Return the kernel matrix exp(−distance / m), averaged over m if several are given."""
    widths = np.atleast_1d(median_bandwidth(distances) if bandwidth is None else bandwidth)
    if not len(widths) or (widths <= 0).any():
        raise DataError(f"bandwidth={bandwidth}, but positive numbers are needed.")
    return sum(np.exp(-distances / m) for m in widths) / len(widths)


def mmd_from_kernel(
    kernel: np.ndarray, n_source: int, *, members: np.ndarray | None = None, unbiased: bool = True
) -> np.ndarray:
    """Return MMD² from a kernel matrix over the pooled items.

    Args:
        kernel: (n, n), symmetric.
        n_source: Number of source items.
        members: Which items count as source, float 0/1, (n, b): one column for each split of
            the pool, so that a permutation test costs one matrix product. None takes the
            first `n_source` items.
        unbiased: As in `mmd`.

    Returns:
        MMD² for each column, shape (b,), or a scalar when `members` is None.
    """
    n = len(kernel)
    if members is None:
        first = (np.arange(n) < n_source).astype(np.float64)[:, None]
        return mmd_from_kernel(kernel, n_source, members=first, unbiased=unbiased)[0]
    others, n_target = 1.0 - members, n - n_source
    toward_source = kernel @ members
    within_source = (members * toward_source).sum(axis=0)
    across = (others * toward_source).sum(axis=0)
    within_target = (others * (kernel @ others)).sum(axis=0)
    if unbiased:
        diagonal = np.diag(kernel)
        within_source -= diagonal @ members
        within_target -= diagonal @ others
    same = int(unbiased)
    return (
        within_source / (n_source * (n_source - same))
        + within_target / (n_target * (n_target - same))
        - 2 * across / (n_source * n_target)
    )
