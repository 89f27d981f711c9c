import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from tlcourse.errors import DataError
from tlcourse.evaluation.compare import compare
from tlcourse.evaluation.crossval import cross_validate


def fit_logistic(features, labels, *, groups=None, seed=0):
    return LogisticRegression().fit(features, labels)


class Nearest:
    """Answer with the class of the most similar training item: memorizes copies."""

    def __init__(self, features, labels):
        self.features, self.labels = features, labels

    def predict_proba(self, features):
        distance = ((features[:, None] - self.features[None]) ** 2).sum(axis=2)
        return np.eye(self.labels.max() + 1)[self.labels[distance.argmin(axis=1)]]


@pytest.fixture
def table():
    rng = np.random.default_rng(3)
    labels = np.arange(90) % 3
    return rng.normal(size=(90, 5)) + rng.normal(size=(3, 5))[labels], labels


def test_equals_cross_val_predict_of_scikit_learn(table):
    features, labels = table
    found = cross_validate(features, labels, fit=fit_logistic, seed=4)
    splitter = StratifiedKFold(5, shuffle=True, random_state=4)
    expected = cross_val_predict(
        LogisticRegression(), features, labels, cv=splitter, method="predict_proba"
    )
    np.testing.assert_allclose(found.probabilities[0], expected, atol=1e-12)
    assert found.accuracy.mean() == pytest.approx(found.hits.mean())
    assert (found.n_train, found.n_test) == (72, 18)


def test_interval_is_the_corrected_t(table):
    found = cross_validate(*table, fit=fit_logistic, repeats=2)
    # t(0.975, 9) = 2.26216; factor sqrt(1/10 + 18/72).
    half = 2.26216 * found.accuracy.std(ddof=1) * np.sqrt(0.1 + 0.25)
    assert found.interval.method == "corrected t"
    assert found.interval.high - found.interval.estimate == pytest.approx(half, rel=1e-5)


def test_repeats_deal_the_items_anew_and_each_is_tested_once(table):
    found = cross_validate(*table, fit=fit_logistic, repeats=3)
    assert found.predictions.shape == found.folds.shape == (3, 90)
    assert len(found.accuracy) == len(found.seconds) == 15
    assert not np.array_equal(found.folds[0], found.folds[1])
    assert all((np.bincount(row) == 18).all() for row in found.folds)


def test_same_seed_same_folds_and_they_pair_in_compare(table):
    features, labels = table
    a = cross_validate(features, labels, fit=fit_logistic, seed=1)
    b = cross_validate(features[:, :1], labels, fit=fit_logistic, seed=1)
    c = cross_validate(features, labels, fit=fit_logistic, seed=2)
    assert a.fold_hash == b.fold_hash != c.fold_hash
    assert compare(a, b) == compare(a.accuracy, b.accuracy, n_train=72, n_test=18)
    with pytest.raises(DataError, match="different folds"):
        compare(a, c)


def test_groups_stay_together_and_expose_copies():
    rng = np.random.default_rng(0)
    features = np.repeat(rng.normal(size=(60, 4)), 3, axis=0) + 0.01 * rng.normal(size=(180, 4))
    labels = np.repeat(rng.integers(0, 2, 60), 3)  # meaningless labels
    groups = np.repeat(np.arange(60), 3)

    def fit(features, labels, *, groups, seed):
        return Nearest(features, labels)

    leaky = cross_validate(features, labels, fit=fit)
    honest = cross_validate(features, labels, groups=groups, fit=fit)
    assert leaky.accuracy.mean() > 0.9
    assert honest.accuracy.mean() < 0.65
    assert all(len(np.unique(honest.folds[0][groups == g])) == 1 for g in range(60))


def test_fit_sees_training_rows_groups_and_seed_only(table):
    features, labels = table
    seen = []

    def fit(features, labels, *, groups, seed):
        seen.append((len(features), len(labels), len(groups), seed))
        return fit_logistic(features, labels)

    cross_validate(features, labels, groups=np.arange(90) // 2, folds=3, seed=8, fit=fit)
    assert seen == [(60, 60, 60, 8)] * 3


def test_names_of_classes_come_back(table):
    features, labels = table
    names = np.array(["cat", "dog", "owl"])[labels]
    found = cross_validate(features, names, fit=fit_logistic)
    assert set(found.predictions.ravel()) <= {"cat", "dog", "owl"}
    assert list(found.classes) == ["cat", "dog", "owl"]


def test_fits_the_linear_head_of_the_course_by_default(table):
    found = cross_validate(*table, folds=3)
    assert found.accuracy.mean() > 0.5
    assert "3 folds" in repr(found)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": [0] * 90}, "at least 2"),
        ({"features": np.ones((5, 2))}, "5 rows of features and 90 labels"),
        ({"folds": 1}, "at least 2 folds"),
        ({"folds": 40}, "Use fewer folds"),
        ({"groups": ["a", "b", "c"] * 30}, "3 groups for 5 folds"),
        ({"groups": ["a"] * 30 + [*range(60)], "labels": [0] * 30 + [1] * 60}, "absent from"),
    ],
)
def test_refuses_impossible_input(table, change, message):
    arguments = {"features": table[0], "labels": table[1], "fit": fit_logistic} | change
    with pytest.raises(DataError, match=message):
        cross_validate(arguments.pop("features"), arguments.pop("labels"), **arguments)


def test_refuses_a_model_with_too_many_outputs(table):
    class Wide:
        def predict_proba(self, features):
            return np.full((len(features), 7), 1 / 7)

    with pytest.raises(DataError, match="7 probabilities"):
        cross_validate(*table, fit=lambda *a, **k: Wide())
