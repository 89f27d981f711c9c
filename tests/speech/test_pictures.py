"""Spectrograms as pictures."""

import numpy as np
import pytest

from tlcourse.errors import DataError
from tlcourse.speech import as_pictures


def test_low_frequencies_end_up_at_the_bottom_in_three_equal_channels():
    spectrogram = np.zeros((1, 48, 96), np.float32)
    spectrogram[0, 0, 5] = 1
    picture = as_pictures(spectrogram)[0]
    assert picture.shape == (96, 96, 3)
    assert picture.dtype == np.uint8
    assert (picture[-2:, 5] == 255).all()
    assert picture.sum() == 2 * 3 * 255


@pytest.mark.parametrize("wrong", [np.full((1, 48, 96), -20.0), np.full((1, 48, 96), 255.0)])
def test_other_scales_are_refused(wrong):
    with pytest.raises(DataError, match="expected 0 to 1"):
        as_pictures(wrong)


def test_other_shapes_are_refused():
    with pytest.raises(DataError, match="bands, frames"):
        as_pictures(np.zeros((48, 96)))
