"""VGG16 fine-tuned on spectrograms: the last convolution of block 3, under a probe's head.

Everything before it is frozen, so its activations are computed once and kept. That is exact,
and it is what makes several draws affordable on two cores.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.recipes.chapter09_voices import Study, VoiceScores, probe
from tlcourse.speech.pooling import pool
from tlcourse.speech.training import compiled, predict, train

if TYPE_CHECKING:
    import keras

    from tlcourse.backbones import Backbone

FROZEN_UP_TO, TUNED = "block3_conv2", "block3_conv3"
_BATCH = 32


def frozen_part(network: Backbone, pictures: np.ndarray) -> np.ndarray:
    """Return the activations after the last frozen layer, float16 (n, 24, 24, 256).

    Cost: 7 ms and 0.3 MB for each picture at 96 px.
    """
    import keras
    import tensorflow as tf

    trunk = keras.Model(network.model.input, network.model.get_layer(FROZEN_UP_TO).output)
    run = tf.function(lambda x: tf.cast(trunk(x, training=False), tf.float16))
    out = np.empty((len(pictures), *trunk.output.shape[1:]), np.float16)
    for start in range(0, len(pictures), _BATCH):
        batch = network.preprocess(pictures[start : start + _BATCH])
        filled = np.pad(batch, ((0, _BATCH - len(batch)), (0, 0), (0, 0), (0, 0)))
        out[start : start + len(batch)] = run(filled).numpy()[: len(batch)]
    return out


def tunable_tail(network: Backbone) -> keras.Model:
    """Build what comes after: a trainable copy of the convolution, time pooling, ten digits.

    Features are standardized before the head, as the probe does: VGG16's run into the
    hundreds, and one step of Adam on a head above them would undo the probe.
    """
    import keras
    from keras import layers

    original = network.model.get_layer(TUNED)
    inputs = keras.Input(network.model.get_layer(FROZEN_UP_TO).output.shape[1:])
    copy = layers.Conv2D.from_config({**original.get_config(), "trainable": True})
    x = layers.MaxPooling2D(2, dtype="float32")(copy(inputs))
    x = layers.Lambda(pool, name="features")(x)
    x = layers.BatchNormalization(
        center=False, scale=False, epsilon=1e-9, trainable=False, dtype="float32",
        name="standardize",
    )(x)  # fmt: skip
    outputs = layers.Dense(10, activation="softmax", dtype="float32", name="word")(x)
    copy.set_weights(original.get_weights())
    return compiled(keras.Model(inputs, outputs))


def tuned_scores(
    name: str,
    network: Backbone,
    pictures: np.ndarray,
    features: np.ndarray,
    study: Study,
    *,
    steps: int = 20,
    rate: float = 2e-5,
) -> VoiceScores:
    """Fine-tune one convolution of VGG16 on each draw, starting from the probe's head.

    Args:
        name: Name of the way.
        network: The pretrained network; its weights are left as they are.
        pictures: uint8 (n, 96, 96, 3).
        features: float (n, 3072): block 3, maximum over time, of the same pictures.
        study: From `voice_study`.
        steps: Batches of 16.
        rate: Learning rate of the first step.
    """
    kernel = network.model.get_layer(TUNED).get_weights()
    before = network.fingerprint()
    frozen, tail = frozen_part(network, pictures), tunable_tail(network)
    predictions, seconds = [], []
    for draw, rows in enumerate(study.draws):
        head = probe(features[rows], study.labels[rows])
        tail.get_layer("standardize").set_weights([head.mean, head.scale**2])
        tail.get_layer("word").set_weights([head.weights, head.bias])
        tail.get_layer(TUNED).set_weights(kernel)
        start = time.perf_counter()
        train(
            tail, frozen[rows], study.labels[rows], steps=steps, rate=rate, batch_size=16,
            augment=_as_float32, seed=draw,
        )  # fmt: skip
        seconds.append(time.perf_counter() - start)
        predictions.append(predict(tail, frozen[study.test], batch_size=_BATCH).argmax(axis=1))
    assert network.fingerprint() == before, "the pretrained network was changed"
    return study.score(name, predictions, seconds=float(np.mean(seconds)))


def _as_float32(batch: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return batch.astype(np.float32)
