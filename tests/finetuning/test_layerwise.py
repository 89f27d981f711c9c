import keras
import numpy as np
import pytest

from tlcourse.finetuning.layerwise import layerwise_adam

FACTORS = {"early": 0.01, "middle": 0.1, "late": 1.0}


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,))
    x = inputs
    for name in FACTORS:
        x = keras.layers.Dense(4, name=name)(x)
    return keras.Model(inputs, x)


def multipliers(model):
    return {w.path: FACTORS[w.path.split("/")[0]] for w in model.trainable_weights}


def moved(model, optimizer, gradients):
    """Take one step and return how far each kernel moved, root mean square."""
    before = [w.numpy() for w in model.trainable_weights]
    optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients], model.trainable_weights)
    steps = [w.numpy() - b for w, b in zip(model.trainable_weights, before, strict=True)]
    names = [w.path.split("/")[0] for w in model.trainable_weights]
    return {
        n: float(np.sqrt(np.mean(s**2))) for n, s in zip(names, steps, strict=True) if s.ndim > 1
    }


def test_first_step_of_each_layer_is_the_rate_times_its_factor(model, rng):
    gradients = [rng.normal(size=w.shape).astype("float32") for w in model.trainable_weights]
    found = moved(model, layerwise_adam(1e-3, multipliers(model)), gradients)
    # Adam's first step is the rate times the sign of the gradient.
    assert found == pytest.approx({n: 1e-3 * f for n, f in FACTORS.items()}, rel=1e-3)


def test_scaling_the_gradient_instead_changes_nothing(model, rng):
    factors = multipliers(model)
    scaled = [
        rng.normal(size=w.shape).astype("float32") * factors[w.path]
        for w in model.trainable_weights
    ]
    found = moved(model, keras.optimizers.Adam(1e-3), scaled)
    # Not exactly: the smallest gradients come near Adam's epsilon.
    assert found == pytest.approx(dict.fromkeys(FACTORS, 1e-3), rel=0.03)


def test_without_factors_it_is_adam(model, rng):
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    ours, theirs = layerwise_adam(1e-3, {}), keras.optimizers.Adam(1e-3)
    for _ in range(5):
        gradients = [rng.normal(size=w.shape).astype("float32") for w in model.trainable_weights]
        moved(model, ours, gradients)
        moved(twin, theirs, gradients)
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)


def test_decay_is_decoupled_follows_the_factor_and_spares_biases(model):
    for weight in model.trainable_weights:
        weight.assign(np.ones(weight.shape, "float32"))
    optimizer = layerwise_adam(0.1, multipliers(model), weight_decay=0.5)
    moved(model, optimizer, [np.zeros(w.shape, "float32") for w in model.trainable_weights])
    for weight in model.trainable_weights:
        factor = FACTORS[weight.path.split("/")[0]]
        expected = 1 - 0.1 * factor * 0.5 if len(weight.shape) > 1 else 1.0
        np.testing.assert_allclose(weight.numpy(), expected, rtol=1e-6)


def test_an_optimizer_comes_back_from_its_configuration(model):
    optimizer = layerwise_adam(1e-3, multipliers(model), weight_decay=0.5)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert (again.multipliers, again.decay) == (optimizer.multipliers, 0.5)
