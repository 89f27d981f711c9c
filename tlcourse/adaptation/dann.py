"""DANN: features that a domain classifier cannot tell apart (Ganin et al., 2016)."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf

from tlcourse.adaptation.feature_network import FeatureNetwork
from tlcourse.adaptation.reversal import GradientReversal, reversal_schedule


class DANN(FeatureNetwork):
    """Domain-adversarial network on feature vectors.

        features f = relu(W x + b);  class loss L_y on source;  domain loss L_d on both;
        the domain classifier descends L_d, the features descend L_y − λ L_d.

    A gradient-reversal layer between f and the domain classifier makes this one ordinary
    descent. λ grows from 0 to `strength` as 2/(1 + exp(−10 p)) − 1 with progress p.

    Read `history["alignment"]`, the domain loss: at ln 2 = 0.69 the classifier is at chance,
    so this classifier cannot tell the domains apart. It does *not* follow that the classes
    match: the network may have laid the right cloud over the wrong class. Results vary from
    seed to seed, so use `fit_seeds` and report all of them.

    Arguments, attributes and cost are those of `FeatureNetwork`. `strength=0` is the same
    network without adaptation.

    Example:
        >>> runs = DANN(scale="own").fit_seeds(source, source_labels, target, seeds=range(5))
        >>> [run.predict(target_test) for run in runs]
    """

    kind: ClassVar[str] = "DANN"

    @staticmethod
    def build_model(n_features: int, n_classes: int, hidden: int) -> keras.Model:
        """Return the model x → class logits (n, C), features (n, hidden), domain logit (n, 1)."""
        dense = keras.layers.Dense
        inputs = keras.Input((n_features,), dtype="float32")
        shared = dense(hidden, activation="relu", dtype="float32", name="shared")(inputs)
        classes = dense(n_classes, dtype="float32", name="classes")(shared)
        turned = GradientReversal(0.0, dtype="float32", name="reversal")(shared)
        judge = dense(hidden, activation="relu", dtype="float32", name="domain_hidden")(turned)
        domain = dense(1, dtype="float32", name="domain")(judge)
        return keras.Model(inputs, [classes, shared, domain], name="dann")

    @staticmethod
    def forward(model: keras.Model, inputs: Any, n_source: Any, strength: Any) -> tuple:
        """Return class logits and the domain loss; λ acts inside the reversal layer."""
        model.get_layer("reversal").strength.assign(strength)
        logits, _, domain = model(inputs, training=True)
        is_source = tf.cast(tf.range(tf.shape(inputs)[0]) < n_source, tf.float32)
        domain_loss = tf.reduce_mean(
            tf.nn.sigmoid_cross_entropy_with_logits(labels=is_source, logits=domain[:, 0])
        )
        return logits, domain_loss, domain_loss

    @staticmethod
    def schedule(steps: int) -> np.ndarray:
        """Return λ / strength at each step, (steps,), from 0 to almost 1."""
        return reversal_schedule(np.arange(steps) / max(steps - 1, 1))
