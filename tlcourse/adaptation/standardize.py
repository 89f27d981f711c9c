"""Standardize each domain by its own statistics: the cheapest repair, one line of algebra."""

from __future__ import annotations

import numpy as np

from tlcourse.adaptation._arrays import feature_pair
from tlcourse.adaptation.alignment import Affine, Alignment


def standardize(source: np.ndarray, target: np.ndarray) -> Alignment:
    """Give each domain mean 0 and standard deviation 1, each by its *own* statistics.

    The usual habit is to scale the target by the source's mean and standard deviation. When
    the target's features are shifted or stretched as a whole, a classifier then reads every
    target item as the same few classes. With its own statistics, z = (x − μ) / σ with μ, σ
    from the item's own domain, location and scale of each feature agree in both domains.
    This is what AdaBN does inside a network.

    Args:
        source: Source features (n_s, d).
        target: Unlabeled target features (n_t, d).

    Returns:
        An alignment into the same d dimensions. A feature that is constant in one domain
        keeps scale 1 there. Cost: O(n d).

    Example:
        >>> aligned = standardize(source, target)
        >>> aligned.map_target(target).mean(axis=0)  # zeros
    """
    source, target = feature_pair(source, target)
    return Alignment("own statistics", _own(source), _own(target))


def _own(features: np.ndarray) -> Affine:
    mean, scale = features.mean(axis=0), features.std(axis=0)
    # A constant column has a computed deviation of a few rounding errors, not of zero.
    constant = scale <= 10 * np.finfo(np.float64).eps * np.abs(mean)
    return Affine(mean, 1.0 / np.where(constant | (scale == 0), 1.0, scale))
