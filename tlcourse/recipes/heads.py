"""Train the same head on many holdouts without repeating what never changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.heads import LinearHead, fit_head
from tlcourse.recipes.scores import Holdout, Scores, scores
from tlcourse.recipes.training import BATCH, count_weights, draw_rows

if TYPE_CHECKING:
    import keras

STRENGTHS = (0.01, 0.1, 1.0)
INNER_FOLDS = 3
EPOCHS = 20
_STEPS_AT_ONCE = 8  # fewer trips between Python and TensorFlow; the arithmetic is the same

MakeHead = Callable[[np.ndarray], "keras.Sequential"]


def logistic_scores(
    name: str,
    features: np.ndarray,
    labels: np.ndarray,
    holdouts: Sequence[Holdout],
    *,
    strengths: Sequence[float] = STRENGTHS,
) -> Scores:
    """Fit a standardized logistic head on each holdout; C by inner cross-validation.

    Args:
        name: Name of the variant.
        features: float32 (n, d), of the whole data set.
        labels: int (n,).
        holdouts: Pairs (train rows, held-out rows).
        strengths: Candidates for C; one value skips the inner cross-validation.

    Cost: about 0.1 s for each holdout on two CPU cores.
    """
    start = time.perf_counter()
    heads = logistic_heads(features, labels, holdouts, strengths=strengths)
    seconds = (time.perf_counter() - start) / len(holdouts)
    right = [
        np.mean(head.predict(features[test]) == labels[test])
        for head, (_, test) in zip(heads, holdouts, strict=True)
    ]
    return scores(name, right, holdouts, weights=heads[0].trained_parameters, seconds=seconds)


def logistic_heads(
    features: np.ndarray,
    labels: np.ndarray,
    holdouts: Sequence[Holdout],
    *,
    strengths: Sequence[float] = STRENGTHS,
) -> list[LinearHead]:
    """Fit one `LinearHead` on the training part of each holdout; see `logistic_scores`."""
    n_classes = int(labels.max()) + 1
    return [
        fit_head(
            features[train],
            labels[train],
            n_classes=n_classes,
            strengths=strengths,
            folds=INNER_FOLDS,
        )
        for train, _ in holdouts
    ]


def served_scores(
    name: str,
    heads: Sequence[LinearHead],
    features: np.ndarray,
    labels: np.ndarray,
    holdouts: Sequence[Holdout],
) -> Scores:
    """Measure heads that were fitted elsewhere: what a user gets who feeds them `features`."""
    right = [
        np.mean(head.predict(features[test]) == labels[test])
        for head, (_, test) in zip(heads, holdouts, strict=True)
    ]
    return scores(name, right, holdouts, weights=heads[0].trained_parameters)


def keras_scores(
    name: str,
    make_head: MakeHead,
    features: np.ndarray,
    labels: np.ndarray,
    holdouts: Sequence[Holdout],
    *,
    epochs: int = EPOCHS,
    batch_size: int = BATCH,
) -> Scores:
    """Train a Keras head on each holdout with `fit`, and measure it on the held-out part.

    Leading layers without trainable weights (Normalization) answer the same for the same
    features, so their output is computed once for each holdout; the rest is compiled once
    and started again for each holdout from the weights of a newly built head.

    Args:
        name: Name of the variant.
        make_head: Training features -> compiled `keras.Sequential` that takes features
            and class numbers.
        features: float32 (n, d), of the whole data set.
        labels: int (n,).
        holdouts: Pairs (train rows, held-out rows). The seed is the number of the pair.
        epochs: Passes through the training part.
        batch_size: Items in a step.

    Cost: about 0.2 s for each holdout where the head is linear, on two CPU cores.
    """
    trainer, right, seconds = None, [], 0.0
    for seed, (train, test) in enumerate(holdouts):
        head = _build(make_head, features[train], seed)
        trainer = trainer or _Trainer(head)
        start = time.perf_counter()
        trainer.restart(head)
        order = draw_rows(train, epochs * len(train), seed=seed)
        trainer.fit(features[order], labels[order], batch_size)
        seconds += time.perf_counter() - start
        right.append(np.mean(trainer.predict(features[test]) == labels[test]))
    weights = count_weights(trainer.tail)
    return scores(name, right, holdouts, weights=weights, seconds=seconds / len(holdouts))


def stepwise_scores(
    names: tuple[str, str],
    make_head: MakeHead,
    features: np.ndarray,
    labels: np.ndarray,
    holdouts: Sequence[Holdout],
    *,
    steps: int,
    epochs: int,
    batch_size: int,
) -> tuple[Scores, Scores]:
    """Train a Keras head for some steps, measure it, go on for some epochs, measure again.

    Returns:
        Scores after the steps, and scores after the epochs that follow.
    """
    trainer, early, late = None, [], []
    seconds = [0.0, 0.0]
    for seed, (train, test) in enumerate(holdouts):
        head = _build(make_head, features[train], seed)
        trainer = trainer or _Trainer(head)
        trainer.restart(head)
        order = draw_rows(train, steps * batch_size, seed=seed)
        start = time.perf_counter()
        trainer.fit(features[order], labels[order], batch_size)
        seconds[0] += time.perf_counter() - start
        early.append(np.mean(trainer.predict(features[test]) == labels[test]))
        order = draw_rows(train, epochs * len(train), seed=seed + 1)
        trainer.fit(features[order], labels[order], batch_size)
        seconds[1] += time.perf_counter() - start
        late.append(np.mean(trainer.predict(features[test]) == labels[test]))
    weights, n = count_weights(trainer.tail), len(holdouts)
    return tuple(
        scores(name, right, holdouts, weights=weights, seconds=s / n)
        for name, right, s in zip(names, (early, late), seconds, strict=True)
    )


def _build(make_head: MakeHead, features: np.ndarray, seed: int) -> keras.Sequential:
    import keras

    keras.utils.set_random_seed(seed)
    return make_head(features)


class _Trainer:
    """The trainable end of a head, compiled once and started again as often as needed."""

    def __init__(self, head: keras.Sequential) -> None:
        import keras

        first = next(i for i, layer in enumerate(head.layers) if layer.trainable_variables)
        self._first = first
        self.fixed = head.layers[:first]
        shape = head.layers[first].input.shape[1:]
        self.tail = keras.Sequential([keras.Input(shape), *head.layers[first:]])
        self.tail.compile(optimizer=head.optimizer, loss=head.loss, jit_compile=False)
        self.tail.steps_per_execution = _STEPS_AT_ONCE
        head.optimizer.build(self.tail.trainable_variables)
        self._fresh = [(v, np.array(v)) for v in head.optimizer.variables]

    def restart(self, head: keras.Sequential) -> None:
        """Take over the fixed layers and the untrained weights of a newly built head."""
        self.fixed = head.layers[: self._first]
        weights = [w for layer in head.layers[self._first :] for w in layer.get_weights()]
        self.tail.set_weights(weights)
        for variable, value in self._fresh:
            variable.assign(value)

    def fit(self, features: np.ndarray, labels: np.ndarray, batch_size: int) -> None:
        """Train on rows in the order given; all passes in one call, which is much quicker."""
        self.tail.fit(
            self._before(features), labels, batch_size=batch_size, shuffle=False, verbose=0
        )

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the most probable class of each row."""
        return np.asarray(self.tail(self._before(features), training=False)).argmax(axis=1)

    def _before(self, features: np.ndarray) -> np.ndarray:
        for layer in self.fixed:
            features = np.asarray(layer(features))
        return features
