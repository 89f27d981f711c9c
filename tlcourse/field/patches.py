"""Square patches of one photograph: where they lie, and their size for a network."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tlcourse.errors import DataError


def grid(height: int, width: int, *, side: int, stride: int) -> list[tuple[int, int]]:
    """Return the upper left corners (row, column) of all patches that fit, row by row.

    Args:
        height: Height of the region, pixels.
        width: Width of the region, pixels.
        side: Side of a patch, pixels.
        stride: Distance between neighbors, pixels. Below `side` they overlap.

    Raises:
        DataError: If no patch fits, or a length is below 1.
    """
    if stride < 1 or not 1 <= side <= min(height, width):
        raise DataError(
            f"Patches of {side} pixels at stride {stride} were asked for in a region of "
            f"{height} × {width}. Expected a stride of 1 or more and a patch that fits."
        )
    rows = range(0, height - side + 1, stride)
    columns = range(0, width - side + 1, stride)
    return [(row, column) for row in rows for column in columns]


def enlarge(patch: np.ndarray, side: int) -> np.ndarray:
    """Return a picture uint8 (h, w, 3) scaled to `side` × `side` pixels, bicubic."""
    if patch.shape[:2] == (side, side):
        return patch
    return np.asarray(Image.fromarray(patch).resize((side, side), Image.Resampling.BICUBIC))
