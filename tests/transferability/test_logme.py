import time

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from tlcourse.errors import DataError
from tlcourse.transferability import evidence, logme


def exact_log_density(F, y, alpha, beta):
    """Return ln N(y; 0, I/beta + FFᵀ/alpha) from SciPy, with no algebra of ours in it."""
    covariance = np.eye(len(y)) / beta + F @ F.T / alpha
    return multivariate_normal(np.zeros(len(y)), covariance).logpdf(y)


def largest_log_density(F, y):
    """Maximize the exact density over ln alpha and ln beta with SciPy, from several starts."""

    def negative(x):
        return -exact_log_density(F, y, *np.exp(np.clip(x, -30, 30)))

    starts = [(0, 1), (5, 1)]
    options = {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 1000}
    found = [minimize(negative, s, method="Nelder-Mead", options=options) for s in starts]
    return -min(result.fun for result in found)


@pytest.mark.parametrize(
    ("n", "d", "gap"), [(60, 12, 0.6), (40, 60, 0.6), (30, 100, 0.3), (25, 25, 1)]
)
def test_equals_the_maximum_of_the_exact_density(blobs, n, d, gap):
    features, labels = blobs(n, d, gap=gap)
    F = StandardScaler().fit_transform(features)
    Y = np.eye(3)[labels]
    expected = np.mean([largest_log_density(F, y) for y in Y.T]) / n
    assert logme(features, labels) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("n", "d"), [(60, 12), (40, 60), (33, 32), (20, 300)])
def test_evidence_is_the_exact_density_at_its_own_alpha_and_beta(blobs, n, d):
    features, labels = blobs(n, d)
    found = evidence(features, labels, standardize=False)
    for c, y in enumerate(np.eye(3)[labels].T):
        exact = exact_log_density(features, y, found.alpha[c], found.beta[c]) / n
        assert found.log_evidence[c] == pytest.approx(exact, rel=1e-8)


def test_settles_where_the_updates_of_the_paper_stand_still(blobs):
    features, labels = blobs(50, 20)
    found = evidence(features, labels, standardize=False)
    for y, alpha, beta in zip(np.eye(3)[labels].T, found.alpha, found.beta, strict=True):
        precision = alpha * np.eye(20) + beta * features.T @ features
        mean = beta * np.linalg.solve(precision, features.T @ y)
        gamma = 20 - alpha * np.trace(np.linalg.inv(precision))
        assert gamma / (mean @ mean) == pytest.approx(alpha, rel=1e-5)
        assert (50 - gamma) / np.sum((features @ mean - y) ** 2) == pytest.approx(beta, rel=1e-5)


def test_written_with_alpha_and_beta_all_d_directions_count(blobs):
    """The formula of the paper with D terms gives our value; with the k nonzero ones it does not.

    For n < D the forgotten terms add (D - k) ln(alpha) / 2n, which grows with D.
    """
    features, labels = blobs(40, 160)
    found = evidence(features, labels)
    F = StandardScaler().fit_transform(features)
    full = np.concatenate([found.sigma, np.zeros(160 - len(found.sigma))])
    for c, y in enumerate(np.eye(3)[labels].T):
        alpha, beta = found.alpha[c], found.beta[c]
        mean = beta * np.linalg.solve(alpha * np.eye(160) + beta * F.T @ F, F.T @ y)
        rest = 80 * np.log(alpha) + 20 * np.log(beta) - 20 * np.log(2 * np.pi)
        rest -= beta / 2 * np.sum((F @ mean - y) ** 2) + alpha / 2 * mean @ mean
        right = (rest - 0.5 * np.log(alpha + beta * full).sum()) / 40
        short = (rest - 0.5 * np.log(alpha + beta * found.sigma).sum()) / 40
        assert found.log_evidence[c] == pytest.approx(right, rel=1e-8)
        assert short - right == pytest.approx((160 - len(found.sigma)) * np.log(alpha) / 80)


def test_more_separated_classes_score_higher_and_noise_scores_lowest(blobs, rng):
    near, labels = blobs(120, 200, gap=0.1)
    far, _ = blobs(120, 200, gap=0.5)
    noise = rng.normal(size=(120, 2000))
    assert logme(far, labels) > logme(near, labels) > logme(noise, labels)


def test_standardizing_makes_the_units_of_a_column_irrelevant(blobs):
    features, labels = blobs(50, 8)
    scaled = features * np.geomspace(1, 1e4, 8) + 100
    assert logme(scaled, labels) == pytest.approx(logme(features, labels), rel=1e-9)


def test_constant_columns_change_nothing(blobs):
    features, labels = blobs(50, 8)
    padded = np.hstack([features, np.full((50, 30), 3.0)])
    assert logme(padded, labels) == pytest.approx(logme(features, labels), rel=1e-9)


def test_accepts_float32_features_and_names_as_labels(blobs):
    features, labels = blobs(50, 8)
    names = np.array(["cat", "dog", "owl"])[labels]
    assert logme(features.astype("float32"), names) == pytest.approx(
        logme(features, labels), rel=1e-5
    )


def test_features_that_hold_the_labels_themselves_stay_finite():
    labels = np.arange(30) % 3
    assert np.isfinite(logme(np.eye(3)[labels], labels, standardize=False))


@pytest.mark.slow
def test_five_thousand_items_with_a_hundred_classes_take_under_two_seconds(rng):
    labels = np.arange(5000) % 100
    features = rng.normal(size=(5000, 1024)).astype("float32")
    logme(features[:200], labels[:200])  # pay for the imports first
    with threadpool_limits(1):  # seconds of one core: other programs cannot lengthen them
        start = time.process_time()
        logme(features, labels)
        assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (np.ones((6, 3)), [0, 1] * 3, "constant"),
        (np.eye(6), [1] * 6, "at least 2"),
        (np.full((6, 3), np.nan), [0, 1] * 3, "NaN or infinity"),
        (np.eye(5), [0, 1] * 3, "5 rows of features and 6 labels"),
        (np.ones((6, 2, 2)), [0, 1] * 3, "Pool or flatten"),
        (np.eye(6), np.eye(6), "argmax"),
        (np.eye(6), [0, 1, np.nan] * 2, "NaN or fractions"),
        (np.array([["a"]] * 6), [0, 1] * 3, "expected numbers"),
    ],
)
def test_refuses_what_cannot_be_scored(features, labels, message):
    with pytest.raises(DataError, match=message):
        logme(features, labels)


def test_refuses_features_of_zeros_without_standardizing():
    with pytest.raises(DataError, match="All features are zero"):
        logme(np.zeros((6, 2)), [0, 1] * 3, standardize=False)
