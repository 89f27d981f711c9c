import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tlcourse.errors import DataError
from tlcourse.heads import fit_head


def blobs(rng, n=120, d=12, n_classes=3, spread=1.5):
    centers = rng.normal(0, 2, (n_classes, d))
    labels = np.arange(n) % n_classes
    return (centers[labels] + rng.normal(0, spread, (n, d))).astype(np.float32), labels


@pytest.mark.parametrize(("n", "d"), [(120, 12), (60, 200)], ids=["n>d", "n<d"])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_equals_scikit_learn_at_the_same_strength(rng, n, d, n_classes):
    x, y = blobs(rng, n, d, n_classes)
    head = fit_head(x, y, strengths=[0.03])
    reference = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.03, tol=1e-8, max_iter=5000)
    ).fit(x.astype(np.float64), y)
    np.testing.assert_allclose(head.predict_proba(x), reference.predict_proba(x), atol=2e-3)


def test_the_strength_is_chosen_by_inner_validation(rng):
    x, y = blobs(rng, 60, 100, spread=8)
    head = fit_head(x, y)
    assert set(head.inner_scores) == {1e-4, 1e-3, 1e-2, 1e-1, 1.0}
    best = max(head.inner_scores.values())
    assert head.inner_scores[head.strength] == pytest.approx(best, abs=1e-6)
    ties = [c for c, s in head.inner_scores.items() if round(s, 6) == round(best, 6)]
    assert head.strength == min(ties)


def test_same_seed_same_head(rng):
    x, y = blobs(rng)
    first, second = fit_head(x, y, seed=5), fit_head(x, y, seed=5)
    np.testing.assert_array_equal(first.weights, second.weights)


def test_keras_head_gives_the_same_probabilities(rng):
    x, y = blobs(rng, 80, 30)
    x[:, 3] = 7.0  # a constant feature has no spread to divide by
    head = fit_head(x, y)
    np.testing.assert_allclose(
        head.to_keras().predict(x, verbose=0), head.predict_proba(x), atol=1e-5
    )


def test_probabilities_are_probabilities_however_large_the_features(rng):
    x, y = blobs(rng)
    p = fit_head(x, y).predict_proba(x * 1e4)
    assert np.isfinite(p).all()
    np.testing.assert_allclose(p.sum(1), 1, atol=1e-5)


def test_a_class_without_examples_is_never_answered(rng):
    x, y = blobs(rng, n_classes=3)
    head = fit_head(x[y != 1], y[y != 1], n_classes=4)
    p = head.predict_proba(x)
    assert p.shape == (len(x), 4)
    assert p[:, [1, 3]].max() < 1e-6


def test_two_items_of_a_class_are_enough(rng):
    x, y = blobs(rng, 6, 5, 3)
    assert fit_head(x, y).predict(x).shape == (6,)


def test_groups_stay_together_in_the_inner_folds(rng):
    """Copies of one item on both sides would make the weakest penalty look best."""
    x, y = blobs(rng, 30, 60, spread=12)
    groups = np.repeat(np.arange(30), 4)
    x4 = np.repeat(x, 4, axis=0) + rng.normal(0, 0.01, (120, 60)).astype(np.float32)
    y4 = np.repeat(y, 4)
    leaky = max(fit_head(x4, y4).inner_scores.values())
    honest = max(fit_head(x4, y4, groups=groups).inner_scores.values())
    assert leaky > honest + 0.2


@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (np.zeros((3, 2, 2)), [0, 1, 0], "one row of numbers"),
        (np.zeros((3, 2)), [0, 1], "3 whole numbers"),
        (np.zeros((2, 2)), np.eye(2), "argmax"),
        (np.full((2, 2), np.nan), [0, 1], "not finite"),
        (np.zeros((3, 2)), [1, 1, 1], "at least two classes"),
        (np.zeros((2, 2)), [0.5, 1.5], "whole numbers"),
    ],
)
def test_bad_input_is_explained(features, labels, message):
    with pytest.raises(DataError, match=message):
        fit_head(np.asarray(features), np.asarray(labels))


def test_features_of_another_width_are_refused(rng):
    x, y = blobs(rng)
    with pytest.raises(DataError, match=r"\(n, 12\)"):
        fit_head(x, y).predict(x[:, :5])


@pytest.mark.parametrize("n", [12, 60])
def test_constant_features_leave_the_largest_class(n):
    labels = np.array([0, 1, 1] * (n // 3))
    head = fit_head(np.zeros((n, 20), np.float32), labels, strengths=(0.1,))
    assert (head.predict(np.zeros((5, 20), np.float32)) == 1).all()
    assert head.predict_proba(np.zeros((1, 20), np.float32))[0, 1] == pytest.approx(2 / 3, abs=0.01)
