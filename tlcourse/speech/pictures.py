"""Spectrograms as the pictures that an image network expects."""

from __future__ import annotations

import numpy as np

from tlcourse.errors import DataError


def as_pictures(spectrograms: np.ndarray) -> np.ndarray:
    """Turn spectrograms into gray RGB pictures: high frequencies on top, rows doubled.

    Args:
        spectrograms: float (n, 48, 96) in [0, 1], row 0 the lowest band, from `log_mel`.

    Returns:
        uint8 (n, 96, 96, 3), 0 to 255, three equal channels. Preprocessing is the
        network's own and comes later.

    Raises:
        DataError: If the input is not spectrograms with values from 0 to 1.
    """
    spectrograms = np.asarray(spectrograms)
    if spectrograms.ndim != 3:
        raise DataError(
            f"Spectrograms have shape {spectrograms.shape}, expected (clips, bands, frames), as "
            f"speech.log_mel returns them."
        )
    if len(spectrograms) and not (spectrograms.min() >= 0 and spectrograms.max() <= 1):
        raise DataError(
            f"Spectrograms run from {spectrograms.min():.3g} to {spectrograms.max():.3g}, expected "
            f"0 to 1. Pass what speech.log_mel returns, without decibels and without 255."
        )
    gray = np.rint(255 * spectrograms[:, ::-1]).astype(np.uint8)
    return np.repeat(np.repeat(gray, 2, axis=1)[..., None], 3, axis=-1)
