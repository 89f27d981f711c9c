"""The rival of transfer: a small convolutional network trained from scratch.

It gets the same labels, the same split and fair treatment (normalization,
augmentation, a validation part for early stopping), so that the gain of transfer is
not an artifact of a neglected baseline.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse import runtime
from tlcourse.errors import DataError

if TYPE_CHECKING:
    import keras

_FILTERS = (32, 64, 128, 128)
_PATIENCE = 15
# Keras' default of 0.99 needs hundreds of steps to follow the batches. A small data set has ten
# steps in an epoch: validation would then judge the network by statistics of its random start.
_MOMENTUM = 0.9


@dataclass(frozen=True, eq=False)
class ScratchModel:
    """A trained network and how it got there.

    Args:
        model: Keras model: uint8 or float RGB pictures 0 to 255 in, probabilities out.
        history: Loss and accuracy for each epoch.
        seconds: Training time, s.
        flops: Floating-point operations of training (a step costs three forward passes).
    """

    model: keras.Model
    history: tuple[dict[str, float], ...]
    seconds: float
    flops: float

    @property
    def trained_parameters(self) -> int:
        """Number of trained weights."""
        return int(sum(np.prod(v.shape) for v in self.model.trainable_variables))

    def predict_proba(self, images: Any) -> np.ndarray:
        """Return class probabilities, float32 (n, C), in batches so that memory stays flat."""
        batches = [
            self.model.predict_on_batch(np.asarray(images[np.arange(i, min(i + 64, len(images)))]))
            for i in range(0, len(images), 64)
        ]
        return np.concatenate(batches)


def small_cnn(image_size: int, n_classes: int, *, seed: int = 0) -> keras.Model:
    """Build four blocks of convolution, batch normalization, ReLU and pooling.

    Augmentation (flip, shift, zoom) is part of the model and acts in training only.
    About 0.25 million weights.
    """
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    inputs = keras.Input((image_size, image_size, 3), name="rgb_pixels")
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.RandomFlip("horizontal", seed=seed)(x)
    x = layers.RandomTranslation(0.08, 0.08, seed=seed)(x)
    x = layers.RandomZoom(0.1, seed=seed)(x)
    for filters in _FILTERS:
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=_MOMENTUM)(x)
        x = layers.Activation("relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.3, seed=seed)(x)
    return keras.Model(inputs, layers.Dense(n_classes, activation="softmax")(x), name="small_cnn")


def fit_scratch(
    images: Any,
    labels: np.ndarray,
    *,
    validation: tuple[Any, np.ndarray],
    n_classes: int,
    epochs: int = 60,
    batch_size: int = 32,
    seed: int = 0,
    on_epoch: Callable[[int, int], None] | None = None,
) -> ScratchModel:
    """Train `small_cnn` with Adam at 1e-3 and keep the weights that validate best.

    Args:
        images: uint8 (n, S, S, 3) or an `ImageSource`.
        labels: int (n,).
        validation: Pictures and labels that decide when to stop; never the test part.
        n_classes: Number of classes C.
        epochs: At most this many; stops after 15 without a better validation loss.
        batch_size: Pictures in a step.
        seed: Seed of weights, order and augmentation.
        on_epoch: Called with (epoch, epochs).

    Raises:
        DataError: If the validation part is empty.
    """
    runtime.quiet_tensorflow()
    import keras

    if not len(validation[1]):
        raise DataError(
            "Training from scratch needs a validation part to know when to stop. Split with "
            "validation above 0."
        )
    start = time.perf_counter()
    side = images[np.arange(1)].shape[1]
    model = small_cnn(side, n_classes, seed=seed)
    model.compile(
        keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    stop = keras.callbacks.EarlyStopping(
        "val_loss", patience=_PATIENCE, restore_best_weights=True, verbose=0
    )
    report = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: on_epoch and on_epoch(epoch + 1, epochs)
    )
    log = model.fit(
        _batches(keras, images, labels, batch_size, seed=seed),
        validation_data=_batches(keras, *validation, 64, seed=None),
        epochs=epochs,
        callbacks=[stop, report],
        verbose=0,
    ).history
    history = tuple({k: float(v[i]) for k, v in log.items()} for i in range(len(log["loss"])))
    flops = 3 * _flops(model) * len(labels) * len(history)
    return ScratchModel(model, history, time.perf_counter() - start, flops)


def _batches(
    keras: Any, images: Any, labels: np.ndarray, batch_size: int, *, seed: int | None
) -> Any:
    """Wrap pictures for `fit`; a new order for each epoch where there is a seed."""

    class Batches(keras.utils.PyDataset):
        def __init__(self) -> None:
            super().__init__()
            self.rng = None if seed is None else np.random.default_rng(seed)
            self.order = np.arange(len(labels))
            self.on_epoch_end()

        def __len__(self) -> int:
            return -(-len(labels) // batch_size)

        def __getitem__(self, i: int) -> tuple[np.ndarray, np.ndarray]:
            rows = self.order[i * batch_size : (i + 1) * batch_size]
            return np.asarray(images[rows]), labels[rows]

        def on_epoch_end(self) -> None:
            if self.rng is not None:
                self.order = self.rng.permutation(len(labels))

    return Batches()


def _flops(model: keras.Model) -> float:
    from tlcourse.backbones import conv_flops

    return float(sum(conv_flops(layer) for layer in model.layers))
