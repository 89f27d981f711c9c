"""Training contenders: an epoch of fine-tuning, and the classic recipe, against ours."""

from __future__ import annotations

import os
import tempfile
from typing import Any

import numpy as np
from workers import Turn

MANY = 100_000  # epochs; the race ends long before
VALIDATION = 0.2


def emoji(n: int) -> Any:
    """Return about n emoji in Noto style, every class by its share."""
    import tlcourse as tl

    data = tl.load("emoji", style="noto")
    order = np.random.default_rng(0).permutation(len(data))
    return data.subset(np.sort(order[:n]))


def finetune_ours(turn: Turn, *, n: int, image_size: int, precision: str) -> None:
    """Fine-tune block 5 from the cached trunk; one piece is one epoch.

    The warm-up contains what is done once: the trunk, and compiling.
    """
    import tlcourse as tl
    from tlcourse.datasets.sealed import Split

    data = emoji(n)
    nothing = np.array([], np.int64)
    split = Split(data, np.arange(len(data)), nothing, 0, nothing)
    network = tl.backbone(image_size=image_size, precision=precision)
    turn(precision=network.precision, pictures=len(data))
    tl.finetune(
        network,
        split,
        plan=tl.FreezePlan("block5", head_first=False),
        epochs=MANY,
        schedule="constant",
        part="train",
        on_epoch=lambda epoch, epochs: turn(),
    )


def finetune_keras(turn: Turn, *, n: int, image_size: int) -> None:
    """Fit the same network in plain Keras, float32, everything below block 5 frozen."""
    import tlcourse as tl  # for the weights only

    data = emoji(n)
    network = tl.backbone(image_size=image_size, precision="float32")
    import keras
    from keras import layers

    base = network.model
    for layer in base.layers:
        layer.trainable = layer.name.startswith("block5")
    cuts = [base.get_layer(f"block{i}_pool").output for i in (3, 4, 5)]
    joined = layers.Concatenate()([layers.GlobalAveragePooling2D()(cut) for cut in cuts])
    scaled = layers.Normalization(mean=0.0, variance=1.0)(joined)
    outputs = layers.Dense(data.n_classes, activation="softmax")(scaled)
    model = keras.Model(base.input, outputs)
    model.compile(keras.optimizers.AdamW(1e-4), "categorical_crossentropy", metrics=["accuracy"])
    pixels = network.preprocess(_at_size(data, image_size))
    turn(precision="float32", pictures=len(data))
    model.fit(
        pixels,
        np.eye(data.n_classes, dtype=np.float32)[data.labels],
        batch_size=32,
        epochs=MANY,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: turn())],
    )


def recipe_classic(turn: Turn, *, n: int, image_size: int) -> None:
    """Run the classic recipe with its base frozen and its preprocessing right, epoch by epoch.

    Every epoch sends augmented pictures through VGG16; Flatten, Dense 1024 and RMSprop at
    its default rate follow. One piece is one epoch with its validation.
    """
    import keras

    import tlcourse as tl

    data, accuracy = emoji(n), []
    values = tl.backbone(image_size=image_size, precision="float32").model.get_weights()
    images = _at_size(data, image_size).astype(np.float32)
    one_hot = np.eye(data.n_classes, dtype=np.float32)[data.labels]
    split = tl.split(data, test=0.05, validation=VALIDATION, seed=0)
    keras.utils.set_random_seed(0)
    model = _classic(values, image_size, data.n_classes)

    def next_epoch(epoch: int, logs: dict[str, float]) -> None:
        accuracy.append(float(logs["val_accuracy"]))
        turn(accuracy=accuracy, best_accuracy=max(accuracy))

    turn(pictures=len(split.train) + len(split.validation))
    model.fit(
        images[split.train],
        one_hot[split.train],
        validation_data=(images[split.validation], one_hot[split.validation]),
        batch_size=32,
        epochs=MANY,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=next_epoch)],
    )


def _classic(values: list[np.ndarray], image_size: int, n_classes: int) -> Any:
    import keras
    from keras import layers, ops
    from keras.applications import vgg16

    shape = (image_size, image_size, 3)
    base = vgg16.VGG16(weights=None, include_top=False, input_shape=shape)
    base.set_weights(values)
    base.trainable = False
    inputs = keras.Input(shape)
    x = layers.RandomFlip("horizontal")(inputs)
    x = layers.RandomRotation(0.1)(x)
    x = layers.RandomZoom(0.1)(x)
    x = ops.flip(x, axis=-1) - np.array((103.939, 116.779, 123.68), np.float32)
    x = layers.Flatten()(base(x))
    x = layers.Dense(1024, activation="relu")(x)
    model = keras.Model(inputs, layers.Dense(n_classes, activation="softmax")(x))
    model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    return model


def recipe_ours(turn: Turn, *, n: int, image_size: int) -> None:
    """Build the backbone, extract with an empty cache and fit a linear head, on the same split."""
    import tlcourse as tl

    data = emoji(n)
    split = tl.split(data, test=0.05, validation=VALIDATION, seed=0)
    rows, m = np.concatenate([split.train, split.validation]), len(split.train)
    labels = data.labels[rows]
    turn(pictures=len(rows))
    while True:
        with tempfile.TemporaryDirectory() as cache:
            os.environ["TLCOURSE_CACHE"] = cache
            features = tl.extract(tl.backbone(image_size=image_size), data.subset(rows))
            head = tl.fit_head(features[:m], labels[:m], groups=data.groups[rows][:m])
            right = head.predict(features[m:]) == labels[m:]
        turn(best_accuracy=float(right.mean()))


def _at_size(data: Any, image_size: int) -> np.ndarray:
    from tlcourse.datasets.images import at_size

    return np.asarray(at_size(data.images, image_size)[np.arange(len(data))])
