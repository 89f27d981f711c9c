"""Standardize each domain by its own statistics (the cheapest repair), or both by the same."""

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


def joint_scale(source: np.ndarray, target: np.ndarray) -> Alignment:
    """Give both domains one scale, by mean and standard deviation over the two together.

    The *same* map serves both, so nothing is aligned. It puts features of unequal loudness
    into one unit before a method that mixes them: block 3 of VGG16 is hundreds of times as
    loud as block 5, and principal axes or covariances of raw features describe block 3 alone.

    Args:
        source: Source features (n_s, d).
        target: Unlabeled target features (n_t, d).

    Returns:
        An alignment into the same d dimensions. Cost: O(n d).
    """
    source, target = feature_pair(source, target)
    both = _own(np.concatenate([source, target]))
    return Alignment("one scale", both, both)


def _own(features: np.ndarray) -> Affine:
    mean, scale = features.mean(axis=0), features.std(axis=0)
    # A constant column has a computed deviation of a few rounding errors, not of zero.
    constant = scale <= 10 * np.finfo(np.float64).eps * np.abs(mean)
    return Affine(mean, 1.0 / np.where(constant | (scale == 0), 1.0, scale))
