"""Distillation: a small network learns from the answers of a large one.

Labels are few; pictures without labels are many, and the teacher can answer for them. The
student learns the teacher's *probabilities*: they say more than the most probable class
(Hinton, Vinyals & Dean 2015, arXiv:1503.02531). With temperature T the target is
softmax(z/T), softer for larger T; the student's logits are divided by T in training too,
and the loss multiplied by T², which keeps gradients at one size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.errors import DataError

if TYPE_CHECKING:
    import keras

_SMALLEST = 1e-12  # probabilities below it are taken for this when a logarithm is needed
_CLIP = 5.0  # standardized features are cut here: a rare maximum must not rule the network


@dataclass(frozen=True, eq=False)
class Student:
    """A small network on pooled features: standardize, hidden layers, softmax.

    Args:
        mean: Feature means of the pictures it was trained on, (d,).
        scale: Feature deviations, (d,).
        model: Keras model from standardized features to logits.
    """

    mean: np.ndarray
    scale: np.ndarray
    model: keras.Model

    @property
    def trained_parameters(self) -> int:
        """Number of trained weights."""
        return int(self.model.count_params())

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Return scores before the softmax, float32 (n, C)."""
        return np.asarray(self.model(self._ready(features), training=False))

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the most probable class of each row, int64 (n,)."""
        return self.logits(features).argmax(axis=1)

    def _ready(self, features: np.ndarray) -> np.ndarray:
        z = (np.asarray(features, np.float32) - self.mean) / self.scale
        return np.clip(z, -_CLIP, _CLIP)


def soften(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return softmax(ln p / T), (n, C): softer for T > 1, sharper below.

    Raises:
        DataError: If T is not positive, or rows are not probabilities.
    """
    p = np.asarray(probabilities, float)
    if temperature <= 0 or p.ndim != 2 or (p < 0).any() or not np.allclose(p.sum(1), 1, atol=1e-3):
        raise DataError(
            f"Probabilities of shape {p.shape} were to be softened with T = {temperature}. "
            f"Expected rows that sum to 1, and T above 0."
        )
    logits = np.log(np.maximum(p, _SMALLEST)) / temperature
    logits -= logits.max(axis=1, keepdims=True)
    soft = np.exp(logits)
    return soft / soft.sum(axis=1, keepdims=True)


def distill(
    features: np.ndarray | Sequence[np.ndarray],
    probabilities: np.ndarray,
    *,
    temperature: float = 1.0,
    hidden: Sequence[int] = (128,),
    dropout: float = 0.3,
    epochs: int = 30,
    batch_size: int = 64,
    rate: float = 1e-3,
    seed: int = 0,
) -> Student:
    """Train a student on the teacher's probabilities; no label is needed.

    Args:
        features: Features of the small trunk, (n, d); or several views of the same pictures
            (mirrored, shifted), each (n, d): the answer is the same for all of them.
        probabilities: The teacher's answer to each picture, (n, C). One-hot rows are labels
            (or pseudo-labels), and then this is ordinary training.
        temperature: T.
        hidden: Units of the hidden layers; () is a linear student.
        dropout: Share of units left out, at the input and after each hidden layer.
        epochs: Passes through all views.
        batch_size: Rows in a step.
        rate: Learning rate of AdamW.
        seed: Seed of weights, order and dropout.

    Raises:
        DataError: If views and probabilities do not pair.

    Cost: about 10 s for 4,000 rows of 2,000 features and 30 epochs on one core.
    """
    views = [features] if isinstance(features, np.ndarray) else list(features)
    targets = soften(probabilities, temperature).astype(np.float32)
    if not views or any(v.ndim != 2 or v.shape != views[0].shape for v in views):
        raise DataError("Views differ in shape, or there is none. Expected arrays (n, d), alike.")
    if len(views[0]) != len(targets):
        raise DataError(
            f"There are {len(views[0])} pictures and {len(targets)} answers. Expected one answer "
            f"of the teacher for each picture."
        )
    import keras

    keras.utils.set_random_seed(seed)
    scale = views[0].std(axis=0)
    student = Student(
        views[0].mean(axis=0), np.where(scale > 0, scale, 1) + 1e-3,
        _network(views[0].shape[1], targets.shape[1], hidden, dropout),
    )  # fmt: skip
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    student.model.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=1e-4),
        loss=lambda y, z: temperature**2 * loss(y, z / temperature),
        jit_compile=False,
        steps_per_execution=8,  # fewer trips between Python and TensorFlow
    )
    student.model.fit(
        np.concatenate([student._ready(v) for v in views]),
        np.concatenate([targets] * len(views)),
        batch_size=batch_size,
        epochs=epochs,
        verbose=0,
    )
    return student


def _network(d: int, classes: int, hidden: Sequence[int], dropout: float) -> keras.Model:
    import keras
    from keras import layers

    x = inputs = keras.Input((d,))
    x = layers.Dropout(dropout)(x)
    for units in hidden:
        x = layers.Dropout(dropout)(layers.Dense(units, activation="gelu")(x))
    return keras.Model(inputs, layers.Dense(classes)(x))
