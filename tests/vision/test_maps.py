"""Feature maps: their average is what tl.extract gives, and places can be moved and gathered."""

import numpy as np
import pytest

from tlcourse.errors import DataError
from tlcourse.features import extract
from tlcourse.vision import averaged, feature_maps, flattened, neighborhoods, shuffled_cells


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)


def test_the_average_is_the_known_feature(vgg, pictures):
    maps = feature_maps(vgg, pictures, at="block3_pool", batch_size=2)
    assert maps.shape == (3, 4, 4, 256)
    assert maps.dtype == np.float16
    known = extract(vgg, pictures, at="block3_pool", cache=False)
    np.testing.assert_allclose(averaged(maps), known, rtol=2e-3, atol=1e-2 * known.max())
    assert flattened(maps).shape == (3, 4 * 4 * 256)


def test_one_pass_serves_several_cuts(vgg, pictures):
    both = feature_maps(vgg, pictures, at=("block2_pool", "block3_pool"))
    assert list(both) == ["block2_pool", "block3_pool"]
    assert both["block2_pool"].shape == (3, 8, 8, 128)
    np.testing.assert_array_equal(
        both["block3_pool"], feature_maps(vgg, pictures, at="block3_pool")
    )


def test_wrong_sizes_and_cuts_are_refused(vgg, pictures):
    with pytest.raises(DataError, match="expected \\(n, 32, 32, 3\\)"):
        feature_maps(vgg, pictures[:, :16], at="block3_pool")
    assert feature_maps(vgg, pictures[:0], at="block3_pool").shape == (0, 4, 4, 256)


def test_shuffling_moves_whole_vectors(rng):
    maps = rng.normal(size=(2, 3, 3, 5))
    moved = shuffled_cells(maps, seed=1)
    assert not np.array_equal(moved, maps)
    np.testing.assert_allclose(averaged(moved), averaged(maps), rtol=1e-5)
    for a, b in zip(maps, moved, strict=True):
        assert {tuple(v) for v in a.reshape(-1, 5)} == {tuple(v) for v in b.reshape(-1, 5)}


def test_neighborhoods_hold_the_vectors_around(rng):
    maps = rng.normal(size=(1, 3, 4, 2))
    around = neighborhoods(maps).reshape(1, 3, 4, 9, 2)
    np.testing.assert_array_equal(around[:, :, :, 4], maps)
    np.testing.assert_array_equal(around[0, 1, 1, 0], maps[0, 0, 0])
    np.testing.assert_array_equal(around[0, 1, 1, 5], maps[0, 1, 2])
    assert not around[0, 0, 0, :3].any()
    np.testing.assert_array_equal(neighborhoods(maps, reach=0), maps)
