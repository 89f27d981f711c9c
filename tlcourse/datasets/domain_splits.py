"""Splits that leave a domain, a speaker or a group out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from tlcourse.datasets.cuts import cut, folds
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.sealed import Split
from tlcourse.errors import DataError

Names = str | Sequence[str]


@dataclass(eq=False)
class DomainSplit(Split):
    """A split whose training part and sealed test part come from different domains.

    Args:
        unlabeled: Target rows that are not in the test part, int64. An adaptation method
            may use their items, never their labels.
        source: Domains to learn from; train and validation lie in them.
        target: Domains to be tested on.
    """

    unlabeled: np.ndarray = field(default_factory=lambda: np.array([], np.int64))
    source: tuple[str, ...] = ()
    target: tuple[str, ...] = ()

    def __repr__(self) -> str:
        arrow = f"{', '.join(self.source)} → {', '.join(self.target)}"
        return f"{super().__repr__()[:-1]}, {arrow}, unlabeled target {len(self.unlabeled)})"


def split_by_domain(
    dataset: Dataset,
    *,
    source: Names,
    target: Names,
    test: float = 0.25,
    validation: float = 0.15,
    seed: int = 0,
) -> DomainSplit:
    """Learn in some domains, be tested in others: the split of a domain shift.

    The groups of the target are cut in two. One share is the sealed test part, the rest
    is the unlabeled target. A group that is also drawn in the source (a concept in two
    styles) leaves the source where it is tested: otherwise the test would ask for a
    concept that training has shown.

    Args:
        dataset: A data set with more than one domain.
        source: Domain, or domains, to learn from.
        target: Domain, or domains, to be tested on.
        test: Share of the target in the test part, above 0; with 1, all of it, which
            leaves no unlabeled target and needs groups that lie in one domain only.
        validation: Share of the remaining source items in the validation part.
        seed: The same seed gives the same split in every process.

    Raises:
        DataError: If a domain is unknown or on both sides, or nothing is left to learn from.

    Example:
        >>> parts = split_by_domain(emoji, source="twemoji", target="outline")
        >>> emoji.domains[parts.train], parts.unlabeled
    """
    sources, targets = _domains(dataset, source, target)
    if not (0 < test <= 1 and 0 <= validation < 1):
        raise DataError(
            f"Cannot split with test={test} and validation={validation}. test is a share of the "
            f"target above 0 and at most 1, validation a share of the source below 1."
        )
    target_rows = np.flatnonzero(np.isin(dataset.domains, targets))
    unlabeled, tested = np.array([], np.int64), target_rows
    if test < 1:
        unlabeled, tested = cut(dataset, target_rows, test, seed)
    seen = np.isin(dataset.domains, sources) & ~np.isin(dataset.groups, dataset.groups[tested])
    train, chosen_on = np.flatnonzero(seen), np.array([], np.int64)
    if not len(train):
        raise DataError(
            f"Nothing is left to learn from: every group of {', '.join(sources)} is tested in "
            f"{', '.join(targets)} as well. Use a smaller test share, for example test=0.25."
        )
    if validation:
        train, chosen_on = cut(dataset, train, validation, seed + 1)
    result = DomainSplit(
        dataset, train, chosen_on, seed, tested, unlabeled=unlabeled, source=sources, target=targets
    )
    result.audit()
    return result


def leave_one_out(
    dataset: Dataset, *, by: str = "group", n_folds: int = 5, seed: int = 0
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Leave out each group (speaker, concept) or each domain in turn; every row once.

    Where groups reach across domains (the same concept in every style), leaving out a
    domain alone would still train on the tested concepts. The groups are then dealt into
    folds as well: for each domain and fold, training sees the other domains and the other
    folds.

    Args:
        dataset: What to deal out.
        by: "group" (in speech data the speaker) or "domain".
        n_folds: Folds of the groups; used only where groups reach across domains.
        seed: Seed of these folds.

    Yields:
        (name of what is left out, train rows, held-out rows); for groups across domains
        `n_folds` times for each domain.

    Raises:
        DataError: If there is only one group or domain, or `by` is neither.
    """
    if by not in ("group", "domain"):
        raise DataError(f"by is {by!r}; expected 'group' (for speech: the speaker) or 'domain'.")
    keys = dataset.groups if by == "group" else dataset.domains
    names = np.unique(keys)
    if len(names) < 2:
        raise DataError(
            f"Data set '{dataset.name}' has one {by} only, '{names[0]}', so none can be left out. "
            f"Load more of it, or use folds."
        )
    if by == "group" or not _cross(dataset):
        deal = [np.arange(len(dataset))]
    else:
        deal = [
            held_out for _, held_out in folds(dataset.labels, dataset.groups, n=n_folds, seed=seed)
        ]
    for name in names:
        for rows in deal:
            held_out = rows[keys[rows] == name]
            if not len(held_out):
                continue
            own = np.isin(dataset.groups, dataset.groups[held_out])
            yield str(name), np.flatnonzero((keys != name) & ~own), held_out


def _cross(dataset: Dataset) -> bool:
    """Tell whether some group has items in two domains."""
    pairs = np.unique(np.stack([dataset.groups, dataset.domains]), axis=1)
    return len(np.unique(pairs[0])) < pairs.shape[1]


def _domains(
    dataset: Dataset, source: Names, target: Names
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    known = [str(name) for name in np.unique(dataset.domains)]
    sides = []
    for what, names in (("source", source), ("target", target)):
        side = (names,) if isinstance(names, str) else tuple(names)
        unknown = [name for name in side if name not in known]
        if unknown or not side:
            raise DataError(
                f"The {what} domain {unknown[0] if unknown else '(none given)'} is not in data set "
                f"'{dataset.name}'. Its domains: {', '.join(known)}."
            )
        sides.append(side)
    both = set(sides[0]) & set(sides[1])
    if both:
        raise DataError(
            f"The domain {sorted(both)[0]} is source and target at once. Choose two different "
            f"ones; to train and test within a domain, use tl.split."
        )
    return sides[0], sides[1]
