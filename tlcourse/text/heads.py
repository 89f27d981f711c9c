"""Heads for texts: logistic regression on averaged vectors, or on weighted word counts.

Both choose their regularization by inner cross-validation, so that neither side of a comparison
is handicapped.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from tlcourse.errors import DataError

DENSE_STRENGTHS = (0.001, 0.01, 0.1, 1.0)
COUNT_STRENGTHS = (0.3, 3.0, 30.0)


def fit_text_head(
    features: np.ndarray,
    labels: np.ndarray,
    *,
    groups: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    strengths: Sequence[float] = DENSE_STRENGTHS,
    seed: int = 0,
) -> Pipeline:
    """Fit logistic regression on standardized features, strength by 3-fold cross-validation.

    Args:
        features: Averaged vectors, float (n, d).
        labels: 0 or 1, (n,).
        groups: What stays together in the inner folds (reviews), (n,).
        weights: Weight of each text in the fit and in the inner scores, (n,).
        strengths: Candidates for C; one value skips the inner cross-validation.
        seed: Seed of the inner folds.

    Returns:
        A scikit-learn pipeline with `predict` and `decision_function`.

    Raises:
        DataError: If there are fewer than two texts of a class.
    """
    _check(labels)
    scaler = StandardScaler().fit(features)
    model = _fit(scaler.transform(features), labels, groups, weights, strengths, seed)
    return make_pipeline(scaler, model)


def fit_word_counts(
    texts: Sequence[Sequence[str]],
    labels: np.ndarray,
    *,
    groups: np.ndarray | None = None,
    strengths: Sequence[float] = COUNT_STRENGTHS,
    seed: int = 0,
) -> Pipeline:
    """Fit TF-IDF of single words with logistic regression: the baseline that must be beaten.

    The vocabulary is that of `texts` alone: a word that was never labeled does not exist.

    Args:
        texts: n tokenized texts.
        labels: 0 or 1, (n,).
        groups: As for `fit_text_head`.
        strengths: Candidates for C.
        seed: Seed of the inner folds.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    _check(labels)
    counter = TfidfVectorizer(analyzer=_as_it_is, sublinear_tf=True).fit(texts)
    model = _fit(counter.transform(texts), labels, groups, None, strengths, seed)
    return make_pipeline(counter, model)


def head_weights(head: Pipeline) -> tuple[np.ndarray, float]:
    """Return w (d,) and b of a fitted dense head with the scaler folded in: logit = w·x + b."""
    scaler, model = head[0], head[-1]
    w = model.coef_[0] / scaler.scale_
    return w, float(model.intercept_[0] - w @ scaler.mean_)


def _as_it_is(tokens: Sequence[str]) -> Sequence[str]:
    """The texts are cut already."""
    return tokens


def _fit(
    X: Any,
    labels: np.ndarray,
    groups: np.ndarray | None,
    weights: np.ndarray | None,
    strengths: Sequence[float],
    seed: int,
) -> Any:
    # Threads of the linear algebra cost more than they bring on matrices this small.
    # Routing, which other libraries switch on, would ask the scorer about the weights.
    plain = config_context(enable_metadata_routing=False)
    with warnings.catch_warnings(), threadpool_limits(limits=1), plain:
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", FutureWarning)  # renamed options of scikit-learn 1.8
        if len(strengths) == 1:
            model = LogisticRegression(C=strengths[0], max_iter=200)
            return model.fit(X, labels, sample_weight=weights)
        model = LogisticRegressionCV(
            Cs=list(strengths), cv=_inner(X, labels, groups, seed), scoring="balanced_accuracy",
            max_iter=200,
        )  # fmt: skip
        return model.fit(X, labels, sample_weight=weights)


def _inner(X: Any, labels: np.ndarray, groups: np.ndarray | None, seed: int) -> list:
    """Return three inner folds, grouped where items belong together and it can be done."""
    folds = min(3, int(np.bincount(labels).min()))
    blank = np.zeros(len(labels))
    if groups is not None and len(np.unique(groups)) < len(labels):
        inner = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        found = list(inner.split(blank, labels, groups))
        if all(len(np.unique(labels[part])) == 2 for fold in found for part in fold):
            return found
    return list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(blank, labels))


def _check(labels: np.ndarray) -> None:
    counts = np.bincount(np.asarray(labels, dtype=np.int64), minlength=2)
    if len(counts) != 2 or counts.min() < 2:
        raise DataError(
            f"The labels have {counts.tolist()} texts of each class. Expected classes 0 and 1, "
            f"with two texts of each at least."
        )
