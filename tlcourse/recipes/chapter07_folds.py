"""Adaptation methods over many folds, each posed as a problem whose target labels are sealed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from tlcourse.adaptation import (
    Adaptation,
    DomainFold,
    Method,
    SealedTarget,
    adapt,
    adaptation_problem,
    domain_folds,
)
from tlcourse.datasets.dataset import Dataset
from tlcourse.errors import DataError
from tlcourse.recipes.scores import Scores

CEILING = "trained on target labels"


def style_folds(
    data: Dataset, source: str, target: str, *, folds: int = 5, repeats: int = 2, seed: int = 0
) -> list[DomainFold]:
    """Deal the things of a data set into source, unlabeled target and test; see `domain_folds`.

    The deal does not depend on the two domains, so folds of different pairs test the same
    things and can be compared in pairs.
    """
    return list(
        domain_folds(
            data.labels,
            data.groups,
            data.domains,
            source=source,
            target=target,
            folds=folds,
            repeats=repeats,
            seed=seed,
        )
    )


def pose(
    data: Dataset,
    features: np.ndarray,
    fold: DomainFold,
    *,
    target_classes: Iterable[int] | None = None,
    source_classes: Iterable[int] | None = None,
) -> tuple[Adaptation, SealedTarget]:
    """Part what methods may see of one fold from what they may not.

    Args:
        data: Labels, groups and domains.
        features: float (n, d), of the whole data set.
        fold: Which items are source, unlabeled target and test.
        target_classes: Only these classes occur in the target, unlabeled and test.
        source_classes: Only these classes occur in the source.
    """
    source = _of_classes(data, fold.source, source_classes)
    target = _of_classes(data, fold.target, target_classes)
    test = _of_classes(data, fold.test, target_classes)
    return adaptation_problem(
        features[source],
        data.labels[source],
        features[target],
        target_labels=data.labels[target],
        test_features=features[test],
        test_labels=data.labels[test],
        n_classes=data.n_classes,
        source_groups=data.groups[source],
        test_groups=data.groups[test],
        name=f"{data.domains[source[0]]} → {data.domains[test[0]]}",
    )


def _of_classes(data: Dataset, rows: np.ndarray, classes: Iterable[int] | None) -> np.ndarray:
    kept = rows if classes is None else rows[np.isin(data.labels[rows], list(classes))]
    if not len(kept):
        raise DataError("No item of these classes is left in a fold. Choose more classes.")
    return kept


def one_thread(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function use one BLAS thread: with matrices this small, more wait for each other."""

    @wraps(function)
    def limited(*args: Any, **kwargs: Any) -> Any:
        with threadpool_limits(1, user_api="blas"):
            return function(*args, **kwargs)

    return limited


@one_thread
def adapted_scores(
    methods: Sequence[Method],
    data: Dataset,
    features: np.ndarray,
    folds: Sequence[DomainFold],
    *,
    metric: str = "accuracy",
    seeds: Sequence[int] = (0,),
    ceiling: Callable[..., Any] | None = None,
    target_classes: Iterable[int] | None = None,
    source_classes: Iterable[int] | None = None,
) -> dict[str, Scores]:
    """Fit every method in every fold and score it on that fold's sealed test items.

    Args:
        methods: What to compare; a method with seeds is scored by its mean over `seeds`.
        data: Labels, groups and domains.
        features: float (n, d), of the whole data set.
        folds: Folds of one pair of domains.
        metric: "accuracy" or "balanced".
        seeds: For methods whose result depends on one.
        ceiling: Classifier to train on the target's labels, for the row `CEILING`.
        target_classes: See `pose`.
        source_classes: See `pose`.

    Returns:
        Scores by name of the method, in order; `minus` compares two of them fold by fold.
    """
    found: dict[str, list[float]] = {}
    seconds: dict[str, float] = {}
    options = {"target_classes": target_classes, "source_classes": source_classes}
    for fold in folds:
        problem, sealed = pose(data, features, fold, **options)
        for method in methods:
            runs = [adapt(method, problem, seed=s) for s in (seeds if method.seeded else seeds[:1])]
            right = [sealed.score(r.predict(sealed.test_features), metric=metric) for r in runs]
            found.setdefault(method.name, []).append(float(np.mean(right)))
            spent = float(np.mean([run.seconds for run in runs]))
            seconds[method.name] = seconds.get(method.name, 0.0) + spent
        if ceiling is not None:
            guess = sealed.ceiling(problem.target_features, ceiling)
            found.setdefault(CEILING, []).append(sealed.score(guess, metric=metric))
    sizes = fold_sizes(data, folds)
    return {
        name: Scores(name, tuple(values), *sizes, seconds=seconds.get(name, 0.0) / len(folds))
        for name, values in found.items()
    }


def fold_sizes(data: Dataset, folds: Sequence[DomainFold]) -> tuple[int, int]:
    """Return how many things a fold fits on (source and unlabeled target) and tests on.

    Things, not pictures: what two folds share is concepts, and they share the evidence.
    """
    fold = folds[0]
    fitted = np.concatenate([data.groups[fold.source], data.groups[fold.target]])
    return len(np.unique(fitted)), len(np.unique(data.groups[fold.test]))


def assert_folds_apart(data: Dataset, folds: Sequence[DomainFold]) -> str:
    """Check that source, target and test share no group in any fold; return a hash of the folds.

    Raises:
        DataError: Naming a group that two parts share.
    """
    digest = hashlib.sha256()
    for fold in folds:
        parts = [set(data.groups[rows]) for rows in (fold.source, fold.target, fold.test)]
        for i, j in ((0, 1), (0, 2), (1, 2)):
            if shared := parts[i] & parts[j]:
                raise DataError(
                    f"Repeat {fold.repeat}, fold {fold.fold}: {sorted(shared)[0]} is in two parts. "
                    f"Deal by group, with domain_folds."
                )
        digest.update("|".join(sorted(parts[2])).encode())
    return digest.hexdigest()
