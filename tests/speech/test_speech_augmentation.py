"""Augmentations change what they say, and nothing else."""

import numpy as np
import pytest

from tlcourse.errors import DataError
from tlcourse.speech import at_speed, mask, shift_in_time


def test_shifts_move_every_row_alike_and_lose_only_the_edge(rng):
    pictures = np.zeros((50, 4, 30), np.float32)
    pictures[:, :, 15] = np.arange(1, 5)
    moved = shift_in_time(pictures, 8, rng)
    columns = moved.argmax(axis=2)
    assert (columns == columns[:, :1]).all()
    assert set(np.unique(columns[:, 0])) <= set(range(7, 24))
    assert len(np.unique(columns[:, 0])) > 5
    np.testing.assert_array_equal(moved.sum(axis=2), pictures.sum(axis=2))


def test_masks_are_strips_no_wider_than_asked_and_the_input_stays(rng):
    pictures = np.ones((80, 48, 96), np.float32)
    masked = mask(pictures, bands=6, frames=12, rng=rng)
    assert pictures.min() == 1
    bands = (masked.max(axis=2) == 0).sum(axis=1)
    frames = (masked.max(axis=1) == 0).sum(axis=1)
    assert bands.max() == 6
    assert frames.max() == 12
    assert bands.min() == frames.min() == 0
    for b, f, total in zip(bands, frames, masked.sum(axis=(1, 2)), strict=True):
        assert total == (48 - b) * (96 - f)


def test_faster_is_shorter_and_higher():
    sound = np.sin(2 * np.pi * 500 * np.arange(4_000) / 8_000)
    fast = at_speed(sound, 1.25)
    assert len(fast) == 3_200
    peak = np.abs(np.fft.rfft(fast)).argmax() * 8_000 / len(fast)
    assert peak == pytest.approx(625, abs=3)
    with pytest.raises(DataError, match=r"0\.5 to 2"):
        at_speed(sound, 3)
