"""A dense head on kept block-5 grids, built once and treated in many ways.

The patient of chapter 06 is the head of the classic recipe: flatten the last grid, a dense
layer of 256 units, a softmax. All treatments of one draw start from the same weights and
meet the same pictures in the same order, so that a difference belongs to the treatment.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from tlcourse.backbones import Backbone
from tlcourse.errors import CourseError
from tlcourse.finetuning.plan import FreezePlan
from tlcourse.finetuning.trunk import Trunk, build_tail
from tlcourse.regularization import mixup

AT = ("block5_pool",)
UNITS, BATCH, EPOCHS, RATE = 256, 16, 30, 1e-3
_CHUNK = 128
_GLOROT = 6.0


@dataclass(frozen=True)
class Treatment:
    """What is done to the patient; everything off is the classic recipe.

    Args:
        scaled: Divide all activations by one number, their standard deviation in training.
        pooled: Average over the grid first: a smaller head.
        dropout: Share of the hidden units that is dropped in training.
        decay: Decoupled weight decay of kernels, w <- w - rate * decay * w at each step.
        smoothing: Share of the target that is spread over all classes.
        mixup: Beta parameter of mixup on activations; 0 is off.
        views: Augmented views of each picture besides the picture itself.
    """

    scaled: bool = False
    pooled: bool = False
    dropout: float = 0.0
    decay: float = 0.0
    smoothing: float = 0.0
    mixup: float = 0.0
    views: int = 0

    def differs_from(self, other: Treatment) -> list[str]:
        """Return the names of the settings in which two treatments differ."""
        names = [field.name for field in fields(self)]
        return [name for name in names if getattr(self, name) != getattr(other, name)]


@dataclass(frozen=True, eq=False)
class Trained:
    """One trained head.

    Args:
        logits: Scores of every picture of the data set after the last epoch, float32 (n, C).
        epochs: The same after each epoch, (epochs, n, C), where that was asked for.
        weights: Number of trained weights.
        unit: The number that activations were divided by; 1 where they were not.
        others: Scores of further pictures after each epoch, (epochs, m, C), where asked for.
    """

    logits: np.ndarray
    epochs: np.ndarray | None
    weights: int
    unit: float
    others: np.ndarray | None = None


def grids(network: Backbone, trunk: Trunk) -> np.ndarray:
    """Return block-5 grids of what a trunk holds, float32 (views, n, height, width, 512).

    Args:
        network: The pretrained backbone; only read.
        trunk: Kept activations before block 5.

    Cost: block 5 once for each picture and view, about 3 ms.
    """
    import tensorflow as tf

    tail = build_tail(network, trunk.boundary, AT, FreezePlan())
    signature = [tf.TensorSpec((None, *trunk.maps.shape[2:]), tail.input.dtype)]
    run = tf.function(
        lambda maps: tf.cast(tail(maps, training=False), tf.float32),
        input_signature=signature,
        autograph=False,
    )
    views = []
    for view in trunk.maps:
        parts = [run(np.asarray(view[i : i + _CHUNK])) for i in range(0, len(view), _CHUNK)]
        views.append(np.concatenate([np.asarray(part) for part in parts]))
    return np.stack(views)


class HeadLab:
    """Trains heads on kept grids; each form of head is built once.

    Args:
        originals: Grids of all pictures, float32 (n, height, width, channels).
        labels: int (n,).
        n_classes: Number of classes C.
        views: Augmented grids, (views, k, height, width, channels), of the rows `view_rows`.
        view_rows: Which pictures have augmented views, rising, int (k,).
    """

    def __init__(
        self,
        originals: np.ndarray,
        labels: np.ndarray,
        n_classes: int,
        *,
        views: np.ndarray | None = None,
        view_rows: np.ndarray | None = None,
    ) -> None:
        self.originals, self.labels, self.n_classes = originals, np.asarray(labels), n_classes
        self.views, self.view_rows = views, view_rows
        self._forms: dict[tuple[int, bool], _Form] = {}

    def unit(self, rows: np.ndarray) -> float:
        """Return the standard deviation of all activations of some pictures: one number."""
        return float(self.originals[rows].std())

    def train(
        self,
        treatment: Treatment,
        rows: np.ndarray,
        *,
        seed: int,
        epochs: int = EPOCHS,
        rate: float = RATE,
        labels: np.ndarray | None = None,
        watch: bool = False,
        others: np.ndarray | None = None,
    ) -> Trained:
        """Train one head; the seed drives weights, order, dropout and mixing.

        Args:
            treatment: What is done.
            rows: Pictures to learn from.
            seed: Seed of everything random.
            epochs: Passes over the rows.
            rate: Learning rate (Adam).
            labels: Labels to learn from, where they are not the true ones, int (n,).
            watch: Keep the scores after each epoch.
            others: Grids of further pictures to watch, (m, height, width, channels).

        Cost: 150 steps of the large head take about 1 s, of the small one 0.3 s.
        """
        unit = self.unit(rows) if treatment.scaled else 1.0
        inputs = self._inputs(treatment, rows) / np.float32(unit)
        all_grids = self.originals
        if others is not None:
            all_grids = np.concatenate([all_grids, others])
        everything = self._flat(all_grids, treatment.pooled) / np.float32(unit)
        form = self._form(everything.shape[1], treatment.dropout)
        form.start(seed, rate, treatment.decay)
        targets = self._targets(treatment, self.labels if labels is None else labels, rows)
        order, mixing = np.random.default_rng(seed), np.random.default_rng(seed + 1)
        after = []
        for _ in range(epochs):
            # Drawn for every treatment alike, so that all meet the same order.
            places = order.permutation(len(rows))
            which = mixing.integers(0, 1 + treatment.views, len(rows))
            for start in range(0, len(rows), BATCH):
                some = places[start : start + BATCH]
                x, y = inputs[which[some], some], targets[some]
                if treatment.mixup:
                    (x,), y = mixup([x], y, mixing, alpha=treatment.mixup)
                form.step(x, y)
            if watch:
                after.append(form.scores(everything))
        n = len(self.originals)
        if not watch:
            return Trained(form.scores(everything)[:n], None, form.weights, unit)
        seen = np.stack(after)
        own, further = seen[:, :n], seen[:, n:] if others is not None else None
        return Trained(own[-1], own, form.weights, unit, further)

    def _flat(self, maps: np.ndarray, pooled: bool) -> np.ndarray:
        if pooled:
            return maps.mean(axis=(-3, -2))
        return maps.reshape(*maps.shape[:-3], -1)

    def _inputs(self, treatment: Treatment, rows: np.ndarray) -> np.ndarray:
        """Return what the head reads of some pictures, (1 + views, n, width)."""
        own = self._flat(self.originals[rows], treatment.pooled)[None]
        if not treatment.views:
            return own
        if self.views is None or len(self.views) < treatment.views:
            there = 0 if self.views is None else len(self.views)
            raise CourseError(
                f"The treatment wants {treatment.views} augmented views and the lab has {there}. "
                f"Pass views= and view_rows= to HeadLab."
            )
        places = np.searchsorted(self.view_rows, rows)
        if not np.array_equal(self.view_rows[np.minimum(places, len(self.view_rows) - 1)], rows):
            raise CourseError(
                "Some training pictures have no augmented views. Compute views for all of them."
            )
        changed = self._flat(self.views[: treatment.views, places], treatment.pooled)
        return np.concatenate([own, changed])

    def _targets(self, treatment: Treatment, labels: np.ndarray, rows: np.ndarray) -> np.ndarray:
        exact = np.eye(self.n_classes, dtype=np.float32)[labels[rows]]
        share = np.float32(treatment.smoothing)
        return (1 - share) * exact + share / self.n_classes

    def _form(self, width: int, dropout: float) -> _Form:
        key = (width, dropout)
        if key not in self._forms:
            self._forms[key] = _Form(width, self.n_classes, dropout)
        return self._forms[key]


class _Form:
    """One form of head: its Keras model, optimizer and training step."""

    def __init__(self, width: int, n_classes: int, dropout: float) -> None:
        import keras
        import tensorflow as tf

        self._dropout = keras.layers.Dropout(dropout, seed=0) if dropout else None
        self.model = keras.Sequential(
            [
                keras.Input((width,)),
                keras.layers.Dense(UNITS, activation="relu"),
                *([self._dropout] if dropout else []),
                keras.layers.Dense(n_classes),
            ]
        )
        self.optimizer = keras.optimizers.Adam(RATE)
        self.optimizer.build(self.model.trainable_variables)
        self._decay = tf.Variable(0.0, trainable=False)
        self._kernels = [v for v in self.model.trainable_variables if v.ndim == 2]
        signature = [tf.TensorSpec((None, k), tf.float32) for k in (width, n_classes)]
        self.step = tf.function(self._one_step, input_signature=signature, autograph=False)
        self._scores = tf.function(
            lambda x: self.model(x, training=False), input_signature=signature[:1], autograph=False
        )

    @property
    def weights(self) -> int:
        """Number of trained weights."""
        return int(sum(np.prod(v.shape) for v in self.model.trainable_variables))

    def _one_step(self, x: Any, y: Any) -> None:
        import keras
        import tensorflow as tf

        with tf.GradientTape() as tape:
            answers = self.model(x, training=True)
            loss = keras.losses.categorical_crossentropy(y, answers, from_logits=True)
            loss = tf.reduce_mean(loss)
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
        shrink = 1.0 - self.optimizer.learning_rate * self._decay
        for kernel in self._kernels:
            kernel.assign(kernel * shrink)

    def start(self, seed: int, rate: float, decay: float) -> None:
        """Put in new weights and empty the optimizer; the same seed, the same start."""
        rng = np.random.default_rng(seed)
        for variable in self.model.trainable_variables:
            if variable.ndim == 2:
                limit = np.sqrt(_GLOROT / sum(variable.shape))
                variable.assign(rng.uniform(-limit, limit, variable.shape).astype(np.float32))
            else:
                variable.assign(np.zeros(variable.shape, np.float32))
        for variable in self.optimizer.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))
        self.optimizer.learning_rate.assign(rate)
        self._decay.assign(decay)
        if self._dropout is not None:
            self._dropout.seed_generator.state.assign(np.asarray([seed, 0], np.uint32))

    def scores(self, x: np.ndarray) -> np.ndarray:
        """Return logits, float32 (n, C)."""
        return self._scores(x).numpy()
