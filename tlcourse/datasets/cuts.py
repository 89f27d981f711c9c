"""Cut rows by class and group: the building blocks of every split."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.model_selection import (
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
)

from tlcourse.datasets.dataset import Dataset
from tlcourse.errors import DataError

_DRAWS = 10  # more of them keep class shares better, and make cuts of different seeds more alike


def cut(
    dataset: Dataset, rows: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cut `rows` in two; the second part gets about `share` of them.

    Classes keep their shares and groups stay whole. Where groups hold several classes
    (speakers), whole groups are drawn until the share is as near as they allow; with very
    few groups one group is the least that can be put aside.

    Raises:
        DataError: If there are too few groups.
    """
    labels, groups = dataset.labels[rows], dataset.groups[rows]
    names, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    owner = labels[first]
    if np.array_equal(owner[inverse], labels):
        keep, aside = _cut_groups(dataset, owner, share, seed)
        return rows[np.isin(inverse, keep)], rows[np.isin(inverse, aside)]
    if len(names) < 2:
        raise DataError(
            f"Data set '{dataset.name}' has one group left, so no share can be put aside without "
            f"tearing it apart. Ask for validation=0, or add groups."
        )
    aside = np.isin(inverse, _draw_mixed_groups(labels, inverse, share, seed))
    return rows[~aside], rows[aside]


def _draw_mixed_groups(
    labels: np.ndarray, group_of: np.ndarray, share: float, seed: int
) -> np.ndarray:
    """Draw groups with several classes each; of some draws, the one that keeps the shares best.

    scikit-learn's grouped folds place the most uneven groups first, so that another seed
    hardly ever gives another cut: repeated holdouts would be one and the same.
    """
    counts = np.zeros((group_of.max() + 1, labels.max() + 1))
    np.add.at(counts, (group_of, labels), 1)
    total, rng = counts.sum(axis=0), np.random.default_rng(seed)
    draws = []
    for i in range(_DRAWS):
        order = rng.permutation(len(counts))
        sizes = counts[order].sum(axis=1).cumsum()[:-1]  # one group at least stays behind
        chosen = order[: int(np.abs(sizes - share * total.sum()).argmin()) + 1]
        aside = counts[chosen].sum(axis=0)
        lost = int(((total > 0) & ((aside == 0) | (aside == total))).sum())  # on one side only
        draws.append((lost, float(np.abs(aside - share * total).sum()), i, chosen))
    return min(draws)[-1]


def _cut_groups(
    dataset: Dataset, owner: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Stratify whole groups when each has one class; every class gets a group on each side."""
    present = np.unique(owner)
    counts = np.bincount(owner, minlength=dataset.n_classes)
    rng = np.random.default_rng(seed)
    small = [c for c in present if round(counts[c] * share) < 1 or counts[c] - 1 < 1]
    if any(counts[c] < 2 for c in present):
        poor = next(c for c in present if counts[c] < 2)
        raise DataError(
            f"Class '{dataset.class_names[poor]}' has one distinct item or group left, so it "
            f"cannot be on both sides of a split. Add items, or leave the class out."
        )
    if not small and share * len(owner) >= len(present):
        splitter = StratifiedShuffleSplit(1, test_size=share, random_state=seed)
        keep, aside = next(splitter.split(owner, owner))
        return np.sort(keep), np.sort(aside)
    chosen = []  # scikit-learn refuses very small classes; take at least one group of each
    for c in present:
        k = int(np.clip(round(counts[c] * share), 1, counts[c] - 1))
        chosen.append(rng.choice(np.flatnonzero(owner == c), k, replace=False))
    aside = np.sort(np.concatenate(chosen))
    return np.setdiff1d(np.arange(len(owner)), aside), aside


def holdouts(
    dataset: Dataset, rows: np.ndarray, *, n: int = 10, test: float = 0.2, seed: int = 0
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Cut `rows` in two `n` times with different seeds: the same pairs for every variant.

    Comparing variants on the same holdouts makes their differences paired, which
    removes the luck of the draw from the comparison.

    Args:
        dataset: What the rows belong to.
        rows: Row numbers to cut, usually `split.development`.
        n: Number of holdouts.
        test: Share of rows in the second part.
        seed: Seed of the first holdout; the others follow.

    Returns:
        n pairs (train rows, held-out rows), int64.
    """
    return [cut(dataset, np.asarray(rows), test, seed * 1000 + i) for i in range(n)]


def folds(
    labels: np.ndarray, groups: np.ndarray | None = None, *, n: int = 5, seed: int = 0
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield n stratified folds (train rows, held-out rows); grouped when groups repeat.

    Raises:
        DataError: If the rarest class has fewer than n items.
    """
    labels = np.asarray(labels)
    rarest = int(np.bincount(labels)[np.unique(labels)].min()) if len(labels) else 0
    if rarest < n:
        raise DataError(
            f"The rarest class has {rarest} item(s), but {n} folds need {n}. Use fewer folds or "
            f"add items."
        )
    if groups is None or len(np.unique(groups)) == len(groups):
        yield from StratifiedKFold(n, shuffle=True, random_state=seed).split(labels, labels)
        return
    yield from StratifiedGroupKFold(n, shuffle=True, random_state=seed).split(
        labels, labels, groups
    )


def few_labels(labels: np.ndarray, rows: np.ndarray, n_per_class: int, *, seed: int) -> np.ndarray:
    """Choose `n_per_class` rows of each class, as if no more had been labeled.

    With one seed, a smaller number gives a subset of a larger one, so learning curves
    are nested.

    Raises:
        DataError: If a class has too few rows.
    """
    rng = np.random.default_rng(seed)
    chosen = []
    for label in np.unique(labels[rows]):
        own = rng.permutation(rows[labels[rows] == label])
        if len(own) < n_per_class:
            raise DataError(
                f"Class number {label} has {len(own)} labeled items here, but n_per_class="
                f"{n_per_class}. Ask for at most {len(own)}."
            )
        chosen.append(own[:n_per_class])
    return np.sort(np.concatenate(chosen))
