"""The fast forward pass gives what the layers give, and notices every change of a weight."""

import copy

import numpy as np
import pytest

from tlcourse import forward, runtime
from tlcourse.backbones import POOLS, backbone
from tlcourse.errors import CourseError


def by_layers(network, images):
    import keras

    outputs = [network.model.get_layer(cut).output for cut in POOLS]
    maps = keras.Model(network.model.input, outputs).predict(network.preprocess(images), verbose=0)
    return [np.asarray(m, np.float32).mean((1, 2)) for m in maps]


# 40 px: blocks 3 to 5 are 10, 5 and 2 rows high, so tiles come, go and come again.
# 64 px: 16, 8 and 4 rows; 96 px: 24, 12 and 6.
@pytest.mark.parametrize("side", [32, 36, 40, 50, 64, 96])
def test_every_height_agrees_with_the_layers(rng, side):
    network = backbone(image_size=side, precision="float32", weights="embedded")
    images = rng.integers(0, 256, (3, side, side, 3)).astype(np.uint8)
    found = network.pooled(images, at=POOLS, batch_size=2)
    for cut, wanted in zip(POOLS, by_layers(network, images), strict=True):
        # Sums of large numbers leave an error of their size, also where the result is small.
        np.testing.assert_allclose(found[cut], wanted, rtol=1e-4, atol=1e-5 * wanted.max())


@pytest.mark.parametrize("rows", [2, 4])
def test_fewer_products_give_the_same_rows(rng, rows):
    """Against the definition, for one pixel and one channel."""
    g, d = rng.normal(size=3), rng.normal(size=rows + 2)
    kernel = np.zeros((3, 3, 1, 1))
    kernel[:, 1, 0, 0] = g
    weights = np.array([k[0, 1, 0, 0] for k in forward._winograd_kernels(kernel, rows)])
    a, _, b = (np.array(m) for m in forward._WINOGRAD[rows])
    assert len(weights) == rows + 2 < 3 * rows
    found = a @ (weights * (b @ d))
    np.testing.assert_allclose(found, np.correlate(d, g), rtol=1e-6, atol=1e-6)
    assert (a[:, 1] == 1).all()  # where the bias goes in


@pytest.mark.parametrize(("rows", "height"), [(2, 2), (2, 6), (4, 4), (4, 24)])
def test_row_matrices_carry_whole_pictures(rng, rows, height):
    g, d = rng.normal(size=3), rng.normal(size=height)
    to_products, to_rows = forward._row_matrices(rows, height)
    weights = np.repeat(np.array(forward._WINOGRAD[rows][1]) @ g, height // rows)
    found = to_rows @ (weights * (to_products @ d))
    np.testing.assert_allclose(found, np.correlate(np.pad(d, 1), g), rtol=1e-5, atol=1e-5)


def test_half_or_a_third_fewer_products_from_block_3_on(vgg):
    blocks = forward.prepare(vgg.model)
    assert [len(block) for block in blocks] == [2, 2, 3, 3, 3]
    heights = [vgg.image_size // 2**i for i in range(5)]
    products = [6 if h % 4 == 0 else 4 if h % 2 == 0 else 1 for h in heights]
    assert [len(block[0][0]) for block in blocks] == [1, 1, *products[2:]]
    assert blocks[4][0][0][0].shape[1:] == (3, 512, 512)


def test_bfloat16_loses_little_more_than_the_layers_do(rng):
    exact = backbone(image_size=64, precision="float32", weights="embedded")
    half = backbone(image_size=64, precision="bfloat16", weights="embedded")
    images = rng.integers(0, 256, (4, 64, 64, 3)).astype(np.uint8)
    found, wanted = half.pooled(images, at=POOLS), by_layers(exact, images)
    for cut, plain, target in zip(POOLS, by_layers(half, images), wanted, strict=True):
        loss = np.linalg.norm(found[cut] - target) / np.linalg.norm(target)
        assert loss < 2 * np.linalg.norm(plain - target) / np.linalg.norm(target) + 1e-3


def test_only_what_is_asked_for_is_computed(vgg):
    import tensorflow as tf

    blocks = forward.prepare(vgg.model)
    graph = tf.function(lambda x: forward.pooled(x, blocks, ["block2_pool"]))
    concrete = graph.get_concrete_function(tf.TensorSpec((1, 32, 32, 3), tf.float32))
    convolutions = [op for op in concrete.graph.get_operations() if op.type == "Conv2D"]
    assert len(convolutions) == 4


def test_a_cut_named_twice_is_refused(vgg):
    with pytest.raises(CourseError, match="twice"):
        vgg.pooled(np.zeros((1, 32, 32, 3), np.uint8), at=("block5_pool", "block5_pool"))


CHANGES = {
    "assign": lambda model, kernel: kernel.assign(kernel + 1e-3),
    "in place": lambda model, kernel: kernel.value.assign_add(np.full(kernel.shape, 1e-3, "f4")),
    "one number": lambda model, kernel: kernel.value[0, 0, 0, 0].assign(9.0),
    "set_weights": lambda model, kernel: model.set_weights([w * 1.1 for w in model.get_weights()]),
    "training": lambda model, kernel: train(model),
}


def train(model):
    model.trainable = True
    model.compile("sgd", "mse")
    model.fit(np.ones((2, 32, 32, 3), np.float32), np.ones((2, 1, 1, 512)), verbose=0)


@pytest.mark.parametrize("change", CHANGES)
def test_changed_weights_are_noticed(rng, change):
    network = backbone(image_size=32, precision="float32", weights="random")
    images = rng.integers(0, 256, (2, 32, 32, 3)).astype(np.uint8)
    first, name = network.pooled(images)["block5_pool"], network.fingerprint()
    assert network.fingerprint() == name
    CHANGES[change](network.model, network.model.get_layer("block5_conv3").kernel)
    assert network.fingerprint() != name
    second = network.pooled(images)["block5_pool"]
    assert not np.array_equal(first, second)
    np.testing.assert_allclose(second, by_layers(network, images)[-1], rtol=1e-4, atol=1e-4)


def test_equal_weights_are_hashed_once(monkeypatch):
    network = backbone(image_size=32, weights="random")
    calls = []
    monkeypatch.setattr("tlcourse.backbones._hash_weights", lambda model: calls.append(1) or "x")
    assert [network.fingerprint() for _ in range(3)] == ["x"] * 3
    assert len(calls) == 1


def test_a_copy_with_another_model_answers_for_that_model():
    one, other = (backbone(image_size=32, weights="random", seed=s) for s in (1, 2))
    one.fingerprint()
    moved = copy.copy(one)
    moved.model = other.model
    assert moved.fingerprint() == other.fingerprint()
    assert one.fingerprint() != other.fingerprint()


def test_on_a_gpu_the_layers_run_as_they_are(monkeypatch, rng):
    images = rng.integers(0, 256, (2, 32, 32, 3)).astype(np.uint8)
    network = backbone(image_size=32, precision="float32", weights="embedded")
    expected = network.pooled(images)["block5_pool"]
    there = backbone(image_size=32, precision="float32", weights="embedded")
    monkeypatch.setattr(runtime, "device", lambda: runtime.Device("gpu", "simulated", 1, 0))
    monkeypatch.setattr(forward, "pooled", lambda *a: pytest.fail("this is for a CPU"))
    np.testing.assert_allclose(there.pooled(images)["block5_pool"], expected, rtol=1e-4, atol=1e-4)
