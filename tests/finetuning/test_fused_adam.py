import keras
import numpy as np
import tensorflow as tf

from tlcourse.finetuning import fused_adam
from tlcourse.finetuning.layerwise import layerwise_adam


def one_variable():
    return keras.Variable(np.ones((3, 4), "float32"), name="w")


def test_many_steps_equal_adam_of_keras(rng):
    ours, theirs = one_variable(), one_variable()
    fused, plain = layerwise_adam(1e-2, {ours.path: 0.5}), keras.optimizers.Adam(5e-3)
    for scale in (1e-4, 1.0, 1e3, 1.0, 1e-8):
        gradient = tf.constant(scale * rng.normal(size=(3, 4)), tf.float32)
        fused.apply([gradient], [ours])
        plain.apply([gradient], [theirs])
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6)
    moments = zip(fused.variables, plain.variables, strict=True)
    for a, b in [*moments][2:]:  # after the step count and the rate
        # 1 - 0.999 is rounded here in float32 and there in float64.
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=2e-5)


def test_it_is_used_on_one_device_and_not_under_a_strategy(monkeypatch):
    calls = []
    original = fused_adam.step
    monkeypatch.setattr(fused_adam, "step", lambda *a, **k: calls.append(original(*a, **k)))
    weight = one_variable()
    layerwise_adam(1e-2, {}).apply([tf.ones((3, 4))], [weight])
    assert len(calls) == 1
    with tf.distribute.OneDeviceStrategy("/cpu:0").scope():
        assert not fused_adam.fits()
