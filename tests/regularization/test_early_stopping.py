import keras
import numpy as np
import pytest

from tlcourse.errors import CourseError
from tlcourse.regularization import EarlyStopping

X, Y = np.ones((4, 1), np.float32), np.zeros((4, 1), np.float32)


def run(policy, losses, epochs):
    """Train a model whose validation loss is given, and return it with its weight by epoch."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(0.01), "mse")
    weights = []

    class Given(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            weights.append(model.get_weights()[0].item())
            logs[policy.monitor] = losses[epoch]

    model.fit(X, Y, epochs=epochs, callbacks=[Given(), policy.callback()], verbose=0)
    return model.get_weights()[0].item(), weights


def test_it_stops_and_restores_the_best():
    kept, weights = run(EarlyStopping(patience=2), [3, 1, 2, 2, 0, 0], 6)
    assert len(weights) == 4
    assert kept == weights[1] != weights[-1]


def test_it_restores_the_best_also_after_the_last_epoch():
    kept, weights = run(EarlyStopping(patience=9), [3, 1, 2, 2], 4)
    assert len(weights) == 4
    assert kept == weights[1]


def test_accuracy_counts_upward():
    kept, weights = run(EarlyStopping(patience=1, monitor="val_accuracy"), [0.5, 0.7, 0.6, 1.0], 4)
    assert len(weights) == 3
    assert kept == weights[1]


@pytest.mark.parametrize("wrong", [{"patience": 0}, {"monitor": "loss"}])
def test_an_impossible_policy_is_refused(wrong):
    with pytest.raises(CourseError, match="Expected"):
        EarlyStopping(**wrong)
