"""Soft dark discs painted into pictures: rare findings whose place and strength are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

COLOR = np.array([0.6, 1.0, 0.5])  # red, green, blue: blood absorbs green most


@dataclass(frozen=True)
class Lesion:
    """One disc.

    Args:
        row: Center, pixels from the top.
        column: Center, pixels from the left.
        diameter: Pixels.
        contrast: Share of the green light that is missing in its middle, 0 to 1.
    """

    row: float
    column: float
    diameter: float
    contrast: float


def draw_lesion(
    rng: np.random.Generator,
    side: int,
    *,
    diameter: tuple[float, float] = (5.0, 12.0),
    contrast: tuple[float, float] = (0.08, 0.25),
) -> Lesion:
    """Draw a lesion that lies inside a patch of `side` pixels, everything uniform."""
    size = rng.uniform(*diameter)
    # Pixel centers have whole coordinates, so the patch reaches from -0.5 to side - 0.5.
    row, column = rng.uniform((size - 1) / 2, side - (size + 1) / 2, 2)
    return Lesion(float(row), float(column), float(size), float(rng.uniform(*contrast)))


def footprint(lesion: Lesion, side: int) -> np.ndarray:
    """Return how strongly each pixel is covered, float (side, side): 1 inside, 0 outside.

    The edge falls from 1 to 0 over the outer 40 percent of the radius, as in the
    microaneurysms of `skimage.data.microaneurysms()`.
    """
    y, x = np.mgrid[:side, :side]
    distance = np.hypot(y - lesion.row, x - lesion.column) / (lesion.diameter / 2)
    return np.clip((1 - distance) / 0.4, 0, 1)


def paint(patch: np.ndarray, lesion: Lesion) -> np.ndarray:
    """Return a copy of a patch, uint8 or float (s, s, 3), with the lesion in it, as float.

    Pixels outside the disc keep their values exactly.
    """
    cover = footprint(lesion, len(patch))[..., None]
    return patch.astype(float) * (1 - lesion.contrast * COLOR * cover)
