"""Descriptions of a picture that need no training: thumbnails, colors, edges, and noise.

Each takes uint8 RGB pictures (n, S, S, 3) and returns one row of numbers for each.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.datasets.images import at_size

THUMBNAIL = 24  # pixels
EDGES_SIZE, EDGES_CELL = 96, 16  # pixels


def gray_thumbnails(images: Any, *, side: int = THUMBNAIL) -> np.ndarray:
    """Return small gray pictures as rows, 0 to 1, float32 (n, side²).

    The plainest description there is: how bright each place is.
    """
    small = _resized(images, side).astype(np.float32)
    return small.mean(axis=3).reshape(len(small), -1) / 255


def color_histograms(images: Any, *, levels: int = 4) -> np.ndarray:
    """Return the share of pixels in each of levels³ boxes of RGB space, float32 (n, levels³).

    It knows which colors a picture has and nothing of where they are.
    """
    images = np.asarray(images)
    boxes = (images.astype(np.int64) * levels) // 256
    codes = (boxes[..., 0] * levels + boxes[..., 1]) * levels + boxes[..., 2]
    codes = codes.reshape(len(images), -1)
    counts = np.stack([np.bincount(row, minlength=levels**3) for row in codes])
    return (counts / codes.shape[1]).astype(np.float32)


def edge_histograms(images: Any) -> np.ndarray:
    """Return histograms of oriented gradients (HOG), float32 (n, 288).

    In each of 6 × 6 cells, how strong are edges in each of 8 directions? The best description
    that was made by hand, before networks learned their own.

    Cost: about 4 ms for each picture.

    Source:
        Dalal and Triggs 2005, "Histograms of Oriented Gradients for Human Detection", CVPR.
    """
    from skimage.feature import hog

    gray = _resized(images, EDGES_SIZE).astype(np.float32).mean(axis=3) / 255
    cell = (EDGES_CELL, EDGES_CELL)
    rows = [hog(g, orientations=8, pixels_per_cell=cell, cells_per_block=(1, 1)) for g in gray]
    return np.stack(rows).astype(np.float32)


def gaussian_noise(images: Any, *, width: int = 2048, seed: int = 0) -> np.ndarray:
    """Return numbers that know nothing of the pictures, float32 (n, width): the placebo."""
    return np.random.default_rng(seed).normal(size=(len(images), width)).astype(np.float32)


def mean_colors(images: Any) -> np.ndarray:
    """Return the mean color of what is drawn, leaving out white paper, RGB 0 to 255, (n, 3)."""
    images = np.asarray(images)
    pixels = images.reshape(len(images), -1, 3).astype(np.float32)
    ink = (pixels.min(axis=2) < 245).astype(np.float32)[..., None]
    return (pixels * ink).sum(axis=1) / np.maximum(ink.sum(axis=1), 1)


def color_names(images: Any) -> np.ndarray:
    """Return the dominant color of each picture as one of six classes, int (n,).

    0 gray (little color), then by hue: 1 red, 2 orange and brown, 3 yellow, 4 green, 5 blue and
    purple.
    """
    from matplotlib.colors import rgb_to_hsv

    hue, saturation, _ = rgb_to_hsv(mean_colors(images) / 255).T
    edges = np.array([15, 40, 70, 170, 320]) / 360  # degrees of the color wheel
    names = np.array([1, 2, 3, 4, 5, 1])[np.searchsorted(edges, hue)]
    return np.where(saturation < 0.15, 0, names).astype(np.int64)


def _resized(images: Any, side: int) -> np.ndarray:
    return at_size(images, side)[np.arange(len(images))]
