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

    Cost: less than a second for each holdout on two CPU cores.
    """
    import keras

    if len(holdouts) < 2:
        raise ValueError("one holdout shows no spread; pass at least two")
    base = linear_maker(int(labels.max()) + 1)
    accuracy: dict[str, list[float]] = {"head": [], "block 5": []}
    # The bar appears after two seconds and goes away at the end.
    for seed, (train, held_out) in enumerate(tqdm(holdouts, delay=2, leave=False)):
        for name, make, x in (("head", make_head, features), ("block 5", base, block5)):
            keras.utils.set_random_seed(seed)
            head = call(make, x[train].copy())
            if not isinstance(head, keras.Model):
                raise AnswerFailedError(f"make_head returned {describe(head)} when called again")
            fit(head, x[train], labels[train], seed=seed)
            predicted = np.asarray(head(x[held_out], training=False)).argmax(axis=1)
            accuracy[name].append(float((predicted == labels[held_out]).mean()))
    n_train, n_test = (np.mean([len(pair[i]) for pair in holdouts]) for i in (0, 1))
    return compare(accuracy["head"], accuracy["block 5"], n_train=n_train, n_test=n_test)


def linear_maker(n_classes: int) -> MakeHead:
    """Return a `make_head` that standardizes and adds one linear layer started from zero."""

    def make_head(train_features: np.ndarray) -> keras.Model:
        import keras

        standardize = keras.layers.Normalization()
        standardize.adapt(train_features)
        dense = keras.layers.Dense(n_classes, activation="softmax", kernel_initializer="zeros")
        inputs = keras.Input((train_features.shape[1],))
        return keras.Model(inputs, dense(standardize(inputs)))

    return make_head


def fit(head: keras.Model, features: np.ndarray, labels: np.ndarray, *, seed: int) -> None:
    """Train a head with Adam, all steps in one compiled call.

    `model.fit` would do the same arithmetic at ten times the seconds, most of them spent
    between the steps of so small a layer. A last, smaller batch of an epoch is left out.
    """
    import keras
    import tensorflow as tf

    rng, batch = np.random.default_rng(seed), min(BATCH, len(labels))
    epochs = [rng.permutation(len(labels)) for _ in range(EPOCHS)]
    batches = [rows[: len(rows) // batch * batch].reshape(-1, batch) for rows in epochs]
    order, x, y = (tf.constant(a) for a in (np.concatenate(batches), features, labels))
    weights = head.trainable_variables
    optimizer = keras.optimizers.Adam(RATE)
    optimizer.build(weights)

    @tf.function
    def steps() -> None:
        for rows in order:
            with tf.GradientTape() as tape:
                probabilities = head(tf.gather(x, rows), training=True)
                loss = keras.losses.sparse_categorical_crossentropy(
                    tf.gather(y, rows), probabilities
                )
                mean = tf.reduce_mean(loss) + tf.add_n([*head.losses, 0.0])
            optimizer.apply(tape.gradient(mean, weights), weights)

    steps()
