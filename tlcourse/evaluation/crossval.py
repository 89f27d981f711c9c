"""Cross-validation: every item is tested once, by a model that never saw it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.datasets.splits import folds as make_folds
from tlcourse.errors import DataError
from tlcourse.evaluation.checks import check_groups, check_labels
from tlcourse.evaluation.evaluate import predict_proba
from tlcourse.evaluation.intervals import Interval, interval

REPEAT_STRIDE = 1000  # keeps the fold seeds of repeats apart from those of nearby seeds


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """What a (repeated) cross-validation found; R repeats of K folds make J = R·K accuracies.

    Attributes:
        accuracy: Share of right answers in each fold, shape (J,), repeat after repeat.
        interval: Mean accuracy with the corrected t interval.
        labels: True classes, shape (n,).
        predictions: Out-of-fold predictions, one row for each repeat, shape (R, n).
        probabilities: Out-of-fold class probabilities, shape (R, n, C).
        folds: Fold in which each item was tested, shape (R, n), values 0 to K−1.
        classes: The C classes, in the order of the columns of `probabilities`.
        n_train: Mean number of training items for each fold.
        n_test: Mean number of test items for each fold.
        seconds: Time to fit and predict for each fold, s, shape (J,).
    """

    accuracy: np.ndarray
    interval: Interval
    labels: np.ndarray
    predictions: np.ndarray
    probabilities: np.ndarray
    folds: np.ndarray
    classes: np.ndarray
    n_train: float
    n_test: float
    seconds: np.ndarray

    @property
    def hits(self) -> np.ndarray:
        """Whether each item was classified correctly, one row for each repeat, bool (R, n)."""
        return self.predictions == self.labels

    @property
    def fold_hash(self) -> str:
        """SHA-256 of the fold numbers; equal for two runs that can be compared in pairs."""
        return hashlib.sha256(self.folds.astype(np.int64).tobytes()).hexdigest()

    def __repr__(self) -> str:
        repeats, n = self.folds.shape
        return (
            f"CrossValidation(accuracy {self.interval}, {repeats} x {self.folds.max() + 1} folds, "
            f"{n} items)"
        )


def cross_validate(
    features: Any,
    labels: Any,
    *,
    groups: Any = None,
    folds: int = 5,
    repeats: int = 1,
    seed: int = 0,
    fit: Callable[..., Any] | None = None,
    confidence: float = 0.95,
) -> CrossValidation:
    """Return out-of-fold accuracy, predictions and an interval that allows for shared items.

    Items are dealt into K folds with equal class shares; each fold is tested once by a model
    fitted on the others. With `groups`, items of one group always land in the same fold, so the
    accuracy speaks of new groups. Everything that looks at labels must happen inside `fit`;
    the default, `tlcourse.heads.fit_head`, chooses its regularization by an inner
    cross-validation of the training folds, which makes the whole nested.

    Args:
        features: One row for each item, shape (n, ...).
        labels: Classes, shape (n,).
        groups: Which items belong together, shape (n,).
        folds: Number K of folds.
        repeats: Number R of times the items are dealt anew. More repeats steady the mean; they
            are not more data, and the corrected interval hardly narrows.
        seed: Seed of the folds and of `fit`.
        fit: `fit(features, labels, *, groups, seed)` that returns a model with
            `predict_proba(features)`. It gets labels 0 to C−1.
        confidence: Confidence of the interval.

    Returns:
        A `CrossValidation`. `tlcourse.evaluation.measure(found.probabilities[0], ...)` turns the
        out-of-fold predictions into a full `Result`. Cost: R·K fits.

    Raises:
        DataError: If lengths differ, a class is too rare for the folds, or a class lives in so
            few groups that some training part has none of it.

    Source:
        Kohavi 1995, IJCAI; nesting: Varma and Simon 2006, BMC Bioinformatics 7; the interval:
        Nadeau and Bengio 2003, Machine Learning 52.
    """
    if fit is None:
        from tlcourse.heads import fit_head as fit
    classes, codes = check_labels(labels)
    n = len(codes)
    check_rows(features, n)
    group_codes = _groups_for(groups, n, folds, repeats)
    probabilities = np.zeros((repeats, n, len(classes)))
    fold_of = np.zeros((repeats, n), dtype=np.int64)
    accuracy, seconds, n_train = [], [], []
    for repeat in range(repeats):
        deal = make_folds(codes, group_codes, n=folds, seed=seed + REPEAT_STRIDE * repeat)
        for fold, (train, test) in enumerate(deal):
            _check_classes_present(codes[train], classes, folds)
            start = time.perf_counter()
            own_groups = None if group_codes is None else group_codes[train]
            model = fit(features[train], codes[train], groups=own_groups, seed=seed)
            found = class_probabilities(model, features[test], len(classes))
            seconds.append(time.perf_counter() - start)
            probabilities[repeat, test] = found
            fold_of[repeat, test] = fold
            accuracy.append(np.mean(found.argmax(axis=1) == codes[test]))
            n_train.append(len(train))
    mean_train = float(np.mean(n_train))
    sizes = {"n_train": mean_train, "n_test": n - mean_train}
    return CrossValidation(
        accuracy=np.array(accuracy),
        interval=interval(np.array(accuracy), confidence=confidence, **sizes),
        labels=classes[codes],
        predictions=classes[probabilities.argmax(axis=2)],
        probabilities=probabilities,
        folds=fold_of,
        classes=classes,
        seconds=np.array(seconds),
        **sizes,
    )


def class_probabilities(model: Any, inputs: Any, n_classes: int) -> np.ndarray:
    """Return a fitted model's probabilities with one column for each class, shape (m, C).

    A model from scikit-learn that never saw a class has no column for it, and says so in
    `classes_`; such a class gets probability 0.
    """
    found = predict_proba(model, inputs)
    columns = np.asarray(getattr(model, "classes_", np.arange(found.shape[1])), dtype=np.int64)
    if found.shape[1] != len(columns) or columns.max() >= n_classes:
        raise DataError(
            f"The model gives {found.shape[1]} probabilities for each item and there are "
            f"{n_classes} classes; expected one for each class. Fit it on labels 0 to "
            f"{n_classes - 1}."
        )
    probabilities = np.zeros((len(found), n_classes))
    probabilities[:, columns] = found
    return probabilities


def check_rows(features: Any, n: int) -> None:
    """Refuse features that do not have one row for each of the n labels.

    Raises:
        DataError: If the lengths differ.
    """
    if len(features) != n:
        raise DataError(
            f"There are {len(features)} rows of features and {n} labels; expected one row for each "
            f"label. Index both with the same indices."
        )


def _groups_for(groups: Any, n: int, folds: int, repeats: int) -> np.ndarray | None:
    """Return group numbers, or None without groups, if the folds can be dealt."""
    if folds < 2 or repeats < 1:
        raise DataError(
            f"folds is {folds} and repeats is {repeats}; expected at least 2 folds and 1 repeat."
        )
    if groups is None:
        return None
    codes = check_groups(groups, n)
    if codes.max() + 1 < folds:
        raise DataError(
            f"There are {codes.max() + 1} groups for {folds} folds; expected at least one group "
            f"for each fold. Use fewer folds or collect more groups."
        )
    return codes


def _check_classes_present(train_codes: np.ndarray, classes: np.ndarray, folds: int) -> None:
    missing = np.setdiff1d(np.arange(len(classes)), train_codes)
    if len(missing):
        raise DataError(
            f"Class {classes[missing[0]]} is absent from the training part of a fold, because all "
            f"its items belong to one or two groups. Use fewer than {folds} folds, collect more "
            f"groups of it, or leave the class out."
        )
