import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.covariance import LedoitWolf, ledoit_wolf_shrinkage
from sklearn.preprocessing import StandardScaler

from tlcourse.errors import DataError
from tlcourse.transferability import h_score
from tlcourse.transferability.h_score import _ledoit_wolf


def reference(features, labels):
    """Return the shrunk H-score with explicit D x D matrices from scikit-learn."""
    F = StandardScaler().fit_transform(features)
    fitted = LedoitWolf(assume_centered=True).fit(F)
    means = np.stack([F[labels == label].mean(axis=0) for label in labels])
    between = means.T @ means / len(F)
    return (1 - fitted.shrinkage_) * np.trace(np.linalg.solve(fitted.covariance_, between))


@pytest.mark.parametrize(("n", "d"), [(80, 10), (40, 60), (30, 31)])
def test_equals_the_form_with_explicit_matrices(blobs, n, d):
    features, labels = blobs(n, d, n_classes=4)
    assert h_score(features, labels) == pytest.approx(reference(features, labels), rel=1e-8)


@pytest.mark.parametrize(("n", "d"), [(80, 10), (40, 60), (30, 31), (12, 1), (5, 400)])
@pytest.mark.parametrize("copies", [1, 3])
def test_shrinkage_equals_that_of_scikit_learn(rng, n, d, copies):
    F = np.tile(rng.normal(size=(n, d)) @ np.diag(rng.uniform(0.1, 3, d)), (1, copies))
    F -= F.mean(axis=0)
    sigma = np.linalg.svd(F, compute_uv=False) ** 2
    expected = ledoit_wolf_shrinkage(F, assume_centered=True)
    assert _ledoit_wolf(F, sigma) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(6, 40),
    d=st.integers(1, 60),
    n_classes=st.integers(2, 5),
    scale=st.sampled_from([1e-6, 1.0, 1e6]),
    seed=st.integers(0, 10_000),
)
def test_lies_between_zero_and_the_number_of_classes_less_one(n, d, n_classes, scale, seed):
    draw = np.random.default_rng(seed)
    labels = np.arange(n) % n_classes
    features = scale * (draw.normal(size=(n, d)) + draw.normal(size=(n_classes, d))[labels])
    assert -1e-9 <= h_score(features, labels) <= n_classes - 1 + 1e-9


def test_the_plain_form_reaches_its_bound_for_any_labels_when_features_abound(rng):
    features = rng.normal(size=(40, 60))
    labels = rng.permutation(np.arange(40) % 4)
    assert h_score(features, labels, shrinkage=0) == pytest.approx(3, rel=1e-8)
    assert h_score(features, labels) < 1


def test_full_shrinkage_leaves_nothing(blobs):
    assert h_score(*blobs(30, 5), shrinkage=1) == 0


def test_class_means_that_coincide_score_zero():
    features = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    assert h_score(features, [0, 0, 1, 1]) == pytest.approx(0, abs=1e-12)


def test_refuses_impossible_input():
    with pytest.raises(DataError, match="weight from 0"):
        h_score(np.eye(4), [0, 1, 0, 1], shrinkage=1.5)
    with pytest.raises(DataError, match="constant"):
        h_score(np.ones((4, 2)), [0, 1, 0, 1])
    with pytest.raises(DataError, match="at least 2"):
        h_score(np.eye(4), [0, 0, 0, 0])
