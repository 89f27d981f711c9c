"""Linear heads: multinomial logistic regression on standardized features.

A linear head on frozen features is the standard first step of transfer learning
(Kornblith, Shlens & Le 2019, arXiv:1805.08974). The problem is convex: there is one
best answer, and it needs no random start, no learning rate and no epochs.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from tlcourse.datasets.splits import folds as make_folds
from tlcourse.errors import DataError

if TYPE_CHECKING:
    import keras

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
_MAX_ITERATIONS = 500


@dataclass(frozen=True, eq=False)
class LinearHead:
    """A fitted linear head: p = softmax(((x - mean) / scale) @ weights + bias).

    Args:
        mean: Feature means of the training part, float32 (d,).
        scale: Feature standard deviations of the training part, float32 (d,).
        weights: float32 (d, C).
        bias: float32 (C,).
        strength: Inverse regularization C that was chosen; larger means weaker.
        inner_scores: Mean inner cross-validated accuracy for each strength tried.
    """

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    strength: float
    inner_scores: dict[float, float] = field(default_factory=dict)

    @property
    def n_classes(self) -> int:
        """Number of classes C."""
        return len(self.bias)

    @property
    def trained_parameters(self) -> int:
        """Number of fitted weights, d*C + C."""
        return self.weights.size + self.bias.size

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Return scores before the softmax, float32 (n, C)."""
        features = _check_features(features, width=len(self.mean))
        return ((features - self.mean) / self.scale) @ self.weights + self.bias

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Return class probabilities, float32 (n, C); rows sum to 1."""
        scores = self.logits(features)
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True)

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the most probable class of each row, int64 (n,)."""
        return self.logits(features).argmax(axis=1)

    def to_keras(self) -> keras.Model:
        """Return the same head as a Keras model: Normalization, then a Dense softmax layer."""
        import keras

        inputs = keras.Input((len(self.mean),), name="features")
        outputs = self.attach(inputs)
        return keras.Model(inputs, outputs, name="linear_head")

    def attach(self, features: keras.KerasTensor) -> keras.KerasTensor:
        """Put the fitted head on a Keras tensor (batch, d); gives probabilities (batch, C)."""
        import keras

        # Normalization divides by sqrt(variance), and by a tiny constant where that is 0.
        normalize = keras.layers.Normalization(
            mean=self.mean, variance=self.scale**2, dtype="float32", name="standardize"
        )
        dense = keras.layers.Dense(
            self.n_classes,
            activation="softmax",
            kernel_initializer="zeros",
            dtype="float32",
            name="class_probabilities",
        )
        outputs = dense(normalize(features))
        dense.set_weights([self.weights, self.bias])
        return outputs


def fit_head(
    features: np.ndarray,
    labels: np.ndarray,
    *,
    groups: np.ndarray | None = None,
    n_classes: int | None = None,
    strengths: Sequence[float] = STRENGTHS,
    folds: int = 5,
    seed: int = 0,
) -> LinearHead:
    """Fit a linear head; its regularization is chosen by inner cross-validation.

    Minimizes mean cross-entropy + ||weights||^2 / (2 C n) over standardized features,
    for each strength C, and keeps the C that predicts held-out inner folds best. On a
    tie the stronger regularization wins.

    Args:
        features: float (n, d), finite.
        labels: int (n,), values 0 to C-1; every row is used for fitting.
        groups: What must stay together in the inner folds, (n,).
        n_classes: Number of classes; the largest label + 1 when None.
        strengths: Candidates for C, in the sense of scikit-learn. One value skips the
            inner cross-validation.
        folds: Inner folds; fewer are used where the rarest class is smaller.
        seed: Seed of the inner folds; nothing else is random.

    Raises:
        DataError: If shapes disagree, a value is not finite, or there is one class only.

    Cost: about (folds + 1) * len(strengths) fits. With n < d each fit works in n
    dimensions: rotating the features changes nothing for an L2 penalty, so the data are
    first rotated into the space they span, which is exact.
    """
    features = _check_features(features)
    labels = _check_labels(features, labels)
    n_classes = n_classes or int(labels.max()) + 1
    strengths = sorted(float(c) for c in strengths)
    # These problems are small: more BLAS threads only wait for each other.
    # A weak penalty may use up its iterations: its inner score judges it as it is.
    with threadpool_limits(1, user_api="blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        scores = _inner_scores(features, labels, groups, strengths, folds, seed)
        best = max(strengths, key=lambda c: (round(scores.get(c, 0.0), 6), -c))
        (head,) = _fit_path(features, labels, [best], n_classes)
    return LinearHead(*head, strength=best, inner_scores=scores)


def _inner_scores(
    features: np.ndarray,
    labels: np.ndarray,
    groups: np.ndarray | None,
    strengths: Sequence[float],
    folds: int,
    seed: int,
) -> dict[float, float]:
    rarest = np.bincount(labels)[np.unique(labels)].min()
    folds = int(min(folds, rarest))
    if len(strengths) < 2 or folds < 2:
        return {}
    n_classes = int(labels.max()) + 1
    right = np.zeros(len(strengths))
    for train, held_out in make_folds(labels, groups, n=folds, seed=seed):
        if len(np.unique(labels[train])) < 2:
            continue
        path = _fit_path(features[train], labels[train], strengths, n_classes)
        for i, parts in enumerate(path):
            predicted = LinearHead(*parts, strength=strengths[i]).predict(features[held_out])
            right[i] += np.sum(predicted == labels[held_out])
    return {c: float(r / len(labels)) for c, r in zip(strengths, right, strict=True)}


def _fit_path(
    features: np.ndarray, labels: np.ndarray, strengths: Sequence[float], n_classes: int
) -> list[tuple[np.ndarray, ...]]:
    """Fit every strength, each starting from the one before; see `fit_head`."""
    scaler = StandardScaler().fit(features.astype(np.float64))
    x = scaler.transform(features)
    x, rotation = _rotate(x)
    model = LogisticRegression(max_iter=_MAX_ITERATIONS, tol=1e-4, warm_start=True)
    path = []
    for strength in strengths:
        model.set_params(C=strength).fit(x, labels)
        coef = model.coef_ if rotation is None else model.coef_ @ rotation
        weights, bias = _expand(coef, model.intercept_, model.classes_, n_classes)
        path.append(
            tuple(a.astype(np.float32) for a in (scaler.mean_, scaler.scale_, weights, bias))
        )
    return path


def _rotate(x: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """With n < d, express the rows in the at most n directions they span.

    Returns the new coordinates (n, r) and the directions (r, d), or x and None.
    """
    if len(x) >= x.shape[1]:
        return x, None
    # Eigenvectors of the n x n Gram matrix: far cheaper than a singular value decomposition.
    values, vectors = np.linalg.eigh(x @ x.T)
    kept = values > values[-1] * len(x) * np.finfo(np.float64).eps
    if not kept.any():  # every feature is constant, as after a collapse: nothing to rotate
        return x, None
    spread = np.sqrt(values[kept])
    return vectors[:, kept] * spread, (vectors[:, kept] / spread).T @ x


def _expand(
    coef: np.ndarray, intercept: np.ndarray, classes: np.ndarray, n_classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Give every class a column; two classes come as one row, absent ones get no chance."""
    if len(coef) == 1:
        coef, intercept = np.vstack([-coef, coef]) / 2, np.concatenate([-intercept, intercept]) / 2
    weights = np.zeros((coef.shape[1], n_classes))
    bias = np.full(n_classes, -1e4)
    weights[:, classes] = coef.T
    bias[classes] = intercept
    return weights, bias


def _check_features(features: np.ndarray, width: int | None = None) -> np.ndarray:
    features = np.asarray(features)
    if features.ndim != 2 or (width is not None and features.shape[1] != width):
        expected = f"(n, {width if width is not None else 'd'})"
        raise DataError(
            f"Features have shape {features.shape}, expected {expected}: one row of numbers for "
            f"each item, as tl.extract returns them."
        )
    if not np.isfinite(features).all():
        raise DataError(
            "Features contain values that are not finite (NaN or infinity). Expected ordinary "
            "numbers; check the preprocessing and the precision of the backbone."
        )
    return features


def _check_labels(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.shape != (len(features),) or not np.issubdtype(labels.dtype, np.integer):
        raise DataError(
            f"Labels have shape {labels.shape} and type {labels.dtype}, expected {len(features)} "
            f"whole numbers, one for each row of features. One-hot labels become such numbers "
            f"with labels.argmax(axis=1)."
        )
    if len(np.unique(labels)) < 2:
        raise DataError("All labels are the same. A classifier needs at least two classes.")
    return labels.astype(np.int64)
