"""The side without transfer: one small network, built once and started again for every draw.

Building and tracing a network anew for each training draw would take longer than training
it. So the step is compiled once; a new draw gets new weights, a new optimizer state and its
own order of pictures.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from tlcourse.errors import DataError
from tlcourse.evaluation.learning_curve import nested_order

if TYPE_CHECKING:
    import keras

SIDE, BATCH, RATE = 32, 32, 1e-3
_FILTERS = (16, 32, 64)


def shrink(images: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Return pictures at the size the small network takes, uint8 (n, side, side, 3)."""
    return np.stack(
        [np.asarray(Image.fromarray(i).resize((side, side), Image.Resampling.BOX)) for i in images]
    )


def small_network(n_classes: int, side: int = SIDE) -> keras.Sequential:
    """Build three blocks of convolution and pooling, dropout and a softmax layer.

    It takes uint8 pixels; random flips happen inside and in training only.
    """
    import keras
    from keras import layers

    blocks = []
    for filters in _FILTERS:
        blocks += [
            layers.Conv2D(filters, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
        ]
    return keras.Sequential(
        [
            keras.Input((side, side, 3)),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.RandomFlip("horizontal"),
            *blocks,
            layers.Flatten(),
            layers.Dropout(0.4),
            layers.Dense(n_classes, activation="softmax"),
        ]
    )


class FromScratch:
    """A small network that can be trained from new random weights again and again.

    Args:
        n_classes: Number of classes C.
        side: Side of the pictures, pixels.
    """

    def __init__(self, n_classes: int, side: int = SIDE) -> None:
        import keras

        self.n_classes, self.side = n_classes, side
        self.model = small_network(n_classes, side)
        self.optimizer = keras.optimizers.Adam(RATE)
        self.optimizer.build(self.model.trainable_variables)
        self._state = [np.array(v) for v in self.optimizer.variables]
        self._steps = self._compile()

    @property
    def flops_per_picture(self) -> float:
        """Floating-point operations to train on one picture once: three forward passes."""
        from tlcourse.backbones import conv_flops

        return 3.0 * sum(conv_flops(layer) for layer in self.model.layers)

    @property
    def trained_parameters(self) -> int:
        """Number of trained weights."""
        return int(sum(np.prod(w.shape) for w in self.model.trainable_variables))

    def start_again(self, seed: int) -> None:
        """Give every layer new random weights and forget what the optimizer remembers."""
        import keras

        keras.utils.set_random_seed(seed)
        self.model.set_weights(small_network(self.n_classes, self.side).get_weights())
        for variable, value in zip(self.optimizer.variables, self._state, strict=True):
            variable.assign(value)

    def train(self, images: np.ndarray, labels: np.ndarray, steps: int, *, seed: int) -> float:
        """Train for some more steps of 32 pictures; return the seconds it took."""
        import tensorflow as tf

        rng = np.random.default_rng(seed)
        epochs = -(-steps * BATCH // len(labels))
        order = np.concatenate([rng.permutation(len(labels)) for _ in range(epochs)])
        rows = order[: steps * BATCH].reshape(steps, BATCH).astype(np.int32)
        start = time.perf_counter()
        self._steps(
            tf.constant(images, tf.float32), tf.constant(labels, tf.int32), tf.constant(rows)
        )
        return time.perf_counter() - start

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Return the class named for each picture, int (n,)."""
        return np.asarray(self.model(images.astype(np.float32), training=False)).argmax(axis=1)

    def _compile(self) -> Any:
        import keras
        import tensorflow as tf

        weights = self.model.trainable_variables

        @tf.function(reduce_retracing=True)
        def steps(images: Any, labels: Any, rows: Any) -> None:
            for batch in rows:
                with tf.GradientTape() as tape:
                    answers = self.model(tf.gather(images, batch), training=True)
                    loss = tf.reduce_mean(
                        keras.losses.sparse_categorical_crossentropy(
                            tf.gather(labels, batch), answers
                        )
                    )
                self.optimizer.apply(tape.gradient(loss, weights), weights)

        shape = (None, self.side, self.side, 3)
        return steps.get_concrete_function(
            tf.TensorSpec(shape, tf.float32),
            tf.TensorSpec((None,), tf.int32),
            tf.TensorSpec((None, BATCH), tf.int32),
        )


def scratch_hits(
    network: FromScratch,
    images: np.ndarray,
    labels: np.ndarray,
    pool: np.ndarray,
    test: np.ndarray,
    *,
    size: int,
    seeds: Sequence[int],
    checkpoints: Sequence[int],
) -> tuple[np.ndarray, float]:
    """Train on the same draws as `tl.evaluation.learning_curve` and record the hits on the way.

    Args:
        network: Compiled network; it is started again for each draw.
        images: Small pictures of the whole data set, uint8 (n, side, side, 3).
        labels: int (n,).
        pool: Rows that training draws come from.
        test: Rows to answer.
        size: Number of training labels.
        seeds: Training draws; with the same seeds `learning_curve` draws the same rows.
        checkpoints: Numbers of steps after which to answer the test, rising.

    Returns:
        Hits, bool (checkpoints, draws, test items), and seconds for one step.

    Raises:
        DataError: If checkpoints do not rise.
    """
    gaps = np.diff([0, *checkpoints])
    if not len(gaps) or gaps.min() < 1:
        raise DataError(f"checkpoints are {list(checkpoints)}; expected rising numbers of steps.")
    hits = np.zeros((len(gaps), len(seeds), len(test)), dtype=bool)
    seconds = 0.0
    for j, seed in enumerate(seeds):
        rows = pool[nested_order(labels[pool], seed=seed)][:size]
        network.start_again(seed)
        for i, more in enumerate(gaps):
            seconds += network.train(images[rows], labels[rows], int(more), seed=97 * seed + i)
            hits[i, j] = network.predict(images[test]) == labels[test]
    return hits, seconds / (len(seeds) * sum(gaps))
