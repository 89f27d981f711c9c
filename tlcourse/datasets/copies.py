"""The same bytes twice: harmless in one class, wrong in two classes, leakage in two parts."""

from __future__ import annotations

from collections import defaultdict

from tlcourse.datasets.dataset import Skipped
from tlcourse.datasets.folder_tree import Item
from tlcourse.errors import DataError

_ORDER = {"test": 0, "validation": 1, "train": 2, "": 3}


def drop_contradictions(items: list[Item], *, strict: bool) -> tuple[list[Item], list[Skipped]]:
    """Drop every copy of a picture that lies in two classes: one of its labels is wrong.

    Nobody but the learner can say which, so neither is learned from nor tested on.

    Raises:
        DataError: With `strict`, if there is such a picture.
    """
    copies: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        copies[item.hash].append(item)
    twins: dict[str, Item] = {}
    for group in copies.values():
        for item in group:
            other = next((o for o in group if o.class_name != item.class_name), None)
            if other is not None:
                twins[item.id] = other
    if strict and twins:
        first = next(iter(twins))
        raise DataError(
            f"{len(twins)} file(s) have the same bytes in two classes, the first is {first} and "
            f"{twins[first].id}. One of the labels is wrong: remove that copy, or leave strict "
            f"mode off to leave both out."
        )
    notes = [
        Skipped(i.id, f"two labels: the same bytes as {twins[i.id].id}, so both are left out")
        for i in items
        if i.id in twins
    ]
    return [i for i in items if i.id not in twins], notes


def drop_leaks(items: list[Item], *, strict: bool) -> tuple[list[Item], list[Skipped]]:
    """Drop from training what also lies, byte for byte, in a part that measures.

    Raises:
        DataError: With `strict`, if there is such a picture.
    """
    owner: dict[str, Item] = {}
    for item in sorted(items, key=lambda i: (_ORDER[i.part], i.id)):
        owner.setdefault(item.hash, item)
    leaked = [i for i in items if i.part != owner[i.hash].part]
    if strict and leaked:
        first = leaked[0]
        raise DataError(
            f"Leakage: {len(leaked)} picture(s) lie in two parts with the same bytes, the first is "
            f"{first.id} and {owner[first.hash].id}. Keep each picture in one part, or leave "
            f"strict mode off to drop the copy from training."
        )
    gone = {i.id for i in leaked}
    notes = [
        Skipped(i.id, f"leakage: the same bytes as {owner[i.hash].id}, so dropped from {i.part}")
        for i in leaked
    ]
    return [i for i in items if i.id not in gone], notes
