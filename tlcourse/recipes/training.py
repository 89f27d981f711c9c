"""Train a whole network for a few steps and write down what happened, step by step."""

from __future__ import annotations

import ctypes
import gc
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.recipes.scores import Holdout

if TYPE_CHECKING:
    import keras

BATCH = 16


@dataclass(frozen=True)
class Run:
    """One short training run of a whole network.

    Args:
        seed: Seed of the new weights and of the order of pictures.
        losses: Mean loss of each batch, nats, before the update that it causes.
        accuracy: On the held-out pictures, after the last step.
        predictions: Predicted class of each held-out picture.
        labels: True class of each held-out picture.
        weights: Number of trained weights.
        seconds: Training time, s.
    """

    seed: int
    losses: tuple[float, ...]
    accuracy: float
    predictions: tuple[int, ...]
    labels: tuple[int, ...]
    weights: int
    seconds: float

    @property
    def classes_predicted(self) -> int:
        """How many different classes the network names at all."""
        return len(set(self.predictions))


def keras_vgg16(image_size: int) -> keras.Model:
    """Return VGG16 as `keras.applications` gives it: pretrained, everything trainable.

    The same network as `VGG16(weights="imagenet", include_top=False, input_shape=(S, S, 3))`,
    but with weights that need no network connection.
    """
    from tlcourse.backbones import backbone

    base = backbone(image_size=image_size).model
    base.trainable = True
    return base


def draw_rows(rows: np.ndarray, n: int, *, seed: int) -> np.ndarray:
    """Return n row numbers: pass after pass through `rows`, each in a new random order."""
    rng = np.random.default_rng(seed)
    passes = -(-n // len(rows))
    return np.concatenate([rng.permutation(rows) for _ in range(passes)])[:n]


def train(
    model: keras.Model,
    inputs: np.ndarray,
    targets: np.ndarray,
    holdout: Holdout,
    *,
    steps: int,
    seed: int = 0,
    batch_size: int = BATCH,
) -> Run:
    """Train a compiled model for some steps with `fit`, then ask it about the held-out part.

    Args:
        model: Compiled; ends in class probabilities.
        inputs: What the model takes, one entry for each item of the data set.
        targets: What its loss takes: class numbers (n,), or one-hot rows (n, C).
        holdout: (rows to learn from, rows to measure).
        steps: Batches to train on.
        seed: Seed of the order of pictures.
        batch_size: Pictures in a step.

    Returns:
        The run; the model stays trained.
    """
    learn, measure = holdout
    order = draw_rows(learn, steps * batch_size, seed=seed)
    gc.collect()  # a network that was built to start again from is of no use any more
    log = _step_losses()
    # Step by step, without a graph: TensorFlow would keep one for every network, with its weights.
    model.run_eagerly = True
    start = time.perf_counter()
    model.fit(
        inputs[order],
        targets[order],
        batch_size=batch_size,
        shuffle=False,  # `order` is random already
        verbose=0,
        callbacks=[log],
    )
    seconds = time.perf_counter() - start
    predictions = _predict(model, inputs[measure])
    classes = targets[measure]
    classes = classes.argmax(axis=1) if classes.ndim == 2 else classes
    return Run(
        seed=seed,
        losses=tuple(log.losses),
        accuracy=float(np.mean(predictions == classes)),
        predictions=tuple(map(int, predictions)),
        labels=tuple(map(int, classes)),
        weights=count_weights(model),
        seconds=seconds,
    )


def _predict(model: keras.Model, inputs: np.ndarray) -> np.ndarray:
    """Return the most probable class of each input, in batches that need little memory."""
    starts = range(0, len(inputs), BATCH)
    batches = [np.asarray(model(inputs[i : i + BATCH], training=False)) for i in starts]
    return np.concatenate(batches).argmax(axis=1)


def count_weights(model: keras.Model) -> int:
    """Return the number of trainable weights."""
    return int(sum(np.prod(v.shape) for v in model.trainable_variables))


def _step_losses():
    """Return a callback that keeps the loss of each batch; `fit` itself reports running means."""
    import keras

    class StepLosses(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.losses: list[float] = []

        def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
            self.model.reset_metrics()

        def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
            self.losses.append(float(logs["loss"]))
            # A step without a graph leaves its activations in reference cycles. TensorFlow never
            # gives back what it needed at the worst, so they must not pile up over the steps.
            gc.collect(1)

    return StepLosses()


def start_again(model: keras.Model, fresh: keras.Model) -> None:
    """Put a trained model back to the start: weights of a newly built one, a blank optimizer.

    The same as training `fresh` itself. But TensorFlow keeps about 180 MB for each
    training step that it has built for VGG16, even when the model is gone, so several runs
    share one.

    Args:
        model: Compiled; may have been trained.
        fresh: A new model of the same form.
    """
    model.set_weights(fresh.get_weights())
    rate = model.optimizer.learning_rate
    for variable in model.optimizer.variables:
        if variable is not rate:
            variable.assign(np.zeros(variable.shape, variable.dtype))


def free_memory() -> None:
    """Give back the memory of models that no name refers to any more.

    Keras keeps graphs until its session is cleared, and the C library keeps freed pages.
    """
    import keras

    keras.backend.clear_session()
    gc.collect()
    if sys.platform.startswith("linux"):
        try:
            ctypes.CDLL("libc.so.6").malloc_trim(0)
        except (OSError, AttributeError):  # another C library, which has its own way
            return
