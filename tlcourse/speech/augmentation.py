"""Changes of a spectrogram or a sound that leave the word what it is."""

from __future__ import annotations

import numpy as np
from scipy.signal import resample

from tlcourse.errors import DataError


def shift_in_time(spectrograms: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Move each spectrogram by up to `most` frames, at random; what leaves comes in as 0.

    Args:
        spectrograms: float (n, bands, frames).
        most: Largest shift, frames of 10 ms.
        rng: Source of randomness.
    """
    out = np.zeros_like(spectrograms)
    frames = spectrograms.shape[2]
    for i, by in enumerate(rng.integers(-most, most + 1, size=len(spectrograms))):
        a, b = max(0, by), max(0, -by)
        out[i, :, a : frames - b] = spectrograms[i, :, b : frames - a]
    return out


def mask(
    spectrograms: np.ndarray, *, bands: int, frames: int, rng: np.random.Generator
) -> np.ndarray:
    """Erase one random strip of bands and one of frames (SpecAugment).

    Args:
        spectrograms: float (n, bands, frames); not changed.
        bands: Widest strip of bands; 0 erases none.
        frames: Widest strip of frames.
        rng: Source of randomness.

    Source: Park et al. 2019, "SpecAugment", Interspeech.
    """
    out = spectrograms.copy()
    _, n_bands, n_frames = out.shape
    for picture in out:
        for size, limit, axis in ((bands, n_bands, 0), (frames, n_frames, 1)):
            width = rng.integers(0, size + 1)
            start = rng.integers(0, limit - width + 1)
            picture[(slice(None),) * axis + (slice(start, start + width),)] = 0
    return out


def at_speed(sound: np.ndarray, factor: float) -> np.ndarray:
    """Play a clip faster: shorter, and higher in pitch and resonances, as by a smaller speaker.

    Args:
        sound: float (m,).
        factor: 1.1 is ten percent faster; 0.5 to 2.

    Returns:
        float32 (m / factor,).

    Source: Ko et al. 2015, "Audio augmentation for speech recognition", Interspeech.
    """
    if not 0.5 <= factor <= 2:
        raise DataError(f"A speed of {factor} is no longer speech; expected 0.5 to 2.")
    return resample(sound, max(1, round(len(sound) / factor))).astype(np.float32)
