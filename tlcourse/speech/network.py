"""A small network for spectrograms: four blocks, frequency kept, time forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlcourse.speech.log_mel import BANDS, FRAMES
from tlcourse.speech.pooling import pool

if TYPE_CHECKING:
    import keras

FILTERS = (16, 32, 64, 64)
# With Keras's 0.99 the moving statistics need several hundred steps to arrive, and our runs are
# shorter: training would fit while the same network at test time answers by chance.
MOMENTUM = 0.8
FEATURES = "features"


def speech_network(n_classes: int, *, seed: int = 0, dropout: float = 0.0) -> keras.Model:
    """Build the network: (48, 96) spectrogram -> 192 features -> class probabilities.

    Four blocks of 3 x 3 convolution, BatchNorm, ReLU and 2 x 2 maximum leave 3 frequencies
    x 6 times x 64 channels; the maximum over time leaves 192 numbers, the layer "features".

    Args:
        n_classes: Width of the softmax.
        seed: Seed of the weights.
        dropout: Share of features left out while training.

    Returns:
        A Keras model, not compiled, with about 62,000 weights. Input float (n, 48, 96) in
        [0, 1], from `log_mel`.
    """
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    inputs = keras.Input((BANDS, FRAMES), name="log_mel")
    x = layers.Reshape((BANDS, FRAMES, 1))(inputs)
    for i, filters in enumerate(FILTERS, 1):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"block{i}_conv")(x)
        x = layers.BatchNormalization(momentum=MOMENTUM, name=f"block{i}_norm")(x)
        x = layers.ReLU(name=f"block{i}_relu")(x)
        x = layers.MaxPooling2D(2, name=f"block{i}_pool")(x)
    x = layers.Lambda(pool, name=FEATURES)(x)
    if dropout:
        x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, layers.Dense(n_classes, activation="softmax", name="word")(x))


def features_of(model: keras.Model, spectrograms: np.ndarray, *, batch_size: int = 128):
    """Cut the head off and return what it read, float32 (n, 192), in inference mode."""
    import keras

    inner = keras.Model(model.input, model.get_layer(FEATURES).output)
    starts = range(0, len(spectrograms), batch_size)
    parts = [np.asarray(inner(spectrograms[i : i + batch_size], training=False)) for i in starts]
    return np.concatenate(parts)


def with_new_head(model: keras.Model, n_classes: int, *, seed: int = 0) -> keras.Model:
    """Return a new network with the convolutions of `model` and a fresh head.

    The weights are copied: training the new network leaves the old one as it is.
    """
    fresh = speech_network(n_classes, seed=seed)
    for layer in fresh.layers:
        if layer.weights and layer.name != "word":
            layer.set_weights(model.get_layer(layer.name).get_weights())
    return fresh
