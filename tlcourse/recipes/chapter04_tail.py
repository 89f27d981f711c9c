"""The late blocks of VGG16 with a head, compiled once and started again for every run.

`tl.finetune` builds a new network for each call, which is right for one run. A comparison of
many runs from different starts needs the same network over and over, so it is built once here:
the frozen part is read from a trunk, and weights, head and optimizer are put back each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.backbones import Backbone
from tlcourse.finetuning.layerwise import layerwise_adam
from tlcourse.finetuning.model import HEAD, attach_head, build_body, zero_head
from tlcourse.finetuning.plan import FreezePlan
from tlcourse.finetuning.trunk import Trunk, build_tail
from tlcourse.heads import LinearHead, fit_head

AT = ("block5_pool",)
BATCH = 16
_CHUNK = 128
_GLOROT = 6.0


@dataclass(frozen=True)
class Moved:
    """Where a run has arrived.

    Args:
        weights: Every trained array, in the order of the network.
        losses: Mean loss of each step, nats.
    """

    weights: tuple[np.ndarray, ...]
    losses: tuple[float, ...]


class Tail:
    """Blocks that train, average pooling, and a softmax head on standardized features.

    Args:
        network: The pretrained backbone; only read.
        trunk: Kept activations before the first block that trains.
        n_classes: Number of classes C.
        plan: What trains; block 5 by default. Its decay gives each layer its rate.
        gradient_decay: Factor per layer on *gradients*, the head having 1: what does not work
            with Adam, there to be measured.
    """

    def __init__(
        self,
        network: Backbone,
        trunk: Trunk,
        n_classes: int,
        *,
        plan: FreezePlan | None = None,
        gradient_decay: float = 1.0,
    ) -> None:
        import tensorflow as tf

        plan = plan or FreezePlan()
        self.trunk, self.n_classes = trunk, n_classes
        self.inner = build_tail(network, plan.boundary, AT, plan)
        self.body = build_body(self.inner, self.inner.input.shape[1:], {}, AT)
        width = int(self.body.output.shape[-1])
        # Mean 0 and scale 1: the layer that standardizes leaves the features as they are.
        plain = zero_head(np.zeros((2, width), np.float32), n_classes)
        self.model = attach_head(self.body, plain)
        self._pretrained = [w.numpy() for w in self.body.trainable_variables]
        owners = [layer for layer in self.inner.layers if layer.trainable_weights]
        self.layers = [layer.name for layer in owners]
        # Variables, so that another plan needs no new training step.
        self._owner = {weight.path: layer.name for layer in owners for weight in layer.weights}
        self._factors = {path: tf.Variable(1.0, trainable=False) for path in self._owner}
        self._scales = [tf.Variable(1.0, trainable=False) for _ in self.model.trainable_variables]
        self.optimizer = layerwise_adam(1e-4, self._factors)
        self.optimizer.build(self.model.trainable_variables)
        self.set_rates(plan, gradient_decay=gradient_decay)
        signature = [tf.TensorSpec(None, tf.float32), tf.TensorSpec((None, n_classes), tf.float32)]
        signature[0] = tf.TensorSpec((None, *trunk.maps.shape[2:]), self.inner.input.dtype)
        self._step = tf.function(self._one_step, input_signature=signature, autograph=False)
        self._run = tf.function(
            lambda maps: self.body(maps, training=False),
            input_signature=signature[:1],
            autograph=False,
        )

    def set_rates(self, plan: FreezePlan, *, gradient_decay: float = 1.0) -> None:
        """Give each layer its share of the rate, and each gradient its factor, from now on.

        Args:
            plan: Its decay gives the shares; it must train the same blocks.
            gradient_decay: Factor per layer on gradients, the head having 1.
        """
        for path, factor in self._factors.items():
            factor.assign(plan.multiplier(self._owner[path]))
        depth = {name: len(self.layers) - i for i, name in enumerate(self.layers)}
        for variable, scale in zip(self.model.trainable_variables, self._scales, strict=True):
            name = self._owner.get(variable.path)
            scale.assign(1.0 if name is None else gradient_decay ** depth[name])

    def _one_step(self, maps: Any, targets: Any) -> Any:
        import keras
        import tensorflow as tf

        with tf.GradientTape() as tape:
            answers = self.model(maps, training=True)
            loss = tf.reduce_mean(keras.losses.categorical_crossentropy(targets, answers))
        variables = self.model.trainable_variables
        gradients = tape.gradient(loss, [v.value for v in variables])
        scaled = [g * s for g, s in zip(gradients, self._scales, strict=True)]
        self.optimizer.apply(scaled, variables)
        return loss

    # Where a run starts.

    def start(self, head: LinearHead) -> None:
        """Put back VGG16's weights, give the network this head, and empty the optimizer."""
        for variable, value in zip(self.body.trainable_variables, self._pretrained, strict=True):
            variable.assign(value)
        self._set_head(head)
        rate = self.optimizer.learning_rate
        for variable in self.optimizer.variables:
            if variable is not rate:
                variable.assign(np.zeros(variable.shape, variable.dtype))

    def _set_head(self, head: LinearHead) -> None:
        # The standardization is part of the weights here: W / scale, and b - W mean / scale.
        kernel = head.weights / head.scale[:, None]
        bias = head.bias - (head.mean / head.scale) @ head.weights
        self.model.get_layer(HEAD).set_weights([kernel, bias])

    def restore(self, moved: Moved) -> None:
        """Go back to where a run has arrived."""
        for variable, value in zip(self.model.trainable_variables, moved.weights, strict=True):
            variable.assign(value)

    # What it does.

    def train(
        self,
        labels: np.ndarray,
        rows: np.ndarray,
        *,
        rate: float | Callable[[int, int], float],
        epochs: int,
        seed: int = 0,
        on_epoch: Callable[[int], None] | None = None,
    ) -> Moved:
        """Train on some rows of the trunk; the same seed gives the same batches in the same order.

        Args:
            labels: int, of the whole data set.
            rows: Rows to learn from.
            rate: Learning rate, or a function (step, steps) -> rate.
            epochs: Passes over the rows.
            seed: Seed of the order.
            on_epoch: Called with the number of epochs done.
        """
        rng = np.random.default_rng(seed)
        targets = np.eye(self.n_classes, dtype=np.float32)
        per_epoch = -(-len(rows) // BATCH)
        losses: list[float] = []
        for epoch in range(epochs):
            order = rng.permutation(rows)
            for start in range(0, len(order), BATCH):
                step = len(losses)
                now = rate(step, epochs * per_epoch) if callable(rate) else rate
                self.optimizer.learning_rate.assign(now)
                some = order[start : start + BATCH]
                loss = self._step(self._maps(self.trunk, some), targets[labels[some]])
                losses.append(float(loss))
            if on_epoch is not None:
                on_epoch(epoch + 1)
        return Moved(self.weights(), tuple(losses))

    def weights(self) -> tuple[np.ndarray, ...]:
        """Return a copy of every trained array."""
        return tuple(v.numpy().copy() for v in self.model.trainable_variables)

    def features(self, rows: np.ndarray, trunk: Trunk | None = None) -> np.ndarray:
        """Return what the head reads for rows of a trunk, as the weights are now, (n, 512)."""
        trunk = trunk or self.trunk
        starts = range(0, len(rows), _CHUNK)
        parts = [self._run(self._maps(trunk, rows[i : i + _CHUNK])).numpy() for i in starts]
        return np.concatenate(parts).astype(np.float32)

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Return what the head makes of features, before the softmax, (n, C)."""
        kernel, bias = self.model.get_layer(HEAD).get_weights()
        return features @ kernel + bias

    def moved_by(self) -> dict[str, float]:
        """Return how far each kernel has moved, ||w - w0|| / ||w0||."""
        pairs = zip(self.body.trainable_variables, self._pretrained, strict=True)
        kernels = [(v.numpy(), old) for v, old in pairs if v.ndim == 4]
        return {
            name: float(np.linalg.norm(new - old) / np.linalg.norm(old))
            for name, (new, old) in zip(self.layers, kernels, strict=True)
        }

    def _maps(self, trunk: Trunk, rows: np.ndarray) -> np.ndarray:
        return np.asarray(trunk.maps[0, trunk.positions(rows)])


def random_head(width: int, n_classes: int, *, seed: int) -> LinearHead:
    """Return what `Dense(n_classes)` starts from: Glorot-uniform weights, no standardization."""
    limit = np.sqrt(_GLOROT / (width + n_classes))
    weights = np.random.default_rng(seed).uniform(-limit, limit, (width, n_classes))
    one, zero = np.ones(width, np.float32), np.zeros(width, np.float32)
    return LinearHead(zero, one, weights.astype(np.float32), np.zeros(n_classes, np.float32), 0.0)


def probe(
    features: np.ndarray, labels: np.ndarray, n_classes: int, *, strength: float = 0.01
) -> LinearHead:
    """Fit a fresh head on features of the training rows: what can be read from them."""
    return fit_head(features, labels, n_classes=n_classes, strengths=(strength,))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Return the mean cosine between rows of two feature arrays; a row of zeros counts as 0."""
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(np.mean((a * b).sum(axis=1) / np.maximum(lengths, 1e-12)))


def between(a: Sequence[np.ndarray], b: Sequence[np.ndarray], alpha: float) -> Moved:
    """Return the weights at (1 - alpha) a + alpha b."""
    return Moved(tuple((1 - alpha) * x + alpha * y for x, y in zip(a, b, strict=True)), ())


def mean_of(values: Mapping[str, float]) -> float:
    """Return the mean of a dictionary's values."""
    return float(np.mean(list(values.values())))
