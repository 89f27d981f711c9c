import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from tlcourse.errors import DataError
from tlcourse.evaluation.learning_curve import learning_curve
from tlcourse.evaluation.transfer_gain import gain_curve, transfer_gain
from tlcourse.evaluation.two_way import two_way_bootstrap


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def hits(rng, accuracy, draws=5, n=300):
    return rng.random((draws, n)) < accuracy


def test_the_word_follows_the_interval(rng):
    high, low, same = hits(rng, 0.8), hits(rng, 0.5), hits(rng, 0.8)
    assert transfer_gain(high, low).word == "positive transfer"
    assert transfer_gain(low, high).word == "negative transfer"
    assert transfer_gain(high, same).word == "undecided"


def test_gain_is_with_minus_without_and_reads_as_points():
    with_transfer = np.array([[1, 1, 1, 0]] * 2, bool)
    without = np.array([[1, 0, 0, 0], [1, 1, 0, 0]], bool)
    found = transfer_gain(with_transfer, without, labels=40)
    # Differences 0 1 1 0 and 0 0 1 0: 3 of 8 entries.
    assert found.gain == pytest.approx(3 / 8)
    assert (found.with_transfer, found.without) == (0.75, 0.375)
    assert str(found).startswith("At equal labels (40 labels): undecided, +37.5 points [")


def test_the_other_side_may_catch_up_at_equal_compute(rng):
    with_transfer, short, long = hits(rng, 0.8), hits(rng, 0.5), hits(rng, 0.95)
    found = transfer_gain(with_transfer, short, equal_compute=long)
    assert found.word == "positive transfer"
    assert found.equal_compute.word == "negative transfer"
    assert found.equal_compute.account == "equal compute"
    assert "At equal compute: negative transfer" in str(found)


def test_metrics_of_independent_runs_use_a_paired_t_interval():
    # Differences 0.1, 0.2, 0.3: mean 0.2, s = 0.1, t(0.975, 2) = 4.30265,
    # half-width 4.30265 * 0.1 / sqrt(3) = 0.24841.
    found = transfer_gain([0.6, 0.8, 1.0], [0.5, 0.6, 0.7])
    assert found.gain == pytest.approx(0.2)
    assert found.high - found.gain == pytest.approx(0.24841, abs=1e-5)
    assert found.word == "undecided"


def test_pairing_makes_the_interval_narrower_than_the_two_sides_apart(rng):
    easy = rng.random(400)  # items differ in difficulty, the same for both sides
    a = easy < 0.75 + 0.02 * rng.normal(size=(5, 1))
    b = easy < 0.70 + 0.02 * rng.normal(size=(5, 1))
    paired = transfer_gain(a, b)
    apart = sum((x.high - x.low) ** 2 for x in map(two_way_bootstrap, (a, b))) ** 0.5
    assert paired.high - paired.low < 0.9 * apart


@settings(max_examples=40, deadline=None)
@given(draws=st.integers(1, 6), n=st.integers(2, 60), seed=st.integers(0, 10_000))
def test_swapping_the_sides_changes_the_sign_only(draws, n, seed):
    draw = np.random.default_rng(seed)
    a, b = draw.random((2, draws, n)) < 0.6
    one, other = transfer_gain(a, b, draws=200), transfer_gain(b, a, draws=200)
    assert one.gain == pytest.approx(-other.gain)
    assert one.low == pytest.approx(-other.high)
    assert one.low <= one.gain + 1e-12
    assert one.gain <= one.high + 1e-12


def test_two_way_interval_covers_where_items_alone_do_not(rng):
    covered = {"both": 0, "items": 0}
    for repeat in range(150):
        skill = 0.6 + 0.05 * rng.normal(size=(5, 1))  # training draws differ
        table = rng.random((5, 200)) < skill
        both = two_way_bootstrap(table, draws=300, seed=repeat)
        items = two_way_bootstrap(table.mean(axis=0)[None], draws=300, seed=repeat)
        covered["both"] += both.low <= 0.6 <= both.high
        covered["items"] += items.low <= 0.6 <= items.high
    assert covered["both"] >= 128
    assert covered["items"] < covered["both"] - 20


def test_groups_of_test_items_widen_the_interval(rng):
    concept = rng.random((5, 100)) < 0.6
    a = np.repeat(concept, 3, axis=1)
    b = np.zeros_like(a)
    plain = transfer_gain(a, b)
    grouped = transfer_gain(a, b, groups=np.repeat(np.arange(100), 3))
    assert grouped.high - grouped.low > 1.2 * (plain.high - plain.low)


def test_gain_at_every_size_of_two_curves(rng):
    labels = np.arange(200) % 2
    useful = rng.normal(size=(200, 3)) + 1.5 * labels[:, None]
    noise = rng.normal(size=(200, 3))

    def fit(features, labels, *, groups=None, seed=0):
        return LogisticRegression().fit(features, labels)

    a = learning_curve(useful, labels, [10, 60], fit=fit, seeds=3)
    b = learning_curve(noise, labels, [10, 60], fit=fit, seeds=3)
    gains = gain_curve(a, b)
    assert [g.labels for g in gains] == [10, 60]
    assert all(g.word == "positive transfer" for g in gains)
    assert gains[1].gain == pytest.approx(a.accuracy[1].mean() - b.accuracy[1].mean())
    shorter = learning_curve(noise, labels, [10], fit=fit, seeds=3)
    with pytest.raises(DataError, match="same sizes"):
        gain_curve(a, shorter)


@pytest.mark.parametrize(
    ("a", "b", "options", "message"),
    [
        ([[True, False]], [[True]], {}, "same shape"),
        ([[0.5, 0.7]], [[0.1, 0.2]], {}, "neither True nor False"),
        ([0.5, 0.7], [0.1, 0.2], {"groups": ["a", "b"]}, "one metric for each run"),
        ([0.5], [0.1], {}, "one run shows no spread"),
        ([[True]], [[False]], {}, "at least two"),
    ],
)
def test_refuses_what_does_not_pair(a, b, options, message):
    with pytest.raises(DataError, match=message):
        transfer_gain(a, b, **options)


def test_two_way_bootstrap_refuses_a_list():
    with pytest.raises(DataError, match="one row of finite numbers"):
        two_way_bootstrap([1, 0, 1])
