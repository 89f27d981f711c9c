"""Leakage report: which look-alikes lie on both sides of a split."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.datasets.domain_splits import DomainSplit
from tlcourse.datasets.duplicates import MAX_DISTANCE, MIN_AGREEMENT, Pair, near_duplicates
from tlcourse.datasets.sealed import Split

_SHOWN = 10


@dataclass(frozen=True, eq=False)
class Leaks:
    """Pairs of look-alikes in two parts of a split.

    Args:
        pairs: The pairs, closest first; rows of the data set.
        parts: The two parts of each pair, such as ("train", "test").
        ids: The two names of each pair.
        n_test: Number of items in the test part.
        n_test_leaked: How many of them have a look-alike outside it.
        n_pairs_inside: Pairs of look-alikes inside one part, which do no harm.
    """

    pairs: tuple[Pair, ...]
    parts: tuple[tuple[str, str], ...]
    ids: tuple[tuple[str, str], ...]
    n_test: int
    n_test_leaked: int
    n_pairs_inside: int

    @property
    def ok(self) -> bool:
        """Whether no pair crosses."""
        return not self.pairs

    @property
    def counts(self) -> dict[str, int]:
        """Number of pairs for each two parts, for example {"train and test": 3}."""
        return dict(Counter(" and ".join(p) for p in self.parts))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON and for `Result.details`."""
        rows = zip(self.pairs, self.parts, self.ids, strict=True)
        return {
            "ok": self.ok,
            "counts": self.counts,
            "n_test": self.n_test,
            "n_test_leaked": self.n_test_leaked,
            "pairs": [
                {"parts": list(parts), "ids": list(ids), "distance": p.distance, "exact": p.exact}
                for p, parts, ids in rows
            ],
        }

    def __repr__(self) -> str:
        if self.ok:
            return f"Leaks(none; {self.n_pairs_inside} pair(s) of look-alikes inside parts)"
        counts = ", ".join(f"{k}: {v}" for k, v in self.counts.items())
        return (
            f"Leaks({counts}; {self.n_test_leaked} of {self.n_test} test items have a look-alike)"
        )

    def _repr_markdown_(self) -> str:
        if self.ok:
            return "No look-alikes lie on both sides of this split."
        head = f"**{self.n_test_leaked} of {self.n_test} test items have a look-alike outside.**"
        rows = [
            f"| {a} | {b} | {_cell(x)} | {_cell(y)} | {p.distance} |"
            for p, (a, b), (x, y) in list(zip(self.pairs, self.parts, self.ids, strict=True))[
                :_SHOWN
            ]
        ]
        more = f"\n\nand {len(self.pairs) - _SHOWN} more." if len(self.pairs) > _SHOWN else ""
        table = "| part | part | item | item | bits that differ |\n|---|---|---|---|---|\n"
        return f"{head}\n\n{table}" + "\n".join(rows) + more


def leaks(
    split: Split, *, max_distance: int = MAX_DISTANCE, min_agreement: float = MIN_AGREEMENT
) -> Leaks:
    """Report which look-alikes lie on both sides of a split.

    Looks at the pictures of the sealed test part, never at their labels, so the seal holds.

    Args:
        split: A split of pictures.
        max_distance: As in `near_duplicates`.
        min_agreement: As in `near_duplicates`.

    Example:
        >>> found = leaks(split)
        >>> if not found.ok:
        ...     split = tl.split(group_near_duplicates(data))
    """
    part = _part_of(split)
    used = np.flatnonzero(part != "")
    options = {"max_distance": max_distance, "min_agreement": min_agreement}
    found = near_duplicates(split.dataset.subset(used), **options)
    pairs = [p._replace(first=int(used[p.first]), second=int(used[p.second])) for p in found]
    crossing = [p for p in pairs if part[p.first] != part[p.second]]
    tested, cluster = part[used] == "test", found.cluster_of
    leaked = tested & np.isin(cluster, cluster[~tested])
    ids = split.dataset.ids
    return Leaks(
        pairs=tuple(crossing),
        parts=tuple((part[p.first], part[p.second]) for p in crossing),
        ids=tuple((ids[p.first], ids[p.second]) for p in crossing),
        n_test=split.n_test,
        n_test_leaked=int(leaked.sum()),
        n_pairs_inside=len(pairs) - len(crossing),
    )


def _part_of(split: Split) -> np.ndarray:
    """Return the name of the part of each row, "" for rows that are not used."""
    part = np.full(len(split.dataset), "", dtype=object)
    named = {"train": split.train, "validation": split.validation, "test": split._test}
    if isinstance(split, DomainSplit):
        named = {"unlabeled": split.unlabeled, **named}
    for name, rows in named.items():
        part[rows] = name
    return part


def _cell(name: str) -> str:
    return name.replace("|", "\\|")
