"""The one way to measure a model, and the one way into a sealed test part."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, f1_score

from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.splits import Split
from tlcourse.errors import DataError
from tlcourse.evaluation.result import Cost, Result

PARTS = ("train", "validation", "test")


def evaluate(
    model: Any,
    features: Any,
    labels: np.ndarray | None = None,
    *,
    split: Split | None = None,
    part: str = "validation",
    class_names: tuple[str, ...] | None = None,
    name: str | None = None,
    cost: Cost | None = None,
    history: tuple[dict[str, float], ...] = (),
    details: dict[str, Any] | None = None,
    again: bool = False,
) -> Result:
    """Measure a model on labeled items, or on one part of a split.

    Args:
        model: Something with `predict_proba(features)`, or a Keras model that ends in
            class probabilities.
        features: What the model takes, one row for each item: of the whole data set when
            `split` is given, else of just the items to measure. May be a `Dataset`; its
            pictures are then the input.
        labels: True classes (n,); not needed with a split or a `Dataset`.
        split: Takes labels, names and rows from this split.
        part: "train", "validation" or, once, "test".
        class_names: Names in label order; from the split or data set where there is one.
        name: What is measured, for tables.
        cost: What fitting took.
        history: One dictionary for each epoch.
        details: Anything else to keep with the result.
        again: Measure the test part for a second model; the result then says so.

    Raises:
        DataError: If rows, labels and probabilities do not fit together.
        SealError: If the test part was already used for other predictions.
    """
    dataset = features if isinstance(features, Dataset) else (split.dataset if split else None)
    inputs = features.images if isinstance(features, Dataset) else features
    if dataset is not None:
        labels = dataset.labels if labels is None else np.asarray(labels)
        class_names = class_names or dataset.class_names
    if labels is None:
        raise DataError("There are no labels to compare with. Pass labels, or split=.")
    rows = _open_rows(split, part, len(labels)) if part != "test" or split is None else None
    if rows is None and hasattr(model, "fingerprint"):
        rows = split.open_test(model.fingerprint(), again=again)
        probabilities = predict_proba(model, inputs[rows])
    elif rows is None:
        probabilities = predict_proba(model, inputs)  # of everything: rows are still sealed
        _check(probabilities, labels)
        rows = split.open_test(_fingerprint(probabilities), again=again)
        probabilities = probabilities[rows]
    else:
        probabilities = predict_proba(model, inputs[rows])
        _check(probabilities, labels[rows])
    ids = dataset.ids if dataset is not None else tuple(map(str, range(len(labels))))
    extra = dict(details or {})
    if split is not None:
        extra |= {"split": split.fingerprint, "split_seed": split.seed}
        extra |= {"times_test_opened": split.times_opened} if part == "test" else {}
    return measure(
        probabilities,
        np.asarray(labels)[rows],
        class_names=class_names,
        name=name or type(model).__name__,
        part=part if split is not None else "all",
        ids=tuple(ids[i] for i in rows),
        n_train=len(split.train) if split is not None else 0,
        cost=cost or Cost(trained_parameters=int(getattr(model, "trained_parameters", 0))),
        history=history,
        details=extra,
    )


def measure(
    probabilities: np.ndarray,
    labels: np.ndarray,
    *,
    class_names: tuple[str, ...] | None = None,
    name: str = "model",
    part: str = "all",
    ids: tuple[str, ...] = (),
    n_train: int = 0,
    cost: Cost | None = None,
    history: tuple[dict[str, float], ...] = (),
    details: dict[str, Any] | None = None,
) -> Result:
    """Compare probabilities (n, C) with labels (n,) and count.

    The interval is Wilson's (1927): unlike the usual plus-minus it stays inside 0 to 1
    and is right for small n.
    """
    labels = np.asarray(labels)
    _check(probabilities, labels)
    n, n_classes = probabilities.shape
    names = class_names or tuple(map(str, range(n_classes)))
    predictions = probabilities.argmax(axis=1)
    table = confusion_matrix(labels, predictions, labels=np.arange(n_classes))
    support = table.sum(axis=1)
    right = int(np.trace(table))
    interval = binomtest(right, n).proportion_ci(method="wilson")
    present = np.flatnonzero(support)
    return Result(
        name=name,
        part=part,
        accuracy=right / n,
        interval=(float(interval.low), float(interval.high)),
        macro_f1=float(f1_score(labels, predictions, average="macro", labels=present)),
        recall={names[c]: float(table[c, c] / support[c]) for c in present},
        confusion=tuple(tuple(map(int, row)) for row in table),
        n=n,
        n_train=n_train,
        majority=float(support.max() / n),
        class_names=tuple(names),
        ids=tuple(ids) or tuple(map(str, range(n))),
        labels=tuple(map(int, labels)),
        predictions=tuple(map(int, predictions)),
        confidence=tuple(float(p) for p in probabilities.max(axis=1)),
        cost=cost or Cost(),
        history=tuple(history),
        details=details or {},
    )


def predict_proba(model: Any, inputs: Any) -> np.ndarray:
    """Return class probabilities (n, C) of any model the course uses."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(inputs))
    probabilities = np.asarray(model.predict(np.asarray(inputs), verbose=0))
    sums = probabilities.sum(axis=-1)
    if probabilities.ndim != 2 or not np.allclose(sums, 1, atol=1e-2):
        raise DataError(
            f"The model's output of shape {probabilities.shape} is not one row of class "
            f"probabilities for each item (row sums run from {sums.min():.3g} to "
            f"{sums.max():.3g}). End the model with a softmax layer over the classes."
        )
    return probabilities


def _open_rows(split: Split | None, part: str, n: int) -> np.ndarray:
    if split is None:
        return np.arange(n)
    if part not in PARTS:
        raise DataError(f"Unknown part '{part}'. Expected one of {', '.join(PARTS)}.")
    rows = getattr(split, part)
    if not len(rows):
        raise DataError(f"The {part} part of this split is empty. Make a split with validation>0.")
    return rows


def _check(probabilities: np.ndarray, labels: np.ndarray) -> None:
    if len(probabilities) != len(labels):
        raise DataError(
            f"There are {len(probabilities)} predictions for {len(labels)} labels. Pass features "
            f"and labels of the same items, in the same order."
        )
    if not len(labels):
        raise DataError("There is nothing to measure: no items were given.")
    if int(np.max(labels)) >= probabilities.shape[1]:
        raise DataError(
            f"A label is {int(np.max(labels))}, but the model knows {probabilities.shape[1]} "
            f"classes (0 to {probabilities.shape[1] - 1}). Fit it on the same class list."
        )


def _fingerprint(probabilities: np.ndarray) -> str:
    rounded = np.round(np.asarray(probabilities, np.float64), 4)
    return hashlib.sha256(rounded.tobytes()).hexdigest()
