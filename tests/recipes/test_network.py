"""Recipes that ask VGG16: flattened grids, blocks, the network as it is now."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse import features as features_module
from tlcourse.backbones import POOLS
from tlcourse.recipes import (
    block_features,
    flat_features,
    keras_vgg16,
    load_pictures,
    pooled_blocks,
)


@pytest.fixture(scope="module")
def network():
    return tl.backbone(image_size=64, precision="float32")


@pytest.fixture
def pictures():
    return load_pictures("emoji", image_size=64, most=70).subset(np.arange(0, 70, 10))


def test_flat_features_are_a_keras_flatten_of_the_last_block(network, pictures):
    import keras

    last = keras.Model(network.model.input, network.model.get_layer(POOLS[-1]).output)
    grid = np.asarray(last(network.preprocess(pictures.images), training=False))
    flat = flat_features(network, pictures)
    assert flat.shape == (7, 2 * 2 * 512)
    expected = np.asarray(keras.layers.Flatten()(grid))
    assert np.allclose(flat, expected, rtol=1e-3, atol=1e-3 * expected.max())
    assert np.allclose(flat, flat_features(network, pictures))  # from the cache


def test_one_pass_fills_the_cache_of_all_blocks(network, pictures, monkeypatch):
    flat_features(network, pictures)

    def never(*args, **kwargs):
        raise AssertionError("the network was asked again")

    monkeypatch.setattr(type(network), "pooled", never)
    stored = block_features(network, pictures)
    assert [values.shape for values in stored.values()] == [
        (7, width) for width in (64, 128, 256, 512, 512)
    ]
    assert features_module.extract(network, pictures, at="block5_pool").shape == (7, 512)


def test_blocks_equal_what_the_network_says_now(network, pictures):
    stored = block_features(network, pictures)
    now = pooled_blocks(network.model, network.preprocess(pictures.images))
    for block in POOLS:
        assert np.abs(stored[block] - now[block]).max() <= 2e-3 * np.abs(now[block]).max()


def test_the_recipe_gets_a_trainable_network():
    base = keras_vgg16(64)
    assert len(base.trainable_weights) == len(base.weights) == 26
    assert base.output.shape == (None, 2, 2, 512)
