import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from tlcourse.errors import DataError
from tlcourse.evaluation.learning_curve import learning_curve, nested_order


def fit_logistic(features, labels, *, groups=None, seed=0):
    return LogisticRegression().fit(features, labels)


@pytest.fixture
def table():
    rng = np.random.default_rng(2)
    labels = np.arange(240) % 4
    return rng.normal(size=(240, 12)) + 0.8 * rng.normal(size=(4, 12))[labels], labels


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(1, 40), min_size=2, max_size=6),
    seed=st.integers(0, 10_000),
    balanced=st.booleans(),
)
def test_every_beginning_keeps_the_class_shares(counts, seed, balanced):
    codes = np.repeat(np.arange(len(counts)), counts)
    order = nested_order(codes, seed=seed, balanced=balanced)
    assert sorted(order) == list(range(len(codes)))
    for size in range(len(counts), len(codes) + 1):
        taken = np.bincount(codes[order[:size]], minlength=len(counts))
        assert taken.min() >= 1
        if balanced:
            open_classes = taken < counts
            if open_classes.any():
                assert taken.max() - taken[open_classes].min() <= 1
        else:
            expected = np.array(counts) * size / len(codes)
            assert np.abs(taken - expected).max() <= len(counts)


def test_training_sets_are_nested_and_test_items_never_trained_on(table):
    features, labels = table
    features = np.hstack(
        [features, np.arange(240)[:, None] / 1000]
    )  # the last column names the row
    seen = {}

    def fit(features, labels, *, groups, seed):
        seen.setdefault(seed, []).append(set(np.rint(1000 * features[:, -1]).astype(int)))
        return fit_logistic(features, labels)

    test = np.arange(0, 240, 3)
    learning_curve(features, labels, [8, 20, 60], seeds=[4, 9], fit=fit, test=test)
    assert set(seen) == {4, 9}
    for small, middle, large in seen.values():
        assert small < middle < large
        assert (len(small), len(middle), len(large)) == (8, 20, 60)
        assert not large & set(test)


def test_more_labels_help_and_every_number_is_there(table):
    curve = learning_curve(*table, [8, 40, 160], fit=fit_logistic, seeds=4)
    assert curve.hits.shape == (3, 4, 60)
    assert curve.seconds.shape == (3, 4)
    means = curve.accuracy.mean(axis=1)
    assert means[0] < means[1] < means[2]
    frame = curve.to_frame()
    assert list(frame["labels"]) == [8, 40, 160]
    assert frame["accuracy"].to_numpy() == pytest.approx(means)
    assert ((frame["low"] < frame["accuracy"]) & (frame["accuracy"] < frame["high"])).all()


def test_same_seeds_same_curve_and_other_seeds_another(table):
    first, second = (learning_curve(*table, [20], fit=fit_logistic, seeds=2) for _ in range(2))
    np.testing.assert_array_equal(first.hits, second.hits)
    assert first.intervals == second.intervals
    third = learning_curve(*table, [20], fit=fit_logistic, seeds=[7, 8])
    assert not np.array_equal(first.hits, third.hits)


def test_groups_stay_on_one_side(table):
    features, labels = table
    groups = np.arange(240) // 8
    curve = learning_curve(features, labels, [20], groups=groups, fit=fit_logistic, seeds=2)
    assert curve.test_groups is not None
    assert curve.intervals[0].n == len(np.unique(curve.test_groups)) < 60
    with pytest.raises(DataError, match="groups have items in the training and in the test"):
        learning_curve(
            features, labels, [20], groups=groups, test=np.arange(0, 240, 2), fit=fit_logistic
        )


def test_a_test_set_of_other_items_and_names_as_labels(table):
    features, labels = table
    names = np.array(["a", "b", "c", "d"])[labels]
    outside = (features[200:], names[200:])
    curve = learning_curve(
        features[:200], names[:200], [200], test=outside, seeds=1, fit=fit_logistic
    )
    expected = LogisticRegression().fit(features[:200], labels[:200]).score(*table_end(table))
    assert curve.accuracy[0, 0] == pytest.approx(expected)


def table_end(table):
    return table[0][200:], table[1][200:]


def test_perfect_scores_are_not_certainty():
    labels = np.arange(40) % 2
    features = np.eye(2)[labels] * 10
    curve = learning_curve(features, labels, [4], fit=fit_logistic, seeds=2)
    assert curve.intervals[0].estimate == 1
    assert curve.intervals[0].low == pytest.approx(0.722, abs=0.001)  # Wilson, 10 of 10


def test_fits_the_linear_head_of_the_course_by_default(table):
    assert learning_curve(*table, [40], seeds=1).accuracy[0, 0] > 0.5


@pytest.mark.parametrize(
    ("sizes", "options", "message"),
    [
        ([2], {}, "from 4"),
        ([500], {}, "to 180"),
        ([], {}, "sizes are"),
        ([20], {"test": 0.9}, "at most 0.5"),
        ([20], {"seeds": 0}, "no training draws"),
        ([20], {"test": np.arange(0, 240, 4)}, "no item left"),
        ([20], {"test": (np.ones((2, 12)), [0])}, "2 rows and 1 labels"),
        ([20], {"test": (np.ones((2, 12)), [0, 9])}, "same classes"),
    ],
)
def test_refuses_impossible_input(table, sizes, options, message):
    with pytest.raises(DataError, match=message):
        learning_curve(*table, sizes, fit=fit_logistic, **options)
