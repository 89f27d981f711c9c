"""The input contracts of pretrained networks: VGG16's own, and the usual wrong ones.

A network only means something on the kind of numbers it was trained on. The wrong
contracts are here because lessons measure what they cost; each carries a name, so that
cached features never mix.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tlcourse.errors import CourseError

CHANNEL_MEANS_BGR = (103.939, 116.779, 123.68)  # of ImageNet; VGG16 was trained with them
_MEANS = np.asarray(CHANNEL_MEANS_BGR, np.float32)


def vgg16(images: np.ndarray) -> np.ndarray:
    """Blue first, ImageNet means subtracted, nothing divided: about -124 to 152."""
    pixels = images[..., ::-1].astype(np.float32)
    pixels -= _MEANS
    return pixels


def rgb_order(images: np.ndarray) -> np.ndarray:
    """Means subtracted, but red first."""
    return images.astype(np.float32) - _MEANS[::-1]


def none(images: np.ndarray) -> np.ndarray:
    """Raw RGB pixels, 0 to 255."""
    return images.astype(np.float32)


def minus_one_to_one(images: np.ndarray) -> np.ndarray:
    """RGB scaled to [-1, 1], the contract of other networks."""
    return images.astype(np.float32) / 127.5 - 1


def divide_255(images: np.ndarray) -> np.ndarray:
    """RGB scaled to [0, 1], the contract of yet other networks."""
    return images.astype(np.float32) / 255


def divide_then_subtract(images: np.ndarray) -> np.ndarray:
    """Divided by 255 and then treated as VGG16 wants it: every picture looks alike."""
    return vgg16(divide_255(images))


CONTRACTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "vgg16": vgg16,
    "rgb_order": rgb_order,
    "none": none,
    "minus_one_to_one": minus_one_to_one,
    "divide_255": divide_255,
    "divide_then_subtract": divide_then_subtract,
}


def contract(name: str) -> Callable[[np.ndarray], np.ndarray]:
    """Return the preprocessing function called `name`.

    It takes RGB pictures (n, S, S, 3), 0 to 255, and returns new float32 arrays of the
    same shape; the input is never changed in place.

    Raises:
        CourseError: For an unknown name.
    """
    if name not in CONTRACTS:
        raise CourseError(
            f"Unknown preprocessing '{name}'. Expected one of {', '.join(CONTRACTS)}; VGG16 was "
            f"trained with 'vgg16'."
        )
    return CONTRACTS[name]
