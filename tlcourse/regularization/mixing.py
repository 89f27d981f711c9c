"""Mixup and CutMix: train on blends of two items, with blended labels.

Mixup (Zhang et al. 2018, arXiv:1710.09412) blends everything with a share drawn from
Beta(a, a). CutMix (Yun et al. 2019, arXiv:1905.04899) pastes a rectangle of one picture
into another; the label share is the rectangle's area. Both also work on the activations
of a frozen trunk (manifold mixup, Verma et al. 2019, arXiv:1806.05236).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tlcourse.errors import CourseError

Mixed = tuple[list[Any], np.ndarray]


def mixup(
    arrays: list[np.ndarray], targets: np.ndarray, rng: np.random.Generator, *, alpha: float
) -> Mixed:
    """Blend each item with another of the batch.

    Args:
        arrays: Inputs, each with the items along the first axis.
        targets: One-hot labels, float32 (n, C).
        rng: Draws the share and the partners.
        alpha: Beta parameter; 0.2 is usual, 1 blends evenly.
    """
    share = np.float32(rng.beta(alpha, alpha))
    partner = rng.permutation(len(targets))
    return [_blend(a, partner, share) for a in arrays], _blend(targets, partner, share)


def cutmix(
    arrays: list[np.ndarray], targets: np.ndarray, rng: np.random.Generator, *, alpha: float
) -> Mixed:
    """Paste a rectangle of another item into each map; blend what has no positions.

    The share of the label is the area that stayed, counted in whole cells.

    Raises:
        CourseError: If there are no maps, because only a head trains.
    """
    if arrays[0].ndim != 4:
        raise CourseError(
            "CutMix pastes rectangles, and pooled features have none: nothing but the head trains "
            "here. Use mixup, or train a block."
        )
    height, width = arrays[0].shape[1:3]
    wanted = rng.beta(alpha, alpha)
    tall, wide = (round(side * np.sqrt(1 - wanted)) for side in (height, width))
    top = rng.integers(0, height - tall + 1)
    left = rng.integers(0, width - wide + 1)
    partner = rng.permutation(len(targets))
    share = np.float32(1 - tall * wide / (height * width))
    mixed = []
    for a in arrays:
        if a.ndim == 4:
            a = a.copy()
            box = (slice(None), slice(top, top + tall), slice(left, left + wide))
            a[box] = a[partner][box]
            mixed.append(a)
        else:
            mixed.append(_blend(a, partner, share))
    return mixed, _blend(targets, partner, share)


def _blend(array: np.ndarray, partner: np.ndarray, share: np.float32) -> np.ndarray:
    values = array.astype(np.float32)
    return (share * values + (1 - share) * values[partner]).astype(array.dtype)


def mixing(*, mixup: float = 0.0, cutmix: float = 0.0) -> Callable[..., Mixed] | None:
    """Return the function that mixes a batch, or None; with both, one is drawn each time.

    Raises:
        CourseError: If a parameter is negative.
    """
    if mixup < 0 or cutmix < 0:
        raise CourseError(
            f"mixup={mixup} and cutmix={cutmix}: both are Beta parameters, 0 (off) or more."
        )
    chosen = [(f, a) for f, a in ((_MIXUP, mixup), (_CUTMIX, cutmix)) if a > 0]
    if not chosen:
        return None

    def mix(arrays: list[np.ndarray], targets: np.ndarray, rng: np.random.Generator) -> Mixed:
        function, alpha = chosen[int(rng.integers(len(chosen)))]
        return function(arrays, targets, rng, alpha=alpha)

    return mix


_MIXUP, _CUTMIX = mixup, cutmix
