"""The one container in which every chapter receives its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np

from tlcourse.datasets.card import Card
from tlcourse.errors import DataError


@runtime_checkable
class ImageSource(Protocol):
    """Anything that hands out pictures by index, so that a large set need not fit in memory.

    A uint8 array of shape (n, height, width, 3) satisfies it, and so does
    `tlcourse.datasets.folder.ImageFiles`, which reads files when asked.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, index: Any) -> np.ndarray: ...


@dataclass(frozen=True)
class Skipped:
    """One item that was left out of a data set, and why."""

    path: str
    reason: str


@dataclass(frozen=True, eq=False)
class Dataset:
    """Items, labels and everything needed to split them honestly.

    Args:
        name: Short name, used in tables and cache messages.
        images: The items. For pictures a uint8 array (n, height, width, 3) in RGB
            order with values 0 to 255, or an `ImageSource`; for texts an object
            array of str; for sound a float32 array (n, samples).
        labels: Class of each item, int64 (n,), values 0 to C-1.
        class_names: The C class names, in label order.
        groups: Which items belong together, str (n,). A split never separates a group.
        domains: Where each item comes from (drawing style, speaker, review site), str (n,).
        ids: File name or key of each item, for tables of mistakes.
        hashes: SHA-256 (hex) of the content of each item; the key of every cache.
        card: Source, license and size of the data set.
        skipped: Items left out, each with its reason.
        presplit: Name of the part ("train", "validation" or "test") each item was
            delivered in, str (n,), or None where the data set comes unsplit.

    Raises:
        DataError: If the fields disagree in length or a label has no class name.
    """

    name: str
    images: Any
    labels: np.ndarray
    class_names: tuple[str, ...]
    groups: np.ndarray
    domains: np.ndarray
    ids: tuple[str, ...]
    hashes: tuple[str, ...]
    card: Card
    skipped: tuple[Skipped, ...] = field(default=())
    presplit: np.ndarray | None = None

    def __post_init__(self) -> None:
        n = len(self.labels)
        for label, value in self._columns().items():
            if len(value) != n:
                raise DataError(
                    f"Data set '{self.name}': {label} has {len(value)} entries and labels has {n}. "
                    f"Pass one entry for each item."
                )
        if n and not 0 <= int(np.min(self.labels)) <= int(np.max(self.labels)) < self.n_classes:
            raise DataError(
                f"Data set '{self.name}': labels run from {np.min(self.labels)} to "
                f"{np.max(self.labels)}, but there are {self.n_classes} class names. "
                f"Labels must be whole numbers from 0 to {self.n_classes - 1}."
            )

    def _columns(self) -> dict[str, Any]:
        columns = {k: getattr(self, k) for k in ("images", "groups", "domains", "ids", "hashes")}
        return columns | ({} if self.presplit is None else {"presplit": self.presplit})

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def n_classes(self) -> int:
        """Number of classes C."""
        return len(self.class_names)

    @property
    def class_counts(self) -> dict[str, int]:
        """Number of items for each class, in label order."""
        counts = np.bincount(self.labels, minlength=self.n_classes)
        return {name: int(c) for name, c in zip(self.class_names, counts, strict=True)}

    def subset(self, indices: Sequence[int] | np.ndarray) -> Dataset:
        """Return the items at `indices` (ints, or a boolean mask of length n) as a new data set."""
        index = np.asarray(indices)
        index = np.flatnonzero(index) if index.dtype == bool else index.astype(np.int64)
        return replace(
            self,
            images=_take(self.images, index),
            labels=self.labels[index],
            groups=self.groups[index],
            domains=self.domains[index],
            ids=tuple(self.ids[i] for i in index),
            hashes=tuple(self.hashes[i] for i in index),
            presplit=None if self.presplit is None else self.presplit[index],
        )

    def __repr__(self) -> str:
        counts = ", ".join(f"{k} {v}" for k, v in self.class_counts.items())
        return f"Dataset({self.name!r}, {len(self)} items, {self.n_classes} classes: {counts})"


def _take(images: Any, index: np.ndarray) -> Any:
    """Choose items; a source of files stays a source of files."""
    return images.subset(index) if hasattr(images, "subset") else images[index]
