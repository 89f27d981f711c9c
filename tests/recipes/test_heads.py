"""Heads on holdouts: the same numbers as plain Keras, without repeating what stays fixed."""

import numpy as np
import pytest

from tlcourse.recipes import keras_scores, logistic_heads, logistic_scores, served_scores
from tlcourse.recipes.heads import stepwise_scores
from tlcourse.recipes.training import draw_rows


@pytest.fixture
def problem(rng):
    labels = rng.integers(0, 3, 120)
    features = rng.normal(size=(120, 10)).astype(np.float32) * 50
    features[np.arange(120), labels] += 200
    rows = rng.permutation(120)
    return features, labels, [(rows[:80], rows[80:]), (rows[40:], rows[:40])]


def make_head(train_features):
    import keras
    from keras import layers

    normalization = layers.Normalization()
    normalization.adapt(train_features)
    head = keras.Sequential(
        [keras.Input(train_features.shape[1:]), normalization, layers.Dense(3, "softmax")]
    )
    head.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return head


def plainly(features, labels, train, test, seed, epochs):
    """Train with nothing but Keras, on the same rows in the same order."""
    import keras

    keras.utils.set_random_seed(seed)
    head = make_head(features[train])
    order = draw_rows(train, epochs * len(train), seed=seed)
    head.fit(features[order], labels[order], batch_size=16, shuffle=False, verbose=0)
    return np.mean(np.asarray(head(features[test])).argmax(axis=1) == labels[test])


def test_keras_scores_equal_plain_keras(problem):
    features, labels, holdouts = problem
    found = keras_scores("head", make_head, features, labels, holdouts, epochs=3)
    expected = [plainly(features, labels, *pair, s, 3) for s, pair in enumerate(holdouts)]
    assert found.accuracies == pytest.approx(expected)
    assert found.weights == 33
    assert found.seconds > 0


def test_stepwise_scores_measure_on_the_way(problem):
    features, labels, holdouts = problem
    early, late = stepwise_scores(
        ("early", "late"), make_head, features, labels, holdouts, steps=1, epochs=8, batch_size=8
    )
    assert late.estimate > early.estimate
    assert late.seconds > early.seconds


def test_logistic_scores_beat_chance_by_far(problem):
    features, labels, holdouts = problem
    found = logistic_scores("logistic", features, labels, holdouts)
    assert found.estimate > 0.9
    assert found.weights == 33


def test_served_scores_use_the_heads_as_they_are(problem):
    features, labels, holdouts = problem
    heads = logistic_heads(features, labels, holdouts)
    same = served_scores("same", heads, features, labels, holdouts)
    assert same.accuracies == logistic_scores("x", features, labels, holdouts).accuracies
    assert served_scores("shrunk", heads, features / 1e6, labels, holdouts).estimate < 0.6
