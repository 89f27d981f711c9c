"""Short runs: the order of pictures, the loss of each step, starting again."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.recipes.training import count_weights, draw_rows, start_again, train

HOLDOUT = (np.arange(40), np.arange(40, 60))


def build(seed=0):
    tl.seed_everything(seed)
    import keras

    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.RMSprop(0.1), "sparse_categorical_crossentropy")
    return model


@pytest.fixture
def items(rng):
    inputs = rng.normal(size=(60, 6)).astype(np.float32)
    return inputs, inputs[:, :3].argmax(axis=1)


def test_draws_are_whole_passes_in_random_order():
    rows = np.arange(100, 110)
    order = draw_rows(rows, 25, seed=3)
    assert sorted(order[:10]) == sorted(order[10:20]) == list(rows)
    assert list(order[:10]) != list(order[10:20])
    assert len(order) == 25
    assert np.array_equal(order, draw_rows(rows, 25, seed=3))


def test_losses_are_those_of_single_batches(items):
    inputs, labels = items
    model = build()
    first = draw_rows(HOLDOUT[0], 8, seed=0)
    expected = -np.log(np.asarray(model(inputs[first]))[np.arange(8), labels[first]]).mean()
    run = train(model, inputs, labels, HOLDOUT, steps=5, seed=0, batch_size=8)
    assert len(run.losses) == 5
    assert run.losses[0] == pytest.approx(expected, rel=1e-4)
    assert run.weights == count_weights(model) == 21
    assert run.accuracy == pytest.approx(np.mean(np.equal(run.predictions, run.labels)))
    assert 1 <= run.classes_predicted <= 3


def test_one_hot_targets_count_as_classes(items):
    import keras

    inputs, labels = items
    model = build()
    model.compile("sgd", "categorical_crossentropy")
    run = train(model, inputs, np.eye(3)[labels], HOLDOUT, steps=2)
    assert run.labels == tuple(labels[HOLDOUT[1]])
    assert keras.backend.backend() == "tensorflow"


def test_starting_again_equals_a_new_model(items):
    inputs, labels = items
    used = build(0)
    train(used, inputs, labels, HOLDOUT, steps=4)
    start_again(used, build(1))
    again = train(used, inputs, labels, HOLDOUT, steps=4, seed=1)
    fresh = train(build(1), inputs, labels, HOLDOUT, steps=4, seed=1)
    assert again.losses == pytest.approx(fresh.losses, rel=1e-5)
    assert again.predictions == fresh.predictions
