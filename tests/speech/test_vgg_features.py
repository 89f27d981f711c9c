"""Features of the image network: one pass, pooled inside, cached by content."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.errors import CourseError
from tlcourse.speech import picture_features, pool

PLACES = [("block3_pool", "time"), ("block2_pool", "both")]


@pytest.fixture(scope="module")
def network():
    return tl.backbone(image_size=96, weights="random", seed=0)


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 256, (3, 96, 96, 3)).astype(np.uint8)


def test_features_are_pooled_maps_of_the_network(network, pictures):
    import keras

    found = picture_features(network, pictures, PLACES, cache=False)
    assert found[PLACES[0]].shape == (3, 12 * 256)
    for cut, forget in PLACES:
        trunk = keras.Model(network.model.input, network.model.get_layer(cut).output)
        maps = trunk(network.preprocess(pictures), training=False)
        expected = np.asarray(pool(maps, forget), np.float32)
        np.testing.assert_allclose(found[cut, forget], expected, rtol=0.02, atol=0.02)


def test_known_pictures_are_read_and_copies_computed_once(network, pictures, monkeypatch):
    twice = pictures[[0, 1, 0]]
    first = picture_features(network, twice, PLACES)
    np.testing.assert_array_equal(first[PLACES[0]][0], first[PLACES[0]][2])
    monkeypatch.setattr("tlcourse.speech.vgg_features._compute", None)
    again = picture_features(network, twice[::-1], PLACES[:1])
    np.testing.assert_array_equal(again[PLACES[0]], first[PLACES[0]][::-1])


def test_another_size_is_refused(network):
    with pytest.raises(CourseError, match=r"image_size=64"):
        picture_features(network, np.zeros((1, 64, 64, 3), np.uint8), PLACES)
