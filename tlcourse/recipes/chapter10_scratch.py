"""The rival of the transferred detector: a small network trained from nothing, for as long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse import preprocessing
from tlcourse.vision.detector import Candidates, assign, decode
from tlcourse.vision.scenes import Scenes

if TYPE_CHECKING:
    import keras

STRIDE = 16
_CONTRACT, _USUAL_SIDE = "minus_one_to_one", 40.0


def build(size: int, n_classes: int, *, seed: int = 0) -> keras.Model:
    """Build MiniVGG up to `block4_pool` with fresh weights, and the three heads of the detector.

    Every place answers with 5 + C numbers: objectness, four for the box, one for each class.
    The last convolution sees the 3×3 places around, as the transferred detector's heads do.
    """
    import keras

    from tlcourse.architectures import minivgg

    keras.utils.set_random_seed(seed)
    trunk = minivgg(size)
    for layer in trunk.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.9  # a short run: averages over hundreds of steps would lag behind
    x = trunk.get_layer("block4_pool").output
    x = keras.layers.Conv2D(128, 3, padding="same", activation="relu", name="head")(x)
    start = np.zeros(5 + n_classes)
    start[0], start[3:5] = -2.5, np.log(_USUAL_SIDE)  # objects are rare, and about this large
    outputs = keras.layers.Conv2D(
        5 + n_classes, 1, bias_initializer=keras.initializers.Constant(start), name="answers"
    )(x)
    return keras.Model(trunk.input, outputs, name="from_scratch")


def train(
    scenes: Scenes,
    *,
    seconds: float,
    seed: int = 0,
    batch_size: int = 16,
    most_steps: int | None = None,
) -> tuple[keras.Model, int]:
    """Train a new network for a number of seconds, pictures mirrored half of the time.

    Args:
        scenes: Training scenes.
        seconds: Wall-clock time; the first step, which compiles, is not counted.
        seed: Seed of the weights and batches.
        batch_size: Scenes in a step.
        most_steps: Stop after so many steps even if time is left.

    Returns:
        The network and its number of steps.
    """
    import keras

    model = build(scenes.size, scenes.n_classes, seed=seed)
    optimizer = keras.optimizers.Adam(2e-3)
    step = _compiled(model, optimizer, scenes.n_classes)
    pixels = preprocessing.contract(_CONTRACT)(scenes.images)
    answers = assign(scenes, stride=STRIDE)
    rng = np.random.default_rng(seed)
    steps, started, order = 0, None, np.zeros(0, np.int64)
    while started is None or time.perf_counter() - started < seconds:
        if most_steps is not None and steps >= most_steps:
            break
        if len(order) < batch_size:
            order = rng.permutation(len(scenes))
        rows, order = order[:batch_size], order[batch_size:]
        step(*_batch(pixels, answers, rows, mirror=rng.random() < 0.5))
        steps += 1
        started = started or time.perf_counter()
    return model, steps


def candidates(model: keras.Model, images: np.ndarray, *, batch_size: int = 32) -> Candidates:
    """Return what the network says at each place of some scenes."""
    pixels = preprocessing.contract(_CONTRACT)(images)
    parts = [
        np.asarray(model(pixels[i : i + batch_size], training=False))
        for i in range(0, len(pixels), batch_size)
    ]
    said = np.concatenate(parts)
    classes = np.exp(said[..., 5:] - said[..., 5:].max(axis=-1, keepdims=True))
    return decode(
        1 / (1 + np.exp(-said[..., 0])),
        said[..., 1:5],
        classes / classes.sum(axis=-1, keepdims=True),
        stride=STRIDE,
    )


def _batch(pixels: np.ndarray, answers: Any, rows: np.ndarray, *, mirror: bool) -> tuple[Any, ...]:
    """Return pictures and what should be said at each place, mirrored left to right or not."""
    state, targets, labels = (part[rows] for part in answers)
    picture = pixels[rows]
    if mirror:
        picture = picture[:, :, ::-1]
        state, targets, labels = (part[:, :, ::-1] for part in (state, targets, labels))
        targets = targets * np.array([-1, 1, 1, 1])  # the offset to the center changes sides
    return (
        np.ascontiguousarray(picture, np.float32),
        state.astype(np.float32),
        targets.astype(np.float32),
        labels.astype(np.int32),
    )


def _compiled(model: keras.Model, optimizer: Any, n_classes: int) -> Any:
    import tensorflow as tf

    optimizer.build(model.trainable_variables)

    @tf.function(reduce_retracing=True)
    def step(pixels: Any, state: Any, targets: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            said = model(pixels, training=True)
            loss = _loss(said, state, targets, labels, n_classes)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return step


def _loss(said: Any, state: Any, targets: Any, labels: Any, n_classes: int) -> Any:
    """Cross-entropy of objectness where it counts; box and class at centers only."""
    import tensorflow as tf

    counts, here = tf.cast(state >= 0, tf.float32), tf.cast(state > 0, tf.float32)
    objectness = tf.nn.sigmoid_cross_entropy_with_logits(here, said[..., 0])
    error = tf.abs(said[..., 1:5] - targets)
    box = tf.reduce_sum(tf.where(error < 1, error**2 / 2, error - 0.5), axis=-1)
    names = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, said[..., 5 : 5 + n_classes])
    n_here = tf.reduce_sum(here) + 1.0
    places = tf.reduce_sum(objectness * counts) / tf.reduce_sum(counts)
    return 5 * places + tf.reduce_sum((box + names) * here) / n_here
