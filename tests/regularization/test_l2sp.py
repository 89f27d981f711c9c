import keras
import numpy as np
import pytest

from tlcourse.errors import CourseError
from tlcourse.regularization import L2SP


@pytest.fixture
def models():
    """A pretrained part with one frozen layer, and a model with a new head."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,))
    frozen = keras.layers.Dense(4, name="frozen")(inputs)
    body = keras.Model(inputs, keras.layers.Dense(3, name="open")(frozen))
    body.get_layer("frozen").trainable = False
    outer = keras.Input((4,))
    model = keras.Model(outer, keras.layers.Dense(2, name="head")(body(outer)))
    return body, model


def test_the_penalty_is_the_formula(models, rng):
    body, model = models
    start = {w.path: w.numpy() for w in model.weights}
    L2SP(alpha=0.3, beta=0.07).attach(body, model)
    for weight in model.weights:  # also the frozen ones: they must not count
        weight.assign(weight + rng.normal(size=weight.shape))
    kernel, bias = body.get_layer("open").get_weights()
    expected = 0.3 / 2 * np.sum((kernel - start["open/kernel"]) ** 2)
    expected += 0.3 / 2 * np.sum((bias - start["open/bias"]) ** 2)
    expected += 0.07 / 2 * np.sum(model.get_layer("head").kernel.numpy() ** 2)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)


def test_it_is_zero_for_pretrained_weights_where_they_started(models):
    body, model = models
    L2SP(alpha=1.0, beta=0.0).attach(body, model)
    assert float(sum(model.losses)) == 0


def test_only_trainable_weights_carry_it(models):
    body, model = models
    L2SP().attach(body, model)
    carry = {w.path for w in model.weights if w.regularizer is not None}
    assert carry == {"open/kernel", "open/bias", "head/kernel"}


def test_it_pulls_back_to_the_start_where_the_loss_is_silent(models):
    body, model = models
    start = body.get_layer("open").kernel.numpy()
    L2SP(alpha=1.0, beta=0.0).attach(body, model)
    body.get_layer("open").kernel.assign(start + 1)
    model.compile(keras.optimizers.SGD(0.1), "mse")
    for _ in range(60):
        model.train_on_batch(np.zeros((2, 4)), model.predict_on_batch(np.zeros((2, 4))))
    np.testing.assert_allclose(body.get_layer("open").kernel.numpy(), start, atol=0.01)


def test_without_a_pretrained_part_only_the_head_counts(models):
    _, model = models
    L2SP().attach(None, model)
    assert {w.path for w in model.weights if w.regularizer} == {"open/kernel", "head/kernel"}


def test_negative_strengths_are_refused():
    with pytest.raises(CourseError, match="0 or more"):
        L2SP(alpha=-1)
