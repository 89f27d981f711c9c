"""Train the small speech network: pretraining on words, fine-tuning on digits, from scratch.

All three are the same function with other weights at the start. One compiled network can
serve many runs: building a training step takes seconds, copying weights does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.errors import DataError

if TYPE_CHECKING:
    import keras

    from tlcourse.heads import LinearHead

Augment = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def compiled(model: keras.Model) -> keras.Model:
    """Compile for `train`: Adam and cross-entropy on class numbers."""
    import keras

    model.compile(keras.optimizers.Adam(), "sparse_categorical_crossentropy")
    return model


def train(
    model: keras.Model,
    spectrograms: np.ndarray,
    labels: np.ndarray,
    *,
    steps: int,
    rate: float = 3e-3,
    batch_size: int = 32,
    augment: Augment | None = None,
    seed: int = 0,
) -> list[float]:
    """Train for some steps; the rate falls from `rate` to zero along a half cosine.

    Args:
        model: From `compiled`. Its weights are the start; the optimizer starts blank.
        spectrograms: float32 (n, 48, 96).
        labels: Class numbers, int (n,).
        steps: Batches; pass after pass through the data, each in a new order.
        rate: Learning rate of Adam at the first step.
        batch_size: Clips in a step.
        augment: Function (batch, generator) -> batch that leaves labels as they are.
        seed: Seed of the order and of the augmentation.

    Returns:
        The loss of each step, nats.

    Raises:
        DataError: If there is nothing to train on.

    Cost: about 2 ms for each clip and pass.
    """
    if len(labels) == 0 or len(labels) != len(spectrograms):
        raise DataError(
            f"{len(spectrograms)} spectrograms and {len(labels)} labels: expected equally many, "
            f"and at least one."
        )
    for variable in model.optimizer.variables:
        variable.assign(np.zeros(variable.shape, variable.dtype))
    rng = np.random.default_rng(seed)
    passes = -(-steps * batch_size // len(labels))
    order = np.concatenate([rng.permutation(len(labels)) for _ in range(passes)])
    losses = []
    for step in range(steps):
        model.optimizer.learning_rate.assign(rate * (1 + np.cos(np.pi * step / steps)) / 2)
        rows = order[step * batch_size : (step + 1) * batch_size]
        batch = spectrograms[rows]
        batch = augment(batch, rng) if augment else batch
        model.reset_metrics()  # Keras would return the mean since the start
        losses.append(float(model.train_on_batch(batch, labels[rows])))
    return losses


def predict(model: keras.Model, spectrograms: np.ndarray, *, batch_size: int = 128) -> np.ndarray:
    """Return class probabilities in inference mode, float32 (n, C)."""
    starts = range(0, len(spectrograms), batch_size)
    parts = [np.asarray(model(spectrograms[i : i + batch_size], training=False)) for i in starts]
    return np.concatenate(parts)


def start_from(model: keras.Model, source: keras.Model, head: LinearHead | None = None) -> None:
    """Give `model` the convolutions of `source`, and the head of a fitted probe if there is one.

    Starting from the probe's head keeps a random head from sending large, meaningless
    gradients through features that are good already (LP-FT).

    Args:
        model: What is trained next; changed in place.
        source: A network of the same form with any number of classes; left as it is.
        head: A linear head fitted on the features of `source`.

    Source: Kumar et al. 2022, "Fine-tuning can distort pretrained features", ICLR.
    """
    for layer in model.layers:
        if layer.weights and layer.name != "word":
            layer.set_weights(source.get_layer(layer.name).get_weights())
    if head is not None:
        weights = head.weights / head.scale[:, None]
        model.get_layer("word").set_weights([weights, head.bias - head.mean @ weights])


__all__ = ["compiled", "predict", "start_from", "train"]
