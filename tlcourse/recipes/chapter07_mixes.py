"""Targets with other class shares, and what partial alignment does to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from tlcourse.adaptation import (
    Affine,
    Alignment,
    DomainFold,
    Method,
    chain,
    coral,
    joint_pca,
    mmd,
)
from tlcourse.datasets.dataset import Dataset
from tlcourse.heads import fit_head
from tlcourse.recipes.chapter07_folds import adapted_scores, fold_sizes, pose
from tlcourse.recipes.scores import Scores

COMPONENTS = 128


def scale_by_source(source: np.ndarray, target: np.ndarray) -> Alignment:
    """Scale both domains by the mean and deviation of the source: nothing is aligned."""
    mean, deviation = source.mean(axis=0), source.std(axis=0)
    same = Affine(mean, 1.0 / np.where(deviation > 0, deviation, 1.0))
    return Alignment("source statistics", same, same)


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


def clouds(
    data: Dataset,
    features: np.ndarray,
    folds: Sequence[DomainFold],
    classes: Iterable[int],
    *,
    strengths: Sequence[float] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
    shares: Sequence[float] = (0.2, 0.4, 0.6, 0.8, 1.0),
    strength_of_head: float = 0.01,
    seed: int = 0,
) -> Clouds:
    """Align step by step, (1 − α) · source + α · CORAL(source), for each share of some classes.

    In 128 joint principal components of features that are scaled by the source. The first two
    of them are what is drawn.

    Cost: about 30 ms for each share, strength and fold.
    """
    chosen = tuple(classes)
    shares, strengths = tuple(shares), tuple(strengths)
    found: dict[str, dict] = {name: {} for name in ("right", "mmd", "source", "target", "labels")}
    for share in shares:
        for number, fold in enumerate(mixed_folds(data, folds, chosen, share, seed=seed)):
            problem, sealed = pose(data, features, fold)
            space = chain(
                problem.source_features,
                problem.target_features,
                scale_by_source,
                partial(joint_pca, components=COMPONENTS),
            )
            s = space.map_source(problem.source_features)
            t = space.map_target(problem.target_features)
            q = space.map_target(sealed.test_features)
            full = coral(s, t)
            for alpha in strengths:
                a, b, test = (
                    _between(part, mapped, alpha)
                    for part, mapped in (
                        (s, full.map_source(s)),
                        (t, full.map_target(t)),
                        (q, full.map_target(q)),
                    )
                )
                head = fit_head(
                    a, problem.source_labels, n_classes=data.n_classes, strengths=[strength_of_head]
                )
                key = (share, alpha)
                found["right"].setdefault(key, []).append(sealed.score(head.predict(test)))
                found["mmd"].setdefault(key, []).append(mmd(a, b))
                if number == 0:
                    found["source"][key] = a[:, :2].astype(np.float16)
                    found["target"][key] = b[:, :2].astype(np.float16)
                    found["labels"][share] = data.labels[fold.target]
    return Clouds(
        strengths,
        shares,
        " and ".join(data.class_names[c] for c in chosen),
        {
            key: Scores(f"α {key[1]:g}", tuple(values), *fold_sizes(data, folds))
            for key, values in found["right"].items()
        },
        {key: float(np.mean(values)) for key, values in found["mmd"].items()},
        found["source"],
        found["target"],
        data.labels[folds[0].source],
        found["labels"],
        data.class_names,
    )


def _between(plain: np.ndarray, mapped: np.ndarray, alpha: float) -> np.ndarray:
    return (1 - alpha) * plain + alpha * mapped
