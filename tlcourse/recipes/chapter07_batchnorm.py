"""A small network with BatchNorm on top of fixed features, and what AdaBN makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.adaptation import Adaptation, Method, adabn

if TYPE_CHECKING:
    import keras

_BATCH = 32


@dataclass(frozen=True, eq=False)
class BatchNormPredictor:
    """A trained network, once with the statistics of the source and once with the target's.

    Args:
        source: The network with the statistics of the source.
        target: A copy with those of the target; the same network where nothing is adapted.
    """

    source: keras.Model
    target: keras.Model

    def predict_proba(self, features: np.ndarray, *, domain: str = "target") -> np.ndarray:
        """Return class probabilities (n, C)."""
        model = self.source if domain == "source" else self.target
        return np.asarray(model(np.asarray(features, np.float32), training=False), np.float64)


def batchnorm_head(*, adapt: bool, steps: int = 150, hidden: int = 64, name: str = "") -> Method:
    """Make a method: BatchNorm → Dense(hidden) → BatchNorm → softmax, trained on the source.

    Args:
        adapt: Replace the statistics by those of the unlabeled target (AdaBN).
        steps: Training steps of 32 source items.
        hidden: Width of the hidden layer.
        name: For tables.

    The source statistics are the exact ones over all source items, not the moving average of
    training, so that the two variants differ in whose statistics they use and in nothing else.
    """

    def run(problem: Adaptation, *, seed: int = 0) -> BatchNormPredictor:
        model = train_batchnorm_head(problem, steps=steps, hidden=hidden, seed=seed)
        target = adabn(model, problem.target_features) if adapt else model
        return BatchNormPredictor(model, target)

    return Method(name or ("AdaBN" if adapt else "BatchNorm, not adapted"), run, seeded=True)


def train_batchnorm_head(
    problem: Adaptation, *, steps: int = 150, hidden: int = 64, seed: int = 0
) -> keras.Model:
    """Train the network on the labeled source; its statistics are those of the whole source.

    Cost: about 0.3 s, and 1 s more for the first one of a shape.
    """
    trainer, start = _trainer(problem.source_features.shape[1], problem.n_classes, hidden)
    _restart(trainer, start, seed)
    rng = np.random.default_rng(seed)
    size = min(_BATCH, len(problem.source_features))
    rounds = -(-steps * size // len(problem.source_features))
    order = np.concatenate([rng.permutation(len(problem.source_features)) for _ in range(rounds)])
    order = order[: steps * size]
    trainer.fit(
        np.asarray(problem.source_features, np.float32)[order],
        problem.source_labels[order],
        batch_size=size,
        shuffle=False,  # `order` is random already
        verbose=0,
    )
    return adabn(trainer, problem.source_features)


@lru_cache(maxsize=4)
def _trainer(n_features: int, n_classes: int, hidden: int) -> tuple[Any, list[np.ndarray]]:
    """Return a compiled network and its optimizer's start: compiling costs more than training."""
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((n_features,), dtype="float32"),
            layers.BatchNormalization(dtype="float32"),
            layers.Dense(hidden, activation="relu", dtype="float32"),
            layers.BatchNormalization(dtype="float32"),
            layers.Dense(n_classes, activation="softmax", dtype="float32"),
        ]
    )
    optimizer = keras.optimizers.Adam(1e-3)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    optimizer.build(model.trainable_variables)
    return model, [variable.numpy() for variable in optimizer.variables]


def _restart(model: keras.Model, start: list[np.ndarray], seed: int) -> None:
    """Draw new weights and forget what the optimizer knows."""
    import keras

    for index, layer in enumerate(model.layers):
        if isinstance(layer, keras.layers.Dense):
            draw = keras.initializers.GlorotUniform(seed=1000 * seed + index)
            layer.set_weights([draw(layer.kernel.shape), np.zeros(layer.bias.shape)])
        else:
            ones, zeros = np.ones(layer.gamma.shape), np.zeros(layer.gamma.shape)
            layer.set_weights([ones, zeros, zeros, ones])
    for variable, value in zip(model.optimizer.variables, start, strict=True):
        variable.assign(value)
