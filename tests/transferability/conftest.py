"""Small classification tables that every score is tried on."""

import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def blobs(rng):
    """Return a maker of features (n, d) whose classes lie `gap` apart, with their labels."""

    def make(n, d, n_classes=3, gap=1.0):
        labels = np.arange(n) % n_classes
        means = rng.normal(size=(n_classes, d)) * gap
        scales = np.geomspace(0.2, 5, d)
        return (means[labels] + rng.normal(size=(n, d))) * scales, labels

    return make
