"""Scikit-learn's digits as pictures."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tlcourse.datasets.digits import CARD, WRITER_STARTS, load_digits_images
from tlcourse.errors import DataError


@pytest.fixture(scope="module")
def data():
    return load_digits_images(size=32, interpolation="nearest")


def test_enlarging_keeps_every_pixel(data):
    original = load_digits()
    np.testing.assert_array_equal(data.labels, original.target)
    blocks = data.images[:, ::4, ::4, 0].astype(float) * 16 / 255
    np.testing.assert_allclose(blocks, original.images, atol=0.04)
    assert data.images.dtype == np.uint8
    assert (data.images == data.images[..., :1]).all()


def test_sizes_and_defaults():
    large = load_digits_images()
    assert large.images.shape == (CARD.n_items, 96, 96, 3)
    assert large.class_names == tuple("0123456789")


def test_every_run_of_a_writer_starts_with_zero_to_nine(data):
    for start in WRITER_STARTS:
        assert data.labels[start : start + 10].tolist() == list(range(10))
    assert len(np.unique(data.groups)) == 14
    assert data.groups[129] == "writer 01"
    assert data.groups[130] == "writer 02"


def test_smooth_pictures_differ_from_blocks(data):
    smooth = load_digits_images(size=32)
    assert not set(smooth.hashes) & set(data.hashes)


@pytest.mark.parametrize("options", [{"size": 4}, {"size": 1_000}, {"interpolation": "cubic"}])
def test_impossible_options_are_refused(options):
    with pytest.raises(DataError, match=next(iter(options))):
        load_digits_images(**options)
