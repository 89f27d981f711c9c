"""Effective learning rates: what the optimizer really does with each weight."""

import pytest

from tlcourse import audit
from tlcourse.audit.rates import effective_rates, shown_rate
from tlcourse.finetuning.layerwise import layerwise_adam
from tlcourse.finetuning.schedules import schedule


@pytest.fixture
def model():
    import keras

    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, name="one"), keras.layers.Dense(2, name="two")]
    )


def rates_of(model):
    rates = effective_rates(model)
    return {layer.name: rates[id(layer.kernel)] for layer in model.layers}


def fit(model, rng):
    model.fit(rng.normal(size=(8, 3)), rng.normal(size=(8, 2)), verbose=0)


def test_nothing_is_known_before_compile(model):
    assert effective_rates(model) is None
    assert "unknown" in str(audit.compare(audit.snapshot(model), model))


def test_a_frozen_layer_has_rate_zero(model, rng):
    import keras

    model.get_layer("one").trainable = False
    model.compile(keras.optimizers.Adam(1e-3), "mse")
    assert rates_of(model) == {"one": 0, "two": pytest.approx(1e-3)}
    fit(model, rng)
    assert rates_of(model) == {"one": 0, "two": pytest.approx(1e-3)}


def test_a_change_without_compile_does_not_change_the_rate(model, rng):
    """Keras goes on with the old plan, and the table says so."""
    model.compile("sgd", "mse")
    fit(model, rng)
    model.get_layer("one").trainable = False
    assert rates_of(model)["one"] == pytest.approx(0.01)


def test_factors_of_layers_and_peaks_of_schedules(model):
    import keras

    factors = {model.get_layer("one").kernel.path: 0.25}
    rate = schedule("warmup_cosine", peak=2e-4, steps=10)
    model.compile(layerwise_adam(rate, factors), "mse")
    assert rates_of(model) == {"one": pytest.approx(5e-5), "two": pytest.approx(2e-4)}
    scaled = keras.optimizers.LossScaleOptimizer(layerwise_adam(2e-4, factors))
    model.compile(scaled, "mse")
    assert rates_of(model)["one"] == pytest.approx(5e-5)
    decay = keras.optimizers.schedules.CosineDecay(3e-3, 100)
    model.compile(keras.optimizers.SGD(decay), "mse")
    assert rates_of(model)["two"] == pytest.approx(3e-3)
    warm = keras.optimizers.schedules.CosineDecay(0.0, 100, warmup_target=0.5, warmup_steps=9)
    model.compile(keras.optimizers.SGD(warm), "mse")
    assert rates_of(model)["two"] == pytest.approx(0.5)


def test_the_report_has_a_column_of_rates(model, rng):
    import keras

    model.get_layer("one").trainable = False
    model.compile(keras.optimizers.Adam(1e-3), "mse")
    with audit.watch(model) as report:
        fit(model, rng)
    rates = {(row.layer, row.weight): row.learning_rate for row in report.rows}
    assert rates["one", "kernel"] == 0
    assert rates["two", "bias"] == pytest.approx(1e-3)
    line = next(x for x in str(report).splitlines() if x.startswith("two"))
    assert "1.0e-03" in line
    assert '<th scope="col">learning rate</th>' in report._repr_html_()
    assert "<td>1.0e-03</td>" in report._repr_html_()


def test_shown():
    assert [shown_rate(x) for x in (None, 0.0, 2.5e-5)] == ["unknown", "0", "2.5e-05"]
