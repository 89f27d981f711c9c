import keras
import numpy as np
import pytest
import tensorflow as tf

from tlcourse import runtime
from tlcourse.backbones import CUTS, backbone
from tlcourse.finetuning import FreezePlan
from tlcourse.finetuning.trunk import build_tail
from tlcourse.finetuning.weight_gradient import applies, convolution, copy_layer


def gradients(function, x, kernel, weight):
    with tf.GradientTape() as tape:
        tape.watch([x, kernel])
        loss = tf.reduce_sum(function(x, kernel) * weight)
    return tape.gradient(loss, [x, kernel])


@pytest.mark.parametrize("side", [(2, 2), (6, 6), (5, 7)])
def test_gradients_are_those_of_the_library(rng, side):
    x = tf.constant(rng.normal(size=(3, *side, 4)), tf.float32)
    kernel = tf.constant(rng.normal(size=(3, 3, 4, 5)), tf.float32)
    weight = tf.constant(rng.normal(size=(3, *side, 5)), tf.float32)
    found = gradients(convolution, x, kernel, weight)
    wanted = gradients(lambda x, k: tf.nn.conv2d(x, k, 1, "SAME"), x, kernel, weight)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def layer(**options):
    options = {
        "filters": 4,
        "kernel_size": 3,
        "padding": "same",
        "dtype": "mixed_bfloat16",
    } | options
    made = keras.layers.Conv2D(**options)
    made.build((None, 6, 6, 8))
    return made


@pytest.mark.parametrize(
    "options",
    [{"dtype": "float32"}, {"kernel_size": 1}, {"strides": 2}, {"padding": "valid"}, {"groups": 2}],
)
def test_other_layers_stay_what_they_are(options):
    assert applies(layer())
    assert not applies(layer(**options))
    assert type(copy_layer(layer(**options))) is keras.layers.Conv2D
    assert type(copy_layer(layer())) is not keras.layers.Conv2D


def test_a_tail_in_bfloat16_takes_the_same_step(monkeypatch, rng):
    network = backbone(image_size=32, precision="bfloat16", weights="embedded")
    ours = build_tail(network, "block4_pool", CUTS, FreezePlan("block5"))
    monkeypatch.setattr(runtime, "device", lambda: runtime.Device("gpu", "simulated", 1, 0))
    plain = build_tail(network, "block4_pool", CUTS, FreezePlan("block5"))
    maps = tf.cast(tf.constant(rng.normal(size=(8, *ours.input.shape[1:]))), tf.bfloat16)
    steps = []
    for tail in (ours, plain):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.cast(tail(maps, training=True), tf.float32) ** 2)
        steps.append(tape.gradient(loss, tail.trainable_variables))
    assert [type(a.layers[1]).__name__ for a in (ours, plain)] == ["Convolution", "Conv2D"]
    for a, b in zip(*steps, strict=True):
        a, b = (np.asarray(g, np.float32).ravel() for g in (a, b))
        assert a @ b / (np.linalg.norm(a) * np.linalg.norm(b)) > 0.999
