"""Block 5 compiled once: starts, steps and measurements against arithmetic and plain Keras."""

from dataclasses import replace

import numpy as np
import pytest

from tlcourse.backbones import backbone
from tlcourse.errors import DataError
from tlcourse.evaluation import interval, transfer_gain
from tlcourse.finetuning import FreezePlan, cache_trunk
from tlcourse.recipes.chapter04_arms import difference, other_versions, outcome, stacked
from tlcourse.recipes.chapter04_rates import rate_search, rising
from tlcourse.recipes.chapter04_sealed import SealedScores
from tlcourse.recipes.chapter04_tail import AT, Tail, between, cosine, probe, random_head

ROWS = np.arange(24)


@pytest.fixture(scope="module")
def setting():
    """VGG16 at its smallest, pictures of noise with a class each, and their trunk."""
    from tlcourse.datasets import load

    data = load("emoji", style="twemoji").subset(np.arange(0, 480, 20))
    network = backbone(image_size=32, precision="float32", weights="embedded")
    trunk = cache_trunk(network, data, at=AT)
    return network, trunk, data.labels


@pytest.fixture(scope="module")
def tail(setting):
    network, trunk, _ = setting
    return Tail(network, trunk, 8)


@pytest.fixture
def start(tail):
    tail.start(random_head(512, 8, seed=0))
    return tail


def test_features_at_the_start_are_those_of_the_backbone(start, setting):
    network, trunk, _ = setting
    from tlcourse.datasets import load

    data = load("emoji", style="twemoji").subset(np.arange(0, 480, 20))
    small = data.images[:, ::3, ::3]
    trunk = cache_trunk(network, replace(data, images=small), at=AT)
    expected = network.pooled(small, at=AT)["block5_pool"]
    np.testing.assert_allclose(start.features(ROWS, trunk), expected, rtol=1e-3, atol=1e-3)


def test_a_fitted_head_is_folded_into_the_weights_exactly(start, setting):
    features, labels = start.features(ROWS), setting[2]
    head = probe(features, labels, 8)
    start.start(head)
    np.testing.assert_allclose(start.logits(features), head.logits(features), atol=1e-3)


def test_the_same_seed_gives_the_same_weights_after_a_new_start(start, setting):
    labels = setting[2]
    first = start.train(labels, ROWS, rate=1e-4, epochs=1, seed=3)
    start.start(random_head(512, 8, seed=0))
    assert all(v == 0 for v in start.moved_by().values())
    second = start.train(labels, ROWS, rate=1e-4, epochs=1, seed=3)
    for a, b in zip(first.weights, second.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert first.losses == second.losses
    assert len(first.losses) == 2  # 24 rows in batches of 16


def test_a_step_equals_plain_keras(start, setting):
    import keras

    _, trunk, labels = setting
    maps = keras.Input(trunk.maps.shape[2:])
    inner = keras.models.clone_model(start.inner)
    inner.set_weights(start.inner.get_weights())
    out = inner(maps)
    out = out[0] if isinstance(out, (list, tuple)) else out
    pooled = keras.layers.GlobalAveragePooling2D()(out)
    head = keras.layers.Dense(8, activation="softmax")
    plain = keras.Model(maps, head(pooled))
    before = random_head(512, 8, seed=0)
    head.set_weights([before.weights, before.bias])
    plain.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    order = np.random.default_rng(7).permutation(ROWS[:16])
    plain.train_on_batch(trunk.maps[0, order], labels[order])
    moved = start.train(labels, ROWS[:16], rate=1e-4, epochs=1, seed=7)
    for ours, theirs in zip(moved.weights, plain.trainable_variables, strict=True):
        # Adam's first step is the sign of the gradient times the rate, and a gradient that is
        # almost zero may get either sign by rounding: in a few weights of a hundred.
        assert np.mean(np.abs(ours - theirs.numpy()) > 2e-5) < 0.05
        assert np.abs(ours - theirs.numpy()).max() <= 2.1e-4  # a step each way


def test_the_rate_may_follow_the_step(start, setting):
    seen = []

    def rate(step, steps):
        seen.append((step, steps))
        return 0.0

    start.train(setting[2], ROWS, rate=rate, epochs=2, seed=0)
    assert seen == [(i, 4) for i in range(4)]
    assert all(v == 0 for v in start.moved_by().values())  # a rate of zero moves nothing


def test_a_rate_for_each_layer_scales_the_step_and_a_scaled_gradient_does_not(setting):
    network, trunk, labels = setting
    plans = {
        "one": (FreezePlan(), 1.0),
        "rate": (FreezePlan(decay=0.1, decay_per="layer"), 1.0),
        "gradient": (FreezePlan(), 0.1),
    }
    moved = {}
    tail = Tail(network, trunk, 8)
    for name, (plan, factor) in plans.items():
        tail.set_rates(plan, gradient_decay=factor)
        tail.start(random_head(512, 8, seed=0))
        tail.train(labels, ROWS, rate=1e-4, epochs=1, seed=0)
        moved[name] = tail.moved_by()
    assert list(moved["one"]) == ["block5_conv1", "block5_conv2", "block5_conv3"]
    for i, layer in enumerate(moved["one"]):
        share = moved["rate"][layer] / moved["one"][layer]
        assert share == pytest.approx(0.1 ** (3 - i), rel=0.5)
    assert moved["gradient"]["block5_conv1"] > 0.5 * moved["one"]["block5_conv1"]


def test_between_two_weights_lie_their_averages(start, setting):
    a = start.weights()
    b = start.train(setting[2], ROWS, rate=1e-4, epochs=1).weights
    half = between(a, b, 0.5).weights
    for x, y, z in zip(a, b, half, strict=True):
        np.testing.assert_allclose(z, (x + y) / 2, atol=1e-6)
    start.restore(between(a, b, 0.0))
    assert all(v == pytest.approx(0, abs=1e-7) for v in start.moved_by().values())


def test_an_outcome_measures_styles_and_a_fresh_head(start, setting):
    _, trunk, labels = setting
    train, test = ROWS[::2], ROWS[1::2]
    before = start.features(test)
    found = outcome(start, {"a": trunk, "b": trunk}, labels, train, test, before=before)
    np.testing.assert_array_equal(found.hits["a"], found.hits["b"])
    assert found.hits["a"].shape == (len(test),)
    assert found.moved == 0
    assert found.cosine == pytest.approx(1, abs=1e-5)
    assert 0 <= found.dead < 1
    fresh = probe(start.features(train), labels[train], 8).predict(before) == labels[test]
    np.testing.assert_array_equal(found.reprobe["a"], fresh)
    assert stacked([found, found], "a").shape == (2, len(test))


def test_cosine_of_dead_features_is_zero():
    rng = np.random.default_rng(0)
    a = rng.random((5, 4))
    assert cosine(a, 3 * a) == pytest.approx(1)
    assert cosine(a, np.zeros_like(a)) == 0


def test_the_wider_interval_is_reported():
    rng = np.random.default_rng(0)
    b = rng.random((5, 40)) < 0.5
    a = b | (rng.random((5, 40)) < np.linspace(0, 0.6, 5)[:, None])
    gain, ours = transfer_gain(a, b), difference(a, b)
    over_seeds = interval(a.mean(axis=1) - b.mean(axis=1))
    assert ours.gain == gain.gain
    assert ours.low == min(gain.low, over_seeds.low)
    assert ours.high == max(gain.high, over_seeds.high)


def test_other_versions_keep_size_and_type(emoji):
    versions = other_versions(emoji.subset(np.arange(3)))
    for images in versions.values():
        assert images.shape == (3, 96, 96, 3)
        assert images.dtype == np.uint8
    assert (versions["gray"][..., 0] == versions["gray"][..., 2]).all()
    np.testing.assert_array_equal(255 - versions["negative"], emoji.images[:3])


def test_the_seal_counts_different_stops():
    sealed = SealedScores((0.0, 0.5), (0.6, 0.7))
    assert sealed.times_opened == 0
    assert sealed.open(0.5) == sealed.open(0.5) == 0.7
    assert sealed.times_opened == 1
    sealed.open(0)
    assert sealed.times_opened == 2
    with pytest.raises(DataError, match=r"no stop at 0\.3"):
        sealed.open(0.3)
    with pytest.raises(DataError, match="one for each"):
        SealedScores((0.0,), ())


def test_the_search_stops_where_the_loss_explodes():
    steps = 60
    rates = [rising(1e-6, 1e-1, steps)(i, steps) for i in range(steps)]
    assert rates[0] == pytest.approx(1e-6)
    assert rates[-1] == pytest.approx(1e-1)
    losses = [2.0] * 30 + [1.0] * 10 + [50.0] * 10 + [0.01] * 10
    found = rate_search(rates, losses)
    assert len(found.smoothed) < 50  # the late dip is never seen
    best = int(np.argmin(found.smoothed))
    assert 30 <= best < 40
    assert found.suggestion == pytest.approx(rates[best] / 10)
    assert len(rate_search(rates, [2.0] * 20 + [float("nan")] * 40).losses) == 21
