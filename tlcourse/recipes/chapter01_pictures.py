"""Features that people wrote down: histograms of edges and of colors, and raw pixels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from tlcourse.datasets import Dataset
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.datasets.images import at_size

COLOR_NAMES = ("red", "yellow", "green", "cyan", "blue", "magenta", "gray")
_WHITE = 250  # a pixel whose channels all reach this is background
_PALE = 0.25  # saturation below which a pixel has no hue worth naming
_HUES, _SATURATIONS, _VALUES = 8, 3, 3


def edge_histograms(images: Any, *, size: int = 96) -> np.ndarray:
    """Return histograms of oriented gradients (HOG), float32 (n, 1764) for 96 px.

    Nine directions in cells of 12 px, each block of 2 x 2 cells divided by its length, so
    that the brightness of an edge does not matter. Invented for pedestrians by Dalal and
    Triggs 2005; no number in it was learned.

    Args:
        images: Pictures, uint8 RGB (n, S, S, 3) or an `ImageSource`.
        size: Side that pictures are brought to, px.
    """
    from skimage.feature import hog

    source = at_size(images, size)
    options = {"orientations": 9, "pixels_per_cell": (12, 12), "cells_per_block": (2, 2)}
    rows = (hog(source[i], channel_axis=-1, **options) for i in range(len(source)))
    return np.stack(list(rows)).astype(np.float32)


def color_histograms(images: Any) -> np.ndarray:
    """Return the shares of 72 colors among the pixels that are not white, float32 (n, 72).

    Eight hues x three saturations x three brightnesses, counted anywhere in the picture.
    """
    rows = []
    for i in range(len(images)):
        hue, saturation, value, drawn = _hsv(images[i])
        edges = (_HUES, _SATURATIONS, _VALUES)
        channels = np.stack([hue, saturation, value], axis=1)[drawn]
        counts, _ = np.histogramdd(channels, bins=edges, range=((0, 1),) * 3)
        rows.append(counts.ravel() / max(drawn.sum(), 1))
    return np.stack(rows).astype(np.float32)


def hand_made(images: Any) -> np.ndarray:
    """Return edges and colors side by side, float32 (n, 1836)."""
    return np.hstack([edge_histograms(images), color_histograms(images)])


def raw_pixels(images: Any, *, side: int = 24) -> np.ndarray:
    """Return pictures reduced to side x side pixels as they are, float32 (n, side*side*3)."""
    small = at_size(images, side)
    return np.stack([small[i].ravel() for i in range(len(small))]).astype(np.float32)


def main_colors(images: Any) -> np.ndarray:
    """Name the main color of each picture, int64 (n,), an index into `COLOR_NAMES`.

    The most frequent of six hues among the colored pixels, or gray where most of the
    drawing has no hue. Nobody has to label it: it is computed from the pixels.
    """
    found = []
    for i in range(len(images)):
        hue, saturation, value, drawn = _hsv(images[i])
        colored = drawn & (saturation > _PALE) & (value > 0.2)
        if colored.sum() < 0.5 * drawn.sum() or not colored.any():
            found.append(len(COLOR_NAMES) - 1)
            continue
        sectors = np.floor(hue[colored] * 6 + 0.5).astype(int) % 6
        found.append(int(np.bincount(sectors, minlength=6).argmax()))
    return np.array(found, np.int64)


def gray_patches(dataset: Dataset) -> Dataset:
    """Return the same pictures without color, each stretched to the same mean and contrast.

    Otherwise "which photograph is this patch from?" is answered by its tint alone.
    """
    gray = np.stack([np.asarray(Image.fromarray(x).convert("L"), float) for x in dataset.images])
    mean = gray.mean(axis=(1, 2), keepdims=True)
    spread = np.maximum(gray.std(axis=(1, 2), keepdims=True), 1.0)
    stretched = np.clip(128 + 50 * (gray - mean) / spread, 0, 255).astype(np.uint8)
    images = np.repeat(stretched[..., None], 3, axis=-1)
    return replace(dataset, images=images, hashes=tuple(map(hash_pixels, images)))


def _hsv(image: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return hue, saturation, value (0 to 1) of each pixel, and which are not white."""
    drawn = ~(image.reshape(-1, 3) >= _WHITE).all(axis=1)
    channels = np.asarray(Image.fromarray(image).convert("HSV"), float).reshape(-1, 3) / 255
    return channels[:, 0], channels[:, 1], channels[:, 2], drawn
