"""The trial of exercise 3.6: a head against block 5 alone, on the same holdouts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from tqdm.auto import tqdm

from tlcourse.evaluation.compare import Comparison, compare
from tlcourse.exercises.exercise import AnswerFailedError, call, describe

if TYPE_CHECKING:
    import keras

EPOCHS, RATE, BATCH = 20, 1e-3, 32
_STEPS_AT_ONCE = 8

MakeHead = Callable[[np.ndarray], "keras.Model"]


def measure(
    make_head: MakeHead,
    features: np.ndarray,
    block5: np.ndarray,
    labels: np.ndarray,
    holdouts: Sequence[tuple[np.ndarray, np.ndarray]],
) -> Comparison:
    """Train both heads on each holdout; the same steps, seeds and items for the two.

    Args:
        make_head: Training features -> untrained Keras head.
        features: Joined features, (n, d).
        block5: Features of block 5 alone, (n, 512).
        labels: int (n,).
        holdouts: Pairs (train rows, held-out rows); at least two.

    Returns:
        The paired comparison of the two heads.

    Cost: about a second and a half for each holdout on two CPU cores.
    """
    ours, base = [], []
    reference = _Baseline(block5.shape[1], int(labels.max()) + 1)
    # The bar appears after two seconds and goes away at the end.
    for seed, (train, held_out) in enumerate(tqdm(holdouts, delay=2, leave=False)):
        head = call(make_head, features[train].copy())
        if not hasattr(head, "fit"):
            raise AnswerFailedError(f"make_head returned {describe(head)} when called again")
        _compile(head)
        _fit(head, features[train], labels[train], seed)
        ours.append(_accuracy(head, features[held_out], labels[held_out]))
        base.append(reference.accuracy(block5, labels, train, held_out, seed))
    n_train, n_test = (np.mean([len(pair[i]) for pair in holdouts]) for i in (0, 1))
    if len(holdouts) < 2:
        raise ValueError("one holdout shows no spread; pass at least two")
    return compare(ours, base, n_train=n_train, n_test=n_test, names=("your head", "block 5 alone"))


class _Baseline:
    """A zero-started linear head on standardized block-5 features, compiled once."""

    def __init__(self, width: int, n_classes: int) -> None:
        import keras

        dense = keras.layers.Dense(n_classes, activation="softmax", kernel_initializer="zeros")
        self.model = keras.Sequential([keras.Input((width,)), dense])
        _compile(self.model)
        self.model.optimizer.build(self.model.trainable_variables)
        variables = [*self.model.weights, *self.model.optimizer.variables]
        self.start = [(variable, np.array(variable)) for variable in variables]

    def accuracy(
        self,
        features: np.ndarray,
        labels: np.ndarray,
        train: np.ndarray,
        held_out: np.ndarray,
        seed: int,
    ) -> float:
        """Start again, train, and return the accuracy on the held-out rows."""
        for variable, value in self.start:
            variable.assign(value)
        center = features[train].mean(axis=0)
        scale = np.maximum(features[train].std(axis=0), 1e-7)
        scaled = (features - center) / scale
        _fit(self.model, scaled[train], labels[train], seed)
        return _accuracy(self.model, scaled[held_out], labels[held_out])


def _compile(model: keras.Model) -> None:
    """Compile with several steps for each call, which on such small layers is most of the time."""
    import keras

    model.compile(
        keras.optimizers.Adam(RATE),
        "sparse_categorical_crossentropy",
        jit_compile=False,
        steps_per_execution=_STEPS_AT_ONCE,
    )


def _fit(model: keras.Model, features: np.ndarray, labels: np.ndarray, seed: int) -> None:
    """Train for a fixed number of epochs; the same seed gives the same order of items."""
    import keras

    keras.utils.set_random_seed(seed)
    model.fit(features, labels, epochs=EPOCHS, batch_size=BATCH, verbose=0)


def _accuracy(model: keras.Model, features: np.ndarray, labels: np.ndarray) -> float:
    return float((np.asarray(model(features, training=False)).argmax(axis=1) == labels).mean())
