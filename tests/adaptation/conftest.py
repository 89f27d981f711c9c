import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def two_domains():
    """Make source (n_s, d) and target (n_t, d) with different means, scales and correlations."""

    def make(n_source, n_target, d, seed=0):
        rng = np.random.default_rng(seed)
        mix = rng.normal(size=(d, d)) / np.sqrt(d)
        source = rng.normal(size=(n_source, d)) @ mix + 1.0
        target = rng.normal(size=(n_target, d)) * rng.uniform(0.5, 2.0, d) - 0.5
        return source, target

    return make


@pytest.fixture
def shifted_classes():
    """Make three classes in a source and in a target whose features are stretched and moved."""

    def make(n=120, d=8, move=4.0, seed=0):
        rng = np.random.default_rng(seed)
        centers = 3.0 * rng.normal(size=(3, d))
        ys, yt, yq = (rng.integers(0, 3, n) for _ in range(3))
        xs, xt, xq = (centers[y] + rng.normal(size=(n, d)) for y in (ys, yt, yq))
        # Moved towards one class, so that a source-trained classifier has a favorite answer.
        towards = centers[0] - centers.mean(axis=0)
        scale, offset = rng.uniform(0.5, 2.0, d), move * towards
        return xs, ys, xt * scale + offset, yt, xq * scale + offset, yq

    return make


def linear(features, labels, *, groups=None, seed=0):
    """Stand in for tlcourse.heads.fit_head where its inner cross-validation is not the point."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=500)).fit(
        features, labels
    )


@pytest.fixture
def fit():
    return linear
