import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tlcourse.errors import DataError
from tlcourse.evaluation.intervals import bootstrap, interval, wilson


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@settings(max_examples=80, deadline=None)
@given(n=st.integers(1, 400), share=st.floats(0, 1), confidence=st.sampled_from([0.68, 0.9, 0.95]))
def test_wilson_equals_scipy_and_holds_the_estimate(n, share, confidence):
    k = round(share * n)
    found = interval(k, n, confidence=confidence)
    expected = stats.binomtest(k, n).proportion_ci(confidence, method="wilson")
    assert found.low == pytest.approx(expected.low, abs=1e-12)
    assert found.high == pytest.approx(expected.high, abs=1e-12)
    assert 0 <= found.low <= found.estimate + 1e-12
    assert found.estimate - 1e-12 <= found.high <= 1


def test_count_hits_and_whole_numbers_mean_the_same():
    hits = np.arange(110) < 86
    assert interval(hits) == interval(86, 110) == interval(hits.astype(int))
    assert (round(interval(86, 110).low, 3), round(interval(86, 110).high, 3)) == (0.696, 0.849)


def test_wilson_takes_arrays_and_knows_nothing_about_nothing():
    low, high = wilson([0, 5], [0, 10])
    assert (low[0], high[0]) == (0, 1)
    assert (low[1], high[1]) == (interval(5, 10).low, interval(5, 10).high)


@pytest.mark.parametrize(("n", "p"), [(30, 0.95), (110, 0.8), (110, 0.98)])
def test_wilson_covers_the_truth_as_often_as_promised_and_wald_does_not_near_one(rng, n, p):
    counts = rng.binomial(n, p, size=20_000)
    low, high = wilson(counts, n)
    assert np.mean((low <= p) & (p <= high)) > 0.93
    share = counts / n
    half = 1.96 * np.sqrt(share * (1 - share) / n)
    wald = np.mean((share - half <= p) & (p <= share + half))
    assert wald < 0.91 or p == 0.8


def test_grouped_bootstrap_covers_where_wilson_over_items_does_not(rng):
    covered = {"groups": 0, "items": 0}
    for repeat in range(200):
        difficulty = rng.beta(2, 1, size=60)  # mean 2/3, the truth
        hits = rng.random((60, 5)) < difficulty[:, None]
        by_group = interval(
            hits.ravel(), groups=np.repeat(np.arange(60), 5), draws=400, seed=repeat
        )
        by_item = interval(hits.ravel())
        covered["groups"] += by_group.low <= 2 / 3 <= by_group.high
        covered["items"] += by_item.low <= 2 / 3 <= by_item.high
    assert covered["groups"] >= 180
    assert covered["items"] < covered["groups"]


def test_grouped_bootstrap_with_one_item_each_is_close_to_wilson(rng):
    hits = rng.random(400) < 0.7
    found = interval(hits, groups=np.arange(400))
    assert found.method == "grouped bootstrap"
    assert found.low == pytest.approx(interval(hits).low, abs=0.01)
    assert found.high == pytest.approx(interval(hits).high, abs=0.01)


def test_groups_that_are_all_right_do_not_prove_certainty():
    found = interval(np.ones(30, bool), groups=np.repeat(np.arange(10), 3))
    assert found.high == 1
    assert found.low == interval(10, 10).low


def test_runs_use_student_t():
    # Mean 0.8, s = 0.1, t(0.975, 3) = 3.1824: half-width 3.1824 * 0.1 / 2 = 0.15912.
    values = 0.8 + np.array([-1, -1, 1, 1]) * 0.1 * np.sqrt(3) / 2
    found = interval(values)
    assert found.estimate == pytest.approx(0.8)
    assert found.high - 0.8 == pytest.approx(0.15912, abs=1e-5)


def test_overlapping_runs_are_corrected():
    # The same s = 0.1, and 5 folds: n_test/n_train = 1/4. Factor sqrt(1/4 + 1/4) = 0.70711,
    # half-width 3.1824 * 0.1 * 0.70711 = 0.22503.
    values = 0.8 + np.array([-1, -1, 1, 1]) * 0.1 * np.sqrt(3) / 2
    found = interval(values, n_train=80, n_test=20)
    assert found.method == "corrected t"
    assert found.high - 0.8 == pytest.approx(0.22503, abs=1e-5)


def test_bootstrap_of_any_statistic_agrees_with_theory(rng):
    values = rng.normal(size=200)
    found = bootstrap(lambda i: values[i].mean(), 200, draws=1000)
    half = 1.96 * values.std() / np.sqrt(200)
    assert found.estimate == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * half, rel=0.1)


def test_bootstrap_draws_whole_groups():
    seen = []
    groups = ["a", "b", "a", "c"]
    bootstrap(lambda i: seen.append(np.bincount(i, minlength=4)) or 0.0, 4, groups=groups, draws=50)
    assert all(counts[0] == counts[2] for counts in seen)


def test_same_seed_same_interval(rng):
    hits = rng.random(97) < 0.6
    groups = np.arange(97) // 4 + np.arange(97) // 7  # of unequal sizes
    assert interval(hits, groups=groups, seed=3) == interval(hits, groups=groups, seed=3)
    assert interval(hits, groups=groups, seed=3) != interval(hits, groups=groups, seed=4)


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        ((120, 110), {}, "cannot be right"),
        (([0.8],), {}, "one run shows no spread"),
        (([0.8, np.nan],), {}, "failed run"),
        (([],), {}, "expected a list of numbers"),
        (([3, 4],), {}, "pass its total"),
        (([0.8, 0.9],), {"n_train": 80}, "expected both"),
        (([0.8, 0.9],), {"n_train": 0, "n_test": 20}, "training and test part"),
        (([True, False],), {"groups": ["a", "a"]}, "one group"),
        (([True, False],), {"groups": ["a"]}, "one group for"),
        ((86, 110), {"confidence": 95}, "pass 0.95"),
    ],
)
def test_refuses_impossible_input(args, options, message):
    with pytest.raises(DataError, match=message):
        interval(*args, **options)


def test_bootstrap_refuses_a_single_group():
    with pytest.raises(DataError, match="at least two"):
        bootstrap(lambda i: 0.0, 3, groups=["a"] * 3)
