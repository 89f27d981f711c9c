"""What fine-tuning makes: a network whose weights moved, and the head that moved with it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.backbones import Backbone
from tlcourse.datasets.images import at_size
from tlcourse.heads import LinearHead

if TYPE_CHECKING:
    import keras

HEAD = "class_probabilities"  # the layer that `LinearHead.attach` makes
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

    def features(self, images: Any) -> np.ndarray:
        """Return what the head reads, float32 (n, d): for a fresh head, or a comparison.

        Args:
            images: RGB pictures (n, height, width, 3), 0 to 255, of any size.
        """
        source = at_size(images, self.backbone.image_size)
        parts = []
        for start in range(0, len(source), _CHUNK):
            rows = np.arange(start, min(start + _CHUNK, len(source)))
            pooled = self.backbone.pooled(np.asarray(source[rows]), at=self.at)
            parts.append(np.concatenate([pooled[cut] for cut in self.at], axis=1))
        return np.concatenate(parts)

    def predict_proba(self, images: Any) -> np.ndarray:
        """Return class probabilities (n, C) of pictures, RGB 0 to 255 of any size."""
        return self.head.predict_proba(self.features(images))

    def fingerprint(self) -> str:
        """Hash of the weights: equal models answer alike."""
        weights = self.head.weights.tobytes() + self.head.bias.tobytes()
        return hashlib.sha256(self.backbone.fingerprint().encode() + weights).hexdigest()


def build_body(
    tail: keras.Model | None,
    shape: tuple[int, ...] | None,
    widths: dict[str, int],
    at: Sequence[str],
) -> keras.Model:
    """Return a model from cached activations to features, before the head.

    Args:
        tail: From `build_tail`; None when only the head trains.
        shape: Shape of one item's maps; None without a tail.
        widths: Width of each frozen cut that the head reads.
        at: Order of the cuts.
    """
    import keras
    from keras import layers

    extra = {cut: keras.Input((width,), name=cut) for cut, width in widths.items()}
    inputs, pooled = list(extra.values()), dict(extra)
    if tail is not None:
        maps = keras.Input(shape, dtype=tail.input.dtype, name="maps")
        outputs = tail(maps)
        outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        for cut, x in zip([cut for cut in at if cut not in widths], outputs, strict=True):
            pooled[cut] = layers.GlobalAveragePooling2D(dtype="float32", name=f"pool_{cut}")(x)
        inputs.insert(0, maps)
    joined = [pooled[cut] for cut in at]
    features = joined[0] if len(joined) == 1 else layers.Concatenate(dtype="float32")(joined)
    if features is inputs[0]:  # Keras 3.10 refuses a model whose output is its input
        features = layers.Identity(dtype="float32")(features)
    return keras.Model(inputs, features)


def attach_head(
    body: keras.Model, head: LinearHead, *, dropout: float = 0.0, seed: int = 0
) -> keras.Model:
    """Put a head on a body; in training, `dropout` is the share of features dropped."""
    import keras

    features = body.output
    if dropout:
        features = keras.layers.Dropout(dropout, dtype="float32", seed=seed)(features)
    return keras.Model(body.inputs, head.attach(features))


def head_of(model: keras.Model, start: LinearHead) -> LinearHead:
    """Read the trained head back out of a Keras model."""
    weights, bias = model.get_layer(HEAD).get_weights()
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


def with_tail(network: Backbone, tail: keras.Model | None) -> Backbone:
    """Return a copy of the backbone that has the weights of a trained tail.

    Nothing is shared with `network`: whatever happens to one leaves the other alone.
    """
    import keras

    model = keras.models.clone_model(network.model)
    model.set_weights(network.model.get_weights())
    for layer in tail.layers if tail is not None else ():
        if layer.weights:
            model.get_layer(layer.name).set_weights(layer.get_weights())
    model.trainable = False
    return network.around(model, origin="finetuned")
