"""What fine-tuning makes: a network whose weights moved, and the head that moved with it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.backbones import Backbone
from tlcourse.datasets.images import at_size
from tlcourse.heads import LinearHead
from tlcourse.weights import Weights

if TYPE_CHECKING:
    import keras

_CHUNK = 256


@dataclass(frozen=True, eq=False)
class FinetunedModel:
    """A fine-tuned backbone with its head; it takes pictures.

    Args:
        backbone: Its weights moved; use it like any backbone.
        head: The head that moved with it.
        at: Cut points the head reads.
    """

    backbone: Backbone
    head: LinearHead
    at: tuple[str, ...]

    @property
    def trained_parameters(self) -> int:
        """Weights of the head; those of the backbone are in `Result.cost`."""
        return self.head.trained_parameters

    def predict_proba(self, images: Any) -> np.ndarray:
        """Return class probabilities (n, C) of pictures, uint8 RGB of any size."""
        source = at_size(images, self.backbone.image_size)
        parts = [
            self.backbone.pooled(
                np.asarray(source[np.arange(i, min(i + _CHUNK, len(source)))]), at=self.at
            )
            for i in range(0, len(source), _CHUNK)
        ]
        features = [np.concatenate([p[cut] for cut in self.at], axis=1) for p in parts]
        return self.head.predict_proba(np.concatenate(features))

    def fingerprint(self) -> str:
        """Hash of the weights: equal models answer alike."""
        weights = self.head.weights.tobytes() + self.head.bias.tobytes()
        import hashlib

        return hashlib.sha256(self.backbone.fingerprint().encode() + weights).hexdigest()


def with_tail(network: Backbone, tail: keras.Model) -> Backbone:
    """Return a copy of the backbone that has the weights of a trained tail."""
    import keras

    model = keras.models.clone_model(network.model)
    model.set_weights(network.model.get_weights())
    for layer in tail.layers:
        if layer.weights:
            model.get_layer(layer.name).set_weights(layer.get_weights())
    model.trainable = False
    moved = copy.copy(network)
    moved.model, moved._functions = model, {}
    moved.weights = Weights(None, "finetuned", "see the backbone's fingerprint")
    return moved


def head_of(model: keras.Model, start: LinearHead) -> LinearHead:
    """Read the trained head back out of a Keras model."""
    weights, bias = model.get_layer("class_probabilities").get_weights()
    return LinearHead(start.mean, start.scale, weights, bias, start.strength, start.inner_scores)


def zero_head(features: np.ndarray, n_classes: int) -> LinearHead:
    """Return a head that starts from zero, standardizing by these features."""
    scale = features.std(axis=0)
    d = features.shape[1]
    return LinearHead(
        features.mean(axis=0).astype(np.float32),
        np.where(scale > 0, scale, 1).astype(np.float32),
        np.zeros((d, n_classes), np.float32),
        np.zeros(n_classes, np.float32),
        0.0,
    )


def with_head(
    tail: keras.Model,
    head: LinearHead,
    frozen: dict[str, int],
    at: Sequence[str],
    *,
    dropout: float = 0.0,
) -> keras.Model:
    """Join a tail and a head: maps and frozen pooled features in, probabilities out.

    Args:
        tail: From `build_tail`.
        head: Where the head starts.
        frozen: Width of each frozen cut that the head reads.
        at: Order of the cuts.
        dropout: Share of features dropped in training.
    """
    import keras
    from keras import layers

    maps = keras.Input(tail.input.shape[1:], dtype=tail.input.dtype, name="maps")
    extra = {cut: keras.Input((width,), name=cut) for cut, width in frozen.items()}
    outputs = tail(maps) if tail.outputs else []
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    trained = [cut for cut in at if cut not in frozen]
    pooled = {
        cut: layers.GlobalAveragePooling2D(dtype="float32", name=f"pool_{cut}")(x)
        for cut, x in zip(trained, outputs, strict=True)
    } | extra
    joined = [pooled[cut] for cut in at]
    features = joined[0] if len(joined) == 1 else layers.Concatenate(dtype="float32")(joined)
    if dropout:
        features = layers.Dropout(dropout, dtype="float32")(features)
    return keras.Model([maps, *extra.values()], head.attach(features))
