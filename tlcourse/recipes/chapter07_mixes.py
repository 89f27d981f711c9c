"""Targets with other class shares, and what partial alignment does to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from tlcourse.adaptation import (
    Adaptation,
    DomainFold,
    Method,
    chain,
    coral,
    joint_pca,
    joint_scale,
    mmd,
    unscaled_head,
)
from tlcourse.adaptation.methods import CORAL_COMPONENTS, CORAL_SHRINKAGE, fit_on
from tlcourse.datasets.dataset import Dataset
from tlcourse.recipes.chapter07_folds import adapted_scores, fold_sizes, one_thread, pose
from tlcourse.recipes.scores import Scores

Key = tuple[float, float]


def mixed_folds(
    data: Dataset, folds: Sequence[DomainFold], classes: Iterable[int], share: float, *, seed: int
) -> list[DomainFold]:
    """Return folds whose target items, unlabeled and test, hold `share` of these classes.

    The number of items stays the same for every share: as many as belong to the classes.

    Args:
        data: Labels of the items.
        folds: Folds of one pair of domains.
        classes: The classes whose share is set.
        share: From 0 to 1; at 1 nothing else occurs.
        seed: Of the draw.
    """
    rng = np.random.default_rng(seed)
    wanted = list(classes)

    def mix(rows: np.ndarray) -> np.ndarray:
        inside = np.isin(data.labels[rows], wanted)
        n = int(inside.sum())
        k = min(max(round(share * n), 1), n)
        others = rng.permutation(rows[~inside])[: n - k]
        return np.sort(np.concatenate([rng.permutation(rows[inside])[:k], others]))

    return [replace(fold, target=mix(fold.target), test=mix(fold.test)) for fold in folds]


def by_share(
    methods: Sequence[Method],
    data: Dataset,
    features: np.ndarray,
    folds: Sequence[DomainFold],
    classes: Iterable[int],
    shares: Sequence[float],
    *,
    seed: int = 0,
) -> dict[str, list[Scores]]:
    """Return for each method its scores at every share of the given classes in the target."""
    table: dict[str, list[Scores]] = {m.name: [] for m in methods}
    # What two deals share is the concepts of the full folds, however few are drawn from them.
    n_train, n_test = fold_sizes(data, folds)
    for share in shares:
        mixed = mixed_folds(data, folds, classes, share, seed=seed)
        for name, scores in adapted_scores(methods, data, features, mixed).items():
            table[name].append(replace(scores, n_train=n_train, n_test=n_test))
    return table


@dataclass(frozen=True, eq=False)
class Clouds:
    """Partly aligned clouds for every alignment strength and every share of some classes.

    Args:
        strengths: Values of α, from 0 to 1.
        shares: Shares of the classes named in `of`.
        of: What the share is a share of.
        accuracy: Scores for each (share, strength).
        mmd: Mean MMD² for each (share, strength).
        source: Positions of source items of the first fold, float16 (n, 2), by (share, strength).
        target: The same for unlabeled target items.
        source_labels: Classes of the source items.
        target_labels: Classes of the target items, for the peek; by share.
        class_names: In label order.
    """

    strengths: tuple[float, ...]
    shares: tuple[float, ...]
    of: str
    accuracy: dict[tuple[float, float], Scores]
    mmd: dict[tuple[float, float], float]
    source: dict[tuple[float, float], np.ndarray]
    target: dict[tuple[float, float], np.ndarray]
    source_labels: np.ndarray
    target_labels: dict[float, np.ndarray]
    class_names: tuple[str, ...]


@one_thread
def clouds(
    data: Dataset,
    features: np.ndarray,
    folds: Sequence[DomainFold],
    classes: Iterable[int],
    *,
    strengths: Sequence[float] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
    shares: Sequence[float] = (0.2, 0.4, 0.6, 0.8, 1.0),
    seed: int = 0,
) -> Clouds:
    """Align step by step, (1 − α) · source + α · CORAL(source), for each share of some classes.

    In 128 joint principal components, as the course's CORAL. The first two are what is drawn.

    Cost: about 30 ms for each share, strength and fold.
    """
    chosen = tuple(classes)
    right: dict[Key, list[float]] = {}
    distance: dict[Key, list[float]] = {}
    drawn: dict[Key, tuple[np.ndarray, np.ndarray]] = {}
    target_labels = {}
    for share in shares:
        mixed = mixed_folds(data, folds, chosen, share, seed=seed)
        target_labels[share] = data.labels[mixed[0].target]
        for fold in mixed:
            problem, sealed = pose(data, features, fold)
            for alpha, parts in _steps(problem, sealed.test_features, strengths):
                key, (s, t, test) = (share, alpha), parts
                head = fit_on(s, problem.source_labels, data.n_classes, fit=unscaled_head)
                right.setdefault(key, []).append(
                    sealed.score(head.predict_proba(test).argmax(axis=1))
                )
                distance.setdefault(key, []).append(mmd(s, t))
                drawn.setdefault(key, tuple(x[:, :2].astype(np.float16) for x in (s, t)))
    sizes = fold_sizes(data, folds)
    return Clouds(
        strengths=tuple(strengths),
        shares=tuple(shares),
        of=" and ".join(data.class_names[c] for c in chosen),
        accuracy={k: Scores(f"α {k[1]:g}", tuple(v), *sizes) for k, v in right.items()},
        mmd={k: float(np.mean(v)) for k, v in distance.items()},
        source={k: pair[0] for k, pair in drawn.items()},
        target={k: pair[1] for k, pair in drawn.items()},
        source_labels=data.labels[folds[0].source],
        target_labels=target_labels,
        class_names=data.class_names,
    )


def _steps(
    problem: Adaptation, test: np.ndarray, strengths: Sequence[float]
) -> Iterator[tuple[float, list[np.ndarray]]]:
    """Yield α, and source, unlabeled target and test (n, k) aligned that far."""
    space = chain(
        problem.source_features,
        problem.target_features,
        joint_scale,
        partial(joint_pca, components=CORAL_COMPONENTS),
    )
    s = space.map_source(problem.source_features)
    t, q = space.map_target(problem.target_features), space.map_target(test)
    full = coral(s, t, shrinkage=CORAL_SHRINKAGE)
    mapped = full.map_source(s), full.map_target(t), full.map_target(q)
    for alpha in strengths:
        yield alpha, [_between(x, y, alpha) for x, y in zip((s, t, q), mapped, strict=True)]


def _between(plain: np.ndarray, mapped: np.ndarray, alpha: float) -> np.ndarray:
    return (1 - alpha) * plain + alpha * mapped
