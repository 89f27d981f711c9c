import math

import numpy as np
import pytest

keras = pytest.importorskip("keras")
import tensorflow as tf  # noqa: E402

from tlcourse.adaptation import DAN, DANN, GradientReversal, mmd, reversal_schedule  # noqa: E402
from tlcourse.adaptation.dan import BANDWIDTHS, batch_mmd  # noqa: E402
from tlcourse.errors import CourseError, DataError  # noqa: E402

SMALL = {"hidden": 16, "steps": 60, "batch_size": 32, "learning_rate": 1e-2}


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0, 2.5])
def test_reversal_is_identity_forward_and_minus_lambda_backward(rng, strength):
    x = tf.Variable(rng.normal(size=(5, 4)).astype("float32"))
    layer = GradientReversal(strength)
    with tf.GradientTape(persistent=True) as tape:
        plain = tf.reduce_sum(tf.sin(x) * x)
        turned = layer(x)
        reversed_ = tf.reduce_sum(tf.sin(turned) * turned)
    np.testing.assert_array_equal(turned.numpy(), x.numpy())
    expected = -strength * tape.gradient(plain, x).numpy()
    np.testing.assert_allclose(tape.gradient(reversed_, x).numpy(), expected, rtol=1e-6)


def test_reversal_follows_its_variable_inside_a_compiled_function(rng):
    layer = GradientReversal(1.0)
    x = tf.constant(rng.normal(size=(3, 2)).astype("float32"))
    layer(x)

    @tf.function
    def gradient():
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x) ** 2)
        return tape.gradient(loss, x)

    np.testing.assert_allclose(gradient().numpy(), -2 * x.numpy(), rtol=1e-6)
    layer.strength.assign(0.25)
    np.testing.assert_allclose(gradient().numpy(), -0.5 * x.numpy(), rtol=1e-6)


def test_reversed_gradient_of_the_shared_layer_inside_dann(rng):
    """Domain gradient of shared weights with reversal = −λ × the one without; heads unchanged."""
    model = DANN.build_model(6, 3, 8)
    x = tf.constant(rng.normal(size=(10, 6)).astype("float32"))
    shared, judge, domain = (model.get_layer(n) for n in ("shared", "domain_hidden", "domain"))
    with tf.GradientTape(persistent=True) as tape:
        _, loss, _ = DANN.forward(model, x, tf.constant(5), tf.constant(0.4))
        logit = domain(judge(shared(x)))[:, 0]
        is_source = tf.constant([1.0] * 5 + [0.0] * 5)
        plain = tf.reduce_mean(
            tf.nn.sigmoid_cross_entropy_with_logits(labels=is_source, logits=logit)
        )
    assert float(loss) == pytest.approx(float(plain), rel=1e-6)
    turned, straight = (tape.gradient(v, shared.kernel.value) for v in (loss, plain))
    np.testing.assert_allclose(turned, -0.4 * straight.numpy(), rtol=1e-4, atol=1e-8)
    turned, straight = (tape.gradient(v, judge.kernel.value) for v in (loss, plain))
    np.testing.assert_allclose(turned, straight, rtol=1e-4, atol=1e-8)


def test_schedule_is_the_formula_of_the_paper():
    assert reversal_schedule(0.0) == 0.0
    assert reversal_schedule(0.5) == pytest.approx(2 / (1 + math.exp(-5)) - 1)
    assert DANN.schedule(11)[-1] == pytest.approx(2 / (1 + math.exp(-10)) - 1)
    assert len(DANN.schedule(1)) == 1


def test_reversal_layer_is_registered_and_loads_in_safe_mode(tmp_path, rng):
    model = keras.Sequential([keras.Input((3,)), GradientReversal(0.7, name="turn")])
    model.layers[0].strength.assign(0.2)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras", safe_mode=True)
    assert isinstance(loaded.layers[0], GradientReversal)
    assert loaded.layers[0].initial_strength == pytest.approx(0.7)
    assert float(loaded.layers[0].strength) == pytest.approx(0.2)


@pytest.mark.parametrize("kind", [DANN, DAN])
def test_learns_the_source_and_transfers_when_own_scaled(shifted_classes, kind):
    xs, ys, xt, _, xq, yq = shifted_classes()
    net = kind(**SMALL).fit(xs, ys, xt)
    assert np.mean(net.predict(xs, domain="source") == ys) > 0.95
    assert np.mean(net.predict(xq) == yq) > 0.8
    p = net.predict_proba(xq)
    assert p.shape == (len(xq), 3)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert net.hidden(xq).shape == (len(xq), 16)
    assert net.history["class"].shape == net.history["alignment"].shape == (60,)
    assert net.history["class"][-10:].mean() < net.history["class"][:10].mean()


def test_dan_reduces_the_mmd_of_the_hidden_layer(shifted_classes):
    xs, ys, xt, *_ = shifted_classes(move=1.0)
    values = {}
    for strength in (0.0, 3.0):
        net = DAN(**SMALL, scale="source", strength=strength, seed=1).fit(xs, ys, xt)
        values[strength] = mmd(net.hidden(xs, domain="source"), net.hidden(xt))
    assert values[3.0] < 0.5 * values[0.0]


def test_dann_confuses_the_domains(shifted_classes):
    """Without adaptation the judge wins (loss near 0); with it, it is held towards ln 2."""
    xs, ys, xt, *_ = shifted_classes(move=1.0)
    ends = {}
    for strength in (0.0, 1.0):
        settings = {**SMALL, "steps": 200}
        net = DANN(**settings, scale="source", strength=strength).fit(xs, ys, xt)
        ends[strength] = net.history["alignment"][-30:].mean()
    assert ends[0.0] < 0.1 < ends[1.0]


@pytest.mark.parametrize("kind", [DANN, DAN])
def test_without_strength_the_target_does_not_matter(shifted_classes, kind):
    xs, ys, xt, *_ = shifted_classes()
    settings = {**SMALL, "strength": 0.0, "scale": "source"}
    a = kind(**settings).fit(xs, ys, xt).predict_proba(xs, domain="source")
    b = kind(**settings).fit(xs, ys, xt[::-1] * 3).predict_proba(xs, domain="source")
    np.testing.assert_allclose(a, b, atol=1e-6)


def test_same_seed_same_network_and_seeds_differ(shifted_classes):
    xs, ys, xt, *_ = shifted_classes()
    runs = DANN(**SMALL).fit_seeds(xs, ys, xt, seeds=(0, 1, 0))
    first, second, again = (run.predict_proba(xt) for run in runs)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - second).max() > 1e-3
    assert [run.settings["seed"] for run in runs] == [0, 1, 0]


@pytest.mark.parametrize("kind", [DANN, DAN])
def test_save_and_load_give_the_same_predictions(shifted_classes, tmp_path, kind):
    xs, ys, xt, _, xq, _ = shifted_classes()
    net = kind(**SMALL, scale="source").fit(xs, ys, xt)
    loaded = kind.load(net.save(tmp_path / "net"))
    np.testing.assert_array_equal(loaded.predict_proba(xq), net.predict_proba(xq))
    np.testing.assert_array_equal(
        loaded.hidden(xs, domain="source"), net.hidden(xs, domain="source")
    )
    assert loaded.settings == net.settings
    other = DAN if kind is DANN else DANN
    with pytest.raises(CourseError, match=f"not a {other.kind}"):
        other.load(tmp_path / "net")


def test_saved_files_that_carry_code_are_refused(shifted_classes, tmp_path):
    xs, ys, xt, *_ = shifted_classes()
    folder = DANN(**SMALL | {"steps": 1}).fit(xs, ys, xt).save(tmp_path / "net")
    whole = (folder / "scaling.npz").read_bytes()
    np.savez(folder / "scaling.npz", source_mean=np.array([{}], object))
    with pytest.raises(CourseError, match=r"scaling\.npz cannot be read .* was refused"):
        DANN.load(folder)
    (folder / "scaling.npz").write_bytes(whole)
    inputs = keras.Input((4,))
    code = keras.Model(inputs, keras.layers.Lambda(lambda x: x * 2)(inputs))
    code.save(folder / "network.keras")
    with pytest.raises(DataError, match="carries code"):
        DANN.load(folder)


def test_batch_mmd_equals_the_numpy_one(rng):
    x = rng.normal(size=(20, 6)).astype("float32")
    from scipy.spatial.distance import pdist

    width = pdist(x, "sqeuclidean").mean()
    expected = mmd(x[:8], x[8:], bandwidth=[b * width for b in BANDWIDTHS], unbiased=False)
    assert float(batch_mmd(tf.constant(x), 8)) == pytest.approx(expected, abs=1e-5)
    assert float(batch_mmd(tf.zeros((6, 3)), 3)) == pytest.approx(0)


def test_fewer_items_than_features_or_a_batch(rng):
    xs, xt = rng.normal(size=(20, 50)), rng.normal(size=(9, 50))
    net = DANN(**SMALL).fit(xs, rng.integers(0, 2, 20), xt, n_classes=4)
    assert net.predict_proba(xt).shape == (9, 4)


def test_errors(rng, tmp_path):
    x, y = rng.normal(size=(10, 3)), np.arange(10) % 2
    with pytest.raises(CourseError, match="fit"):
        DANN().predict(x)
    with pytest.raises(CourseError, match="scale"):
        DANN(scale="both")
    with pytest.raises(CourseError, match="steps"):
        DANN(steps=0)
    with pytest.raises(DataError, match="n_classes"):
        DANN(**SMALL).fit(x, y, x, n_classes=1)
    with pytest.raises(CourseError, match=r"settings\.json"):
        DANN.load(tmp_path)
