"""Exercise 3.6: an honest head for the joined features.

The check looks at the head before it trains anything (statistics, start, size), then trains
it on every holdout in the same way as a zero-started head on block 5 alone, and compares
the two with an interval that allows for what the holdouts share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.evaluation.compare import Comparison
from tlcourse.exercises.ch03_trial import MakeHead, measure
from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    call,
    describe,
    other,
    right,
)

if TYPE_CHECKING:
    import keras

MOST_WEIGHTS = 20_000
BLOCK5_CHANNELS = 512
_FEW_HOLDOUTS = 5  # below this an interval says almost nothing, as in fast mode ...
_FEW_SLACK = 0.05  # ... so a small loss by bad luck is let through, and called undecided
_SAME = 1e-3  # mean absolute difference of statistics, in standard deviations


def _judge(
    answer: Any,
    exercise: Exercise,
    *,
    features: np.ndarray,
    labels: np.ndarray,
    holdouts: Sequence[tuple[np.ndarray, np.ndarray]],
    split: Any,
    block5: np.ndarray | None,
    openings: int,
) -> Verdict:
    """Judge `make_head`.

    Args:
        answer: The learner's function: training features (n, d) -> untrained Keras head.
        exercise: This exercise.
        features: Joined features of the whole data set, (n, d).
        labels: int (n,).
        holdouts: Pairs (train rows, held-out rows) into `features`.
        split: The split whose test part must stay sealed.
        block5: Features of block 5 alone; the last 512 columns of `features` when None.
        openings: How often the test part may have been opened before, by the lesson itself.
    """
    if not callable(answer):
        return exercise.unexpected(answer)
    features, labels = np.asarray(features, np.float32), np.asarray(labels)
    block5 = features[:, -BLOCK5_CHANNELS:] if block5 is None else np.asarray(block5, np.float32)
    train, held_out = holdouts[0]
    head = call(answer, features[train].copy())
    if head is None or head is ...:
        return NOT_ATTEMPTED
    if split.times_opened > openings:
        return exercise.wrong("test opened")
    n_classes = int(labels.max()) + 1
    found = _judge_form(head, features[train], n_classes)
    found = found or _judge_statistics(head, exercise, features, train, held_out, split)
    found = found or _judge_start(head, exercise)
    if found is not None:
        return found
    comparison = measure(answer, features, block5, labels, holdouts)
    if split.times_opened > openings:
        return exercise.wrong("test opened")
    return _judge_gain(comparison, exercise)


def _judge_form(head: Any, train_features: np.ndarray, n_classes: int) -> Verdict | None:
    """Refuse what is not a small Keras model that gives probabilities."""
    import keras

    if not isinstance(head, keras.Model):
        return other(f"make_head returned {describe(head)}. Expected a Keras model.")
    outputs = keras.ops.convert_to_numpy(head(train_features[:8], training=False))
    if outputs.shape != (len(train_features[:8]), n_classes):
        return other(
            f"The head gives an output of shape {outputs.shape} for 8 pictures. Expected one "
            f"probability for each of the {n_classes} classes, (8, {n_classes})."
        )
    if not np.allclose(outputs.sum(axis=1), 1, atol=1e-3) or outputs.min() < 0:
        return other("The outputs are not probabilities. End the head with a softmax.")
    trained = sum(int(np.prod(w.shape)) for w in head.trainable_weights)
    if trained > MOST_WEIGHTS:
        return other(
            f"The head trains {trained:,} weights. At most {MOST_WEIGHTS:,} are allowed here: "
            f"a linear layer on the joined features needs about half of that."
        )
    return None if trained else other("Nothing in the head is trainable. Leave the Dense layer so.")


def _judge_statistics(
    head: keras.Model,
    exercise: Exercise,
    features: np.ndarray,
    train: np.ndarray,
    held_out: np.ndarray,
    split: Any,
) -> Verdict | None:
    """Find out whose statistics the Normalization layers hold: the training part's, or more."""
    import keras

    layers = [x for x in _all_layers(head) if isinstance(x, keras.layers.Normalization)]
    if not layers:
        return exercise.wrong("no normalization")
    probe = keras.Model(head.inputs[0], [layer.output for layer in layers])

    def standardized(rows: np.ndarray) -> bool:
        outputs = probe(features[rows], training=False)
        outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        return _is_standardized(np.concatenate([np.asarray(z) for z in outputs], axis=-1))

    if standardized(train):
        return None
    everything = (
        np.arange(len(features)),
        split.development,
        np.concatenate([train, held_out]),
    )
    if any(standardized(rows) for rows in everything):
        return exercise.wrong("statistics of all")
    return exercise.wrong("not adapted")


def _is_standardized(values: np.ndarray) -> bool:
    """Tell whether columns that vary have mean 0 and standard deviation 1 over these rows."""
    spread = values.std(axis=0, dtype=np.float64)
    vary = spread > 1e-6
    if not vary.any():
        return False
    center = np.abs(values.mean(axis=0, dtype=np.float64)[vary]).mean()
    return center < _SAME and np.abs(spread[vary] - 1).mean() < _SAME


def _judge_start(head: keras.Model, exercise: Exercise) -> Verdict | None:
    """A linear head starts from zero; a hidden layer must not."""
    kernels = [
        layer.kernel for layer in _all_layers(head) if getattr(layer, "kernel", None) is not None
    ]
    zero = [not np.asarray(kernel).any() for kernel in kernels]
    if len(kernels) == 1 and not zero[0]:
        return exercise.wrong("random start")
    if any(zero[:-1]):
        return other(
            "A hidden layer starts from zero, so all its units stay equal for ever (symmetry). "
            "Only the last, linear layer may."
        )
    return None


def _all_layers(model: keras.Model) -> list[Any]:
    """Return the layers of a model, those of models inside it included."""
    found = []
    for layer in model.layers:
        found += _all_layers(layer) if hasattr(layer, "layers") else [layer]
    return found


def _judge_gain(found: Comparison, exercise: Exercise) -> Verdict:
    numbers = (
        f"Gain over block 5 alone: {100 * found.difference:+.1f} points, 95 % interval "
        f"{100 * found.low:+.1f} to {100 * found.high:+.1f}, {found.n} holdouts."
    )
    few = found.n < _FEW_HOLDOUTS
    if found.high < 0 or (few and found.difference < -_FEW_SLACK):
        return exercise.wrong("worse", numbers)
    if found.low > 0:
        return right(numbers)
    if found.difference > 0 or (few and found.difference < 0):
        return right(
            f"{numbers} The head is honest; the interval includes zero, so report its gain as "
            f"undecided."
        )
    return exercise.wrong("no gain", numbers)


# Typical answers. Each takes the materials and returns a make_head.


def linear_head(
    *, start: str = "zeros", normalize: bool = True, adapt_on: Any = None, columns: Any = None
) -> Callable[..., MakeHead]:
    """Return a maker of `make_head` functions: one linear layer, right or wrong in one way.

    Args:
        start: Initializer of the kernel.
        normalize: Put a Normalization layer in front.
        adapt_on: Function (materials) -> features to adapt on, instead of the training part.
        columns: (first, last) columns of the features to use; all when None.
    """

    def with_materials(**materials: Any) -> MakeHead:
        def make_head(train_features: np.ndarray) -> keras.Model:
            import keras

            inputs = keras.Input((train_features.shape[1],))
            outputs = inputs
            if normalize:
                layer = keras.layers.Normalization()
                layer.adapt(adapt_on(materials) if adapt_on else train_features)
                outputs = layer(outputs)
            if columns:
                outputs = outputs[:, columns[0] : columns[1]]
            n_classes = int(np.max(materials["labels"])) + 1
            dense = keras.layers.Dense(n_classes, activation="softmax", kernel_initializer=start)
            return keras.Model(inputs, dense(outputs))

        return make_head

    return with_materials


def _peeking(**materials: Any) -> MakeHead:
    honest = linear_head()(**materials)

    def make_head(train_features: np.ndarray) -> keras.Model:
        materials["split"].open_test("a look at the test part while choosing")
        return honest(train_features)

    return make_head


def _blind(**materials: Any) -> MakeHead:
    """Join the features, then throw most of them away."""
    return linear_head(columns=(0, 2))(**materials)


def _not_adapted(**materials: Any) -> MakeHead:
    return linear_head(adapt_on=lambda m: np.eye(2, m["features"].shape[1]))(**materials)


HONEST_HEAD = Exercise(
    id="03.6",
    question=(
        "Write make_head(train_features): an untrained Keras head for the joined features that "
        "beats block 5 alone on the holdouts. The check trains it, in the same way as block 5's."
    ),
    expects="a function that takes training features (n, d) and returns an untrained Keras model",
    judge=_judge,
    materials=("features", "labels", "holdouts", "split"),
    optional={"block5": None, "openings": 0},
    mistakes=(
        Mistake(
            "statistics of all",
            linear_head(adapt_on=lambda m: m["features"]),
            "The Normalization layer holds the statistics of all pictures. That is a leak: adapt "
            "on the training part only.",
        ),
        Mistake(
            "no normalization",
            linear_head(normalize=False),
            "There is no Normalization layer. Block 3 is about 50 times larger than block 5: it "
            "drowns the rest.",
        ),
        Mistake(
            "not adapted",
            _not_adapted,
            "The Normalization layer's statistics are not those of the training features. Call "
            "adapt with exactly what make_head receives.",
        ),
        Mistake(
            "random start",
            linear_head(start="glorot_uniform"),
            "The linear layer starts from random weights, some of which the data can never "
            "correct: see step 11.",
        ),
        Mistake(
            "test opened",
            _peeking,
            "The seal of the test part is broken: restart, and choose on held-out parts only.",
        ),
        Mistake(
            "no gain",
            linear_head(columns=(-BLOCK5_CHANNELS, None)),
            "No gain, and an interval that includes zero: report it as undecided, then try more "
            "blocks.",
        ),
        Mistake(
            "worse",
            _blind,
            "The head does worse than block 5 alone. Does it receive all the joined features?",
        ),
    ),
)
