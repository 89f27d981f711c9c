"""Folds in which source, unlabeled target and test never share a concept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tlcourse.errors import DataError


@dataclass(frozen=True, eq=False)
class DomainFold:
    """Item numbers of one fold.

    Args:
        source: Labeled source items.
        target: Unlabeled target items.
        test: Target items to be judged on.
        repeat: Number of the repetition, from 0.
        fold: Number of the fold, from 0.
    """

    source: np.ndarray
    target: np.ndarray
    test: np.ndarray
    repeat: int
    fold: int


def domain_folds(
    labels: np.ndarray,
    groups: np.ndarray,
    domains: np.ndarray,
    *,
    source: str,
    target: str,
    folds: int = 5,
    repeats: int = 2,
    seed: int = 0,
) -> Iterator[DomainFold]:
    """Deal the groups of two domains into test, source and unlabeled target, repeatedly.

    In each fold one part of the groups is the test set, in the target domain. The other groups
    are halved: one half lends its *source* items, with labels, the other its *target* items,
    without. So no concept is seen in one style and tested in another. Where the domains share
    no group (reviews of different shops), halving is not needed and does not happen.

    Args:
        labels: Classes, int (n,). Used to stratify, as a data set's makers would; fitting
            code does not get the target's.
        groups: Concept of each item, (n,).
        domains: Domain of each item, (n,).
        source: Name of the source domain.
        target: Name of the target domain.
        folds: Number of folds.
        repeats: Times the groups are dealt anew.
        seed: Of the dealing. The folds depend on nothing else, so every method gets the same.

    Yields:
        `DomainFold`, folds × repeats of them.
    """
    from sklearn.model_selection import StratifiedKFold

    labels, groups, domains = np.asarray(labels), np.asarray(groups), np.asarray(domains)
    in_source, in_target = domains == source, domains == target
    for name, mask in ((source, in_source), (target, in_target)):
        if not mask.any():
            raise DataError(
                f"No item belongs to the domain {name!r}. "
                f"The domains are {', '.join(sorted(set(domains.tolist())))}."
            )
    used = in_source | in_target
    names, first = np.unique(groups[used], return_index=True)
    classes = labels[used][first]
    shared = np.intersect1d(groups[in_source], groups[in_target]).size > 0
    for repeat in range(repeats):
        dealer = StratifiedKFold(folds, shuffle=True, random_state=seed + repeat)
        for number, (rest, test) in enumerate(dealer.split(names, classes)):
            halves = StratifiedKFold(2, shuffle=True, random_state=seed + repeat)
            a, b = next(halves.split(names[rest], classes[rest])) if shared else (..., ...)
            yield DomainFold(
                np.flatnonzero(in_source & np.isin(groups, names[rest][a])),
                np.flatnonzero(in_target & np.isin(groups, names[rest][b])),
                np.flatnonzero(in_target & np.isin(groups, names[test])),
                repeat,
                number,
            )
