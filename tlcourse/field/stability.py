"""Has the portfolio moved? A number that needs no outcomes, and so is there in time."""

from __future__ import annotations

import numpy as np

from tlcourse.errors import DataError


def stability_index(before: np.ndarray, now: np.ndarray, *, bins: int = 10) -> float:
    """Return the population stability index of one number, such as a score.

    The values of `before` are cut into bins with equal shares; then
    Σ (q − p)·ln(q/p) over the bins, p the share before and q the share now. Zero means no
    change. Banks use 0.1 and 0.25 as rules of thumb; no theory stands behind these two.
    It is blind where the meaning of the columns changes and their values do not.

    Args:
        before: Values in the development sample, (n,).
        now: Values today, (m,).
        bins: Number of bins.

    Raises:
        DataError: If one is empty or not finite, or `bins` is below 2.
    """
    before, now = (np.asarray(x, float).ravel() for x in (before, now))
    if bins < 2 or not len(before) or not len(now):
        raise DataError(
            f"{len(before)} values before, {len(now)} now and {bins} bins. Expected values on "
            f"both sides and at least 2 bins."
        )
    if not (np.isfinite(before).all() and np.isfinite(now).all()):
        raise DataError("Some values are NaN or infinite. Expected numbers; find the missing ones.")
    edges = np.unique(np.quantile(before, np.linspace(0, 1, bins + 1)[1:-1]))

    def shares(values: np.ndarray) -> np.ndarray:
        counts = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1)
        return (counts + 0.5) / (counts + 0.5).sum()  # no bin is ever empty

    p, q = shares(before), shares(now)
    return float(((q - p) * np.log(q / p)).sum())
