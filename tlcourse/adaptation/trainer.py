"""The training loop of the small adaptation networks, compiled once and used for every seed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from tlcourse.adaptation.feature_network import FeatureNetwork


@lru_cache(maxsize=8)
def trainer_for(
    network: type[FeatureNetwork], n_features: int, n_classes: int, hidden: int
) -> Trainer:
    """Return the compiled loop for this shape; compiling takes 0.5 s, more than a whole run."""
    return Trainer(network, n_features, n_classes, hidden)


class Trainer:
    """One model, one optimizer and one compiled loop; `train` starts all of them afresh.

    Args:
        network: Class that builds the model and computes its loss.
        n_features: d.
        n_classes: C.
        hidden: Width of the shared layer.
    """

    def __init__(
        self, network: type[FeatureNetwork], n_features: int, n_classes: int, hidden: int
    ) -> None:
        self.network = network
        self.model = network.build_model(n_features, n_classes, hidden)
        self.optimizer = keras.optimizers.Adam()
        self.optimizer.build(self.model.trainable_variables)
        self.optimizer_start = [variable.numpy() for variable in self.optimizer.variables]
        matrix = tf.TensorSpec((None, n_features), tf.float32)
        batches = tf.TensorSpec((None, None), tf.int64)
        self.run = tf.function(
            self._run,
            input_signature=[
                *(matrix, tf.TensorSpec((None,), tf.int64), matrix),
                *(batches, batches, tf.TensorSpec((None,), tf.float32)),
            ],
        )

    def train(
        self,
        source: np.ndarray,
        labels: np.ndarray,
        target: np.ndarray,
        *,
        settings: dict[str, Any],
    ) -> tuple[keras.Model, dict[str, np.ndarray]]:
        """Train from a fresh start; return a copy of the model and the loss at each step."""
        self._restart(settings["seed"], settings["learning_rate"])
        rng = np.random.default_rng(settings["seed"])
        steps, size = settings["steps"], settings["batch_size"]
        strengths = settings["strength"] * self.network.schedule(steps)
        class_loss, alignment = self.run(
            tf.constant(source, tf.float32),
            tf.constant(labels, tf.int64),
            tf.constant(target, tf.float32),
            tf.constant(shuffled_batches(len(source), steps, size, rng)),
            tf.constant(shuffled_batches(len(target), steps, size, rng)),
            tf.constant(strengths, tf.float32),
        )
        trained = keras.models.clone_model(self.model)
        trained.set_weights(self.model.get_weights())
        return trained, {"class": class_loss.numpy(), "alignment": alignment.numpy()}

    def _restart(self, seed: int, learning_rate: float) -> None:
        """Draw new weights and forget what the optimizer knows."""
        for index, variable in enumerate(self.model.trainable_variables):
            if len(variable.shape) > 1:
                draw = keras.initializers.GlorotUniform(seed=1000 * seed + index)
                variable.assign(draw(variable.shape))
            else:
                variable.assign(np.zeros(variable.shape, np.float32))
        for variable, start in zip(self.optimizer.variables, self.optimizer_start, strict=True):
            variable.assign(start)
        self.optimizer.learning_rate.assign(learning_rate)

    def _run(
        self,
        source: tf.Tensor,
        labels: tf.Tensor,
        target: tf.Tensor,
        source_batches: tf.Tensor,
        target_batches: tf.Tensor,
        strengths: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        steps = tf.shape(strengths)[0]
        class_losses = tf.TensorArray(tf.float32, size=steps)
        alignments = tf.TensorArray(tf.float32, size=steps)
        for step in tf.range(steps):
            picked = source_batches[step]
            target_items = tf.gather(target, target_batches[step])
            inputs = tf.concat([tf.gather(source, picked), target_items], axis=0)
            class_loss, alignment = self._step(inputs, tf.gather(labels, picked), strengths[step])
            class_losses = class_losses.write(step, class_loss)
            alignments = alignments.write(step, alignment)
        return class_losses.stack(), alignments.stack()

    def _step(
        self, inputs: tf.Tensor, labels: tf.Tensor, strength: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        n_source = tf.shape(labels)[0]
        with tf.GradientTape() as tape:
            logits, alignment, penalty = self.network.forward(
                self.model, inputs, n_source, strength
            )
            # Only the source rows have labels; the target rows act through the penalty alone.
            class_loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits[:n_source])
            )
            loss = class_loss + penalty
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return class_loss, alignment


def shuffled_batches(n: int, steps: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return item numbers (steps, size): every item once, in random order, before any twice."""
    rounds = -(-steps * size // n)
    order = np.concatenate([rng.permutation(n) for _ in range(rounds)])
    return order[: steps * size].reshape(steps, size).astype(np.int64)
