"""Thin copies: exact at full rank, no weight too many, and close where the pictures are."""

from types import SimpleNamespace

import numpy as np
import pytest

from tlcourse import field as F
from tlcourse.errors import CourseError, DataError


@pytest.fixture(scope="module")
def little():
    """A network of two blocks with 18 channels, and pictures."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    x = inputs = keras.Input((16, 16, 3))
    for block, depth in ((1, 1), (2, 2)):
        for i in range(1, depth + 1):
            name = f"block{block}_conv{i}"
            x = layers.Conv2D(18, 3, padding="same", activation="relu", name=name)(x)
        x = layers.MaxPooling2D(name=f"block{block}_pool")(x)
    model = keras.Model(inputs, x)
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if layer.weights:
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel, rng.normal(size=bias.shape) * 0.1])
    pictures = rng.integers(0, 255, (40, 16, 16, 3)).astype(np.uint8)
    network = SimpleNamespace(
        model=model, preprocess=lambda x: np.asarray(x, np.float32) / 255, image_size=16
    )
    return network, pictures


def answers(model, network, pictures):
    return np.asarray(model(network.preprocess(pictures), training=False))


def test_at_full_rank_the_copy_is_the_network(little):
    network, pictures = little
    copy = F.thin_copy(network, pictures, parameters=10**6)
    assert copy.ranks == {"block2_conv1": (18, 18), "block2_conv2": (18, 18)}
    expected = answers(network.model, network, pictures)
    assert np.allclose(answers(copy.model, network, pictures), expected, atol=1e-4)
    assert max(copy.lost.values()) < 1e-6
    assert not copy.model.trainable_weights


def test_a_smaller_copy_loses_some_and_says_so(little):
    network, pictures = little
    before = [w.copy() for w in network.model.get_weights()]
    allowed = network.model.layers[1].count_params() + 7_000
    copy = F.thin_copy(network, pictures, parameters=allowed, positions=256)
    assert copy.parameters <= allowed
    expected, found = (answers(m, network, pictures) for m in (network.model, copy.model))
    wrong = np.mean((expected - found) ** 2) / expected.var(axis=(0, 1, 2)).mean()
    assert 1e-6 < wrong < 0.1
    last = [m.get_layer("block2_conv2").output for m in (network.model, copy.model)]
    import keras

    maps = [
        answers(keras.Model(m.input, out), network, pictures)
        for m, out in zip((network.model, copy.model), last, strict=True)
    ]
    spread = maps[0].var(axis=(0, 1, 2)).sum() * maps[0][..., 0].size
    assert copy.lost["block2_conv2"] == pytest.approx(
        np.sum((maps[1] - maps[0]) ** 2) / spread, rel=0.01
    )
    assert all(
        np.array_equal(a, b) for a, b in zip(before, network.model.get_weights(), strict=True)
    )


def test_the_regression_beats_the_plain_projection(little):
    """Fitted answers are closer than those of the network's own kernel on the same ranks."""
    network, pictures = little
    from tlcourse.field import thinning

    layer = network.model.get_layer("block2_conv1")
    maps = thinning._pass(network.model.layers[1:3], network.preprocess(pictures))
    rng = np.random.default_rng(0)
    (down, across, out, bias), teacher = thinning._fit(layer, (8, 8), (maps, maps), 64, rng)
    kernel, own_bias = layer.get_weights()
    ours = np.sum((thinning._thin_conv(maps, (down, across, out, bias)) - teacher) ** 2)
    u, s, v = np.linalg.svd(kernel.reshape(-1, 18), full_matrices=False)
    plain = (u[:, :8] * s[:8] @ v[:8]).reshape(kernel.shape)  # 8 answers, but every input
    theirs = np.sum((np.maximum(thinning._conv(maps, plain) + own_bias, 0) - teacher) ** 2)
    assert ours < theirs


def test_only_the_pictures_given_count(little):
    network, pictures = little
    options = {"parameters": 10_000, "seed": 3}
    one, two = (F.thin_copy(network, pictures[:20], **options) for _ in range(2))
    other = F.thin_copy(network, pictures[20:], **options)
    assert all(
        np.array_equal(a, b)
        for a, b in zip(one.model.get_weights(), two.model.get_weights(), strict=True)
    )
    assert any(
        a.shape != b.shape or not np.array_equal(a, b)
        for a, b in zip(one.model.get_weights(), other.model.get_weights(), strict=True)
    )


def test_what_cannot_be_is_refused(little):
    network, pictures = little
    with pytest.raises(DataError, match="no picture"):
        F.thin_copy(network, pictures[:0], parameters=10**6)
    with pytest.raises(CourseError, match="too few"):
        F.thin_copy(network, pictures, parameters=1_000)


def test_a_tenth_of_vgg16(vgg):
    """All thirteen layers, in a tenth of the weights; read like any small trunk."""
    pictures = np.random.default_rng(0).integers(0, 255, (12, 32, 32, 3)).astype(np.uint8)
    allowed = vgg.model.count_params() // 10
    copy = F.thin_copy(vgg, pictures, parameters=allowed)
    assert copy.parameters <= allowed
    taps = ("block3_pool", "block4_pool", "block5_pool")
    trunk = F.small_trunk(vgg, model=copy.model, taps=taps)
    assert trunk.parameters == copy.parameters
    assert trunk.multiply_adds < vgg.flops / 2 / 2
    found = trunk.features(pictures)
    assert found.shape == (12, 3 * 1280)
    own = vgg.pooled(pictures, at=taps)["block3_pool"]
    assert np.mean((found[:, :256] - own) ** 2) < 0.2 * own.var(axis=0).mean()
