"""DAN: a network that keeps the MMD between the domains small (after Long et al., 2015)."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import tensorflow as tf

from tlcourse.adaptation.feature_network import FeatureNetwork

BANDWIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)


class DAN(FeatureNetwork):
    """Network on feature vectors with an MMD penalty on its hidden layer.

        minimize  class loss on source + strength · MMD²(f(source batch), f(target batch))

    MMD² is the biased estimate (never negative) with the mean of five RBF kernels, whose
    widths are 1/4 to 4 times the mean squared distance in the batch; the width is not
    differentiated. There is no game between two players here, so it is steadier than DANN.

    The paper aligns several layers of AlexNet; here it is one layer on top of fixed features.

    Arguments, attributes and cost are those of `FeatureNetwork`. `strength=0` is the same
    network without adaptation; `history["alignment"]` is the MMD² of each batch.

    Example:
        >>> DAN(scale="source").fit(source, source_labels, target).predict(target_test)
    """

    kind: ClassVar[str] = "DAN"

    @staticmethod
    def build_model(n_features: int, n_classes: int, hidden: int) -> keras.Model:
        """Return the model x → class logits (n, C), features (n, hidden)."""
        inputs = keras.Input((n_features,), dtype="float32")
        layer = keras.layers.Dense(hidden, activation="relu", dtype="float32", name="shared")
        shared = layer(inputs)
        classes = keras.layers.Dense(n_classes, dtype="float32", name="classes")(shared)
        return keras.Model(inputs, [classes, shared], name="dan")

    @staticmethod
    def forward(model: keras.Model, inputs: Any, n_source: Any, strength: Any) -> tuple:
        """Return class logits, MMD² of the batch, and MMD² times `strength`."""
        logits, shared = model(inputs, training=True)
        distance = batch_mmd(shared, n_source)
        return logits, distance, strength * distance


def batch_mmd(features: tf.Tensor, n_source: tf.Tensor | int) -> tf.Tensor:
    """Return the biased MMD² between the first `n_source` rows and the others.

    Differentiable in `features` (n, d), float32. The kernel is as in `mmd`, averaged over
    `BANDWIDTHS` times the mean squared distance of two different rows.
    """
    squares = tf.reduce_sum(features**2, axis=1)
    distances = (
        squares[:, None] + squares[None, :] - 2.0 * tf.matmul(features, features, transpose_b=True)
    )
    distances = tf.maximum(distances, 0.0)
    n = tf.cast(tf.shape(features)[0], features.dtype)
    width = tf.stop_gradient(tf.reduce_sum(distances) / (n * (n - 1.0)))
    # All rows equal: every distance is 0, and any width gives the same kernel.
    width = tf.maximum(width, 1e-12)
    kernel = tf.add_n([tf.exp(-distances / (b * width)) for b in BANDWIDTHS]) / len(BANDWIDTHS)
    within_source = tf.reduce_mean(kernel[:n_source, :n_source])
    within_target = tf.reduce_mean(kernel[n_source:, n_source:])
    return within_source + within_target - 2.0 * tf.reduce_mean(kernel[:n_source, n_source:])
