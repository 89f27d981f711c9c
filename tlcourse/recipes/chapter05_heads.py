"""Ways of training with nothing left to choose, in the form that `cross_validate` calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from tlcourse.heads import LinearHead, fit_head

Fit = Callable[..., Any]


def linear(strength: float) -> Fit:
    """Return a `fit` that trains a standardized logistic head with one strength C.

    Args:
        strength: Inverse regularization, in the sense of scikit-learn. Nothing is chosen, so
            no inner cross-validation runs.
    """

    def fit(features: np.ndarray, labels: np.ndarray, **_: Any) -> LinearHead:
        return fit_head(features, labels, strengths=[strength])

    return fit


def chosen(strengths: Sequence[float], *, folds: int = 3) -> Fit:
    """Return a `fit` that chooses its strength C by inner (grouped) folds of the training part.

    Args:
        strengths: Candidates for C.
        folds: Inner folds.
    """

    def fit(
        features: np.ndarray, labels: np.ndarray, *, groups: Any = None, seed: int = 0
    ) -> LinearHead:
        options = {"strengths": strengths, "folds": folds, "seed": seed}
        return fit_head(features, labels, groups=groups, **options)

    return fit


def nearest_neighbor(features: np.ndarray, labels: np.ndarray, **_: Any) -> Any:
    """Fit a 1-nearest-neighbor classifier on standardized features: pure memory."""
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    nearest = KNeighborsClassifier(1, algorithm="brute")
    return make_pipeline(StandardScaler(), nearest).fit(features, labels)


def network_accuracies(
    features: np.ndarray,
    labels: np.ndarray,
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    seeds: Sequence[int],
    *,
    hidden: int = 64,
    epochs: int = 12,
) -> np.ndarray:
    """Train a small network on every split with every seed and return its accuracies.

    Args:
        features: float32 (n, d), of the whole data set.
        labels: int (n,).
        pairs: S pairs (train rows, test rows).
        seeds: J seeds of the starting weights and of the order of the pictures.
        hidden: Units of the hidden layer.
        epochs: Passes through the training part.

    Returns:
        Accuracy, float (S, J): one row for each split, one column for each seed.

    Cost: about 0.3 s for each training on two CPU cores.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler

    table = np.zeros((len(pairs), len(seeds)))
    # A fixed number of epochs is what we want; scikit-learn would warn that it stopped early.
    with threadpool_limits(1, user_api="blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for i, (train, test) in enumerate(pairs):
            scaler = StandardScaler().fit(features[train])
            inputs, asked = scaler.transform(features[train]), scaler.transform(features[test])
            for j, seed in enumerate(seeds):
                network = MLPClassifier(hidden, batch_size=32, max_iter=epochs, random_state=seed)
                network.fit(inputs, labels[train])
                table[i, j] = network.score(asked, labels[test])
    return table
