"""Sound as a picture: log-mel spectrograms.

A spectrogram has two axes that mean something. Columns are time, 10 ms apart. Rows are
frequency, even on the mel scale, which spaces them as the ear does: 1 kHz to 2 kHz takes
about as many rows as 2 kHz to 4 kHz. The value is a level in decibels below the loudest
point of the same clip, so a louder microphone makes the same picture.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tlcourse.datasets.acoustics import RATE
from tlcourse.errors import DataError

WINDOW, HOP, FFT = 256, 80, 512  # samples: 32 ms, 10 ms, and the length of the transform
BANDS, FRAMES = 48, 96
N_SAMPLES = WINDOW + (FRAMES - 1) * HOP  # 7,856 samples give exactly 96 frames
LOWEST, HIGHEST = 60.0, 3_900.0  # Hz, lower end of the first band and upper end of the last
FLOOR = -60.0  # dB
_AT_ONCE = 64


def log_mel(sounds: np.ndarray, *, floor: float = FLOOR, bands: int = BANDS) -> np.ndarray:
    """Turn clips into log-mel spectrograms.

    Each frame is a window of 32 ms under a Hann curve. The power of its Fourier transform is
    summed in triangular bands, then expressed in dB below the loudest band of the clip,
    and everything below the floor is set to it.

    Args:
        sounds: Clips at 8 kHz, float (n, samples), at least 256 samples each. 7,856 samples
            give 96 frames.
        floor: Level in dB below the loudest point, -120 to -1, that becomes 0.
        bands: Number of mel bands.

    Returns:
        float32 (n, bands, frames) in [0, 1]: 1 is the clip's loudest point, 0 the floor or
        below. Row 0 is the lowest band. A silent clip is 0 everywhere.

    Raises:
        DataError: If the clips are not a table of finite numbers, too short, or the floor
            is not below 0 dB.

    Cost: about 0.3 ms for each clip.

    Source: Davis and Mermelstein 1980, IEEE Transactions on ASSP 28.
    """
    sounds = _check(sounds, floor)
    parts = [_levels(sounds[i : i + _AT_ONCE], bands) for i in range(0, len(sounds), _AT_ONCE)] or [
        np.zeros((0, bands, count_frames(sounds.shape[1])))
    ]
    decibels = np.concatenate(parts)
    return ((np.maximum(decibels, floor) - floor) / -floor).astype(np.float32)


def count_frames(samples: int) -> int:
    """Return how many windows fit: the first one, and one more for each whole hop after it."""
    return 1 + (samples - WINDOW) // HOP


@lru_cache(maxsize=4)
def mel_filters(bands: int = BANDS) -> np.ndarray:
    """Return triangular filters, each peaking where its neighbors end, float64 (bands, 257).

    Raises:
        DataError: If the bands are so narrow that one of them holds no frequency at all.
    """
    ends = to_mel(np.array([LOWEST, HIGHEST]))
    corners = to_hertz(np.linspace(*ends, bands + 2))
    hertz = np.fft.rfftfreq(FFT, 1 / RATE)
    left, peak, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    filters = np.minimum((hertz - left) / (peak - left), (right - hertz) / (right - peak))
    filters = np.maximum(filters, 0)
    if not filters.any(axis=1).all():
        empty = int((~filters.any(axis=1)).sum())
        raise DataError(
            f"{bands} mel bands are too many for a transform of {FFT} samples: {empty} would "
            f"hold no frequency and stay black. Expected at most {BANDS}; use fewer bands."
        )
    return filters


def to_mel(hertz: np.ndarray) -> np.ndarray:
    """Return mel for Hz: linear below about 700 Hz, logarithmic above."""
    return 2595 * np.log10(1 + np.asarray(hertz) / 700)


def to_hertz(mel: np.ndarray) -> np.ndarray:
    """Return Hz for mel."""
    return 700 * (10 ** (np.asarray(mel) / 2595) - 1)


def band_centers(bands: int = BANDS) -> np.ndarray:
    """Return the frequency in Hz at which each band is most sensitive, (bands,)."""
    return to_hertz(np.linspace(*to_mel(np.array([LOWEST, HIGHEST])), bands + 2))[1:-1]


def _check(sounds: np.ndarray, floor: float) -> np.ndarray:
    sounds = np.asarray(sounds)
    if sounds.ndim != 2 or not np.issubdtype(sounds.dtype, np.floating):
        raise DataError(
            f"Sounds have shape {sounds.shape} and type {sounds.dtype}, expected float numbers of "
            f"shape (clips, samples). One clip becomes such a table with clip[None, :]."
        )
    if sounds.shape[1] < WINDOW:
        raise DataError(
            f"The clips have {sounds.shape[1]} samples, and one window needs {WINDOW}. Expected "
            f"about a second at {RATE:,} samples a second; pad them with zeros."
        )
    if not np.isfinite(sounds).all():
        raise DataError("Some samples are not numbers (NaN or infinity). Find and drop that clip.")
    if not -120 <= floor <= -1:
        raise DataError(f"floor is {floor} dB, expected -120 to -1 dB below the loudest point.")
    return sounds


def _levels(sounds: np.ndarray, bands: int) -> np.ndarray:
    """Return levels in dB below each clip's own maximum, float32 (n, bands, frames)."""
    frames = np.lib.stride_tricks.sliding_window_view(sounds, WINDOW, axis=1)[:, ::HOP]
    window = np.hanning(WINDOW).astype(np.float32)
    power = np.abs(np.fft.rfft(frames * window, n=FFT, axis=-1)) ** 2
    energy = np.einsum("ntf,bf->nbt", power, mel_filters(bands), optimize=True)
    loudest = energy.max(axis=(1, 2), keepdims=True)
    return 10 * np.log10(np.maximum(energy / np.where(loudest > 0, loudest, 1), 1e-12))
