import keras
import numpy as np
import pytest

from tlcourse.errors import CourseError
from tlcourse.finetuning import find_learning_rate, schedule, search_learning_rate
from tlcourse.finetuning.layerwise import layerwise_adam

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 16, 6)).astype("float32")
Y = np.eye(3, dtype="float32")[RNG.integers(0, 3, (4, 16))]
BATCHES = list(zip(X, Y, strict=True))


def compiled(optimizer, activation="relu"):
    keras.utils.set_random_seed(0)
    layers = [
        keras.Input((6,)),
        keras.layers.Dense(32, activation),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(3, "softmax"),
    ]
    model = keras.Sequential(layers)
    model.compile(optimizer, "categorical_crossentropy")
    return model


def state(model):
    return [v.numpy().copy() for v in (*model.variables, *model.optimizer.variables)]


@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.optimizers.SGD(0.01),
        lambda: layerwise_adam(0.01, {}),
        lambda: keras.optimizers.LossScaleOptimizer(layerwise_adam(0.01, {})),
    ],
)
@pytest.mark.parametrize("high", [1.0, 1e8])
def test_everything_is_as_before_also_after_an_explosion(make, high):
    model = compiled(make())
    model.fit(X[0], Y[0], epochs=2, verbose=0)  # the optimizer has a history to keep
    before = state(model)
    found = find_learning_rate(model, BATCHES, low=1e-4, high=high, steps=40)
    for a, b in zip(state(model), before, strict=True):
        np.testing.assert_array_equal(a, b)
    assert found.rates[0] == pytest.approx(1e-4)
    assert len(found.rates) == len(found.losses) == len(found.smoothed)
    assert len(found.rates) < 40 or high == 1.0
    assert 1e-5 <= found.suggestion < found.rates[-1]


def test_it_suggests_a_tenth_of_the_best_rate_and_training_works_there():
    model = compiled(keras.optimizers.SGD(0.01))
    found = find_learning_rate(model, BATCHES, low=1e-4, high=1e3, steps=60)
    best = found.rates[int(np.nanargmin(found.smoothed))]
    assert found.suggestion == pytest.approx(best / 10)
    model.optimizer.learning_rate.assign(found.suggestion)
    losses = [model.train_on_batch(*BATCHES[i % 4]) for i in range(40)]
    assert np.isfinite(losses).all()


def test_a_schedule_or_an_empty_range_is_refused():
    with pytest.raises(CourseError, match="follows a schedule"):
        find_learning_rate(
            compiled(layerwise_adam(schedule("warmup_cosine", peak=1.0, steps=9), {})), BATCHES
        )
    with pytest.raises(CourseError, match="low < high"):
        find_learning_rate(compiled("sgd"), BATCHES, low=1.0, high=0.1)


def test_search_on_a_backbone_leaves_it_alone(vgg, small, trunk):
    before = vgg.fingerprint()
    found = search_learning_rate(vgg, small, trunk=trunk, low=1e-6, high=1e-1, steps=12)
    assert vgg.fingerprint() == before
    assert len(found.rates) >= 5
    assert 1e-7 <= found.suggestion < 1e-2
