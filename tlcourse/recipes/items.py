"""A data set of a size that a lesson can afford, and names for its pictures."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.datasets.images import at_size
from tlcourse.datasets.load import load
from tlcourse.paths import data_dir


def load_pictures(
    name_or_folder: str | Path,
    *,
    image_size: int,
    most: int,
    style: str = "twemoji",
    seed: int = 0,
) -> Dataset:
    """Load a data set for a lesson: pictures of one size in memory, and not too many.

    Args:
        name_or_folder: A data set's name, or a folder with one folder of pictures per class.
        image_size: Side of the pictures, pixels.
        most: About how many pictures to keep; see `at_most`.
        style: Drawing style, for emoji only.
        seed: Seed of the draw where there are too many.

    Raises:
        DataError: If the data set cannot be loaded.
    """
    data = load(name_or_folder, **({"style": style} if str(name_or_folder) == "emoji" else {}))
    data = at_most(data, most, seed=seed)
    pictures = np.ascontiguousarray(at_size(data.images, image_size)[np.arange(len(data))])
    return replace(data, images=pictures, hashes=tuple(map(hash_pixels, pictures)))


def at_most(dataset: Dataset, n: int, *, seed: int = 0) -> Dataset:
    """Return at most about n items, each class keeping its share (and at least 8 items).

    Args:
        dataset: Where to draw from; returned as it is when it is small enough.
        n: Number of items wanted.
        seed: Seed of the draw.
    """
    if len(dataset) <= n:
        return dataset
    everything = np.arange(len(dataset))
    return dataset.subset(stratified_rows(dataset.labels, everything, n, least=8, seed=seed))


def stratified_rows(
    labels: np.ndarray, rows: np.ndarray, n: int, *, least: int = 1, seed: int = 0
) -> np.ndarray:
    """Draw about n of the rows, each class keeping its share.

    Args:
        labels: Class of each item of the data set.
        rows: Where to draw from.
        n: Number of rows wanted; the largest class gives or takes what rounding leaves.
        least: Rows that every class gets, where it has so many.
        seed: Seed of the draw.
    """
    rng = np.random.default_rng(seed)
    own = [rows[labels[rows] == label] for label in np.unique(labels[rows])]
    sizes = np.array([len(members) for members in own])
    wanted = np.maximum(np.round(sizes * n / len(rows)).astype(int), np.minimum(least, sizes))
    largest = int(sizes.argmax())
    wanted[largest] = np.clip(wanted[largest] + n - wanted.sum(), 1, sizes[largest])
    chosen = [rng.permutation(members)[:k] for members, k in zip(own, wanted, strict=True)]
    return np.sort(np.concatenate(chosen))


def item_names(dataset: Dataset) -> list[str]:
    """Return a readable name for each item: the concept of an emoji, or the file's name."""
    if dataset.name != "emoji":
        return [Path(name).stem for name in dataset.ids]
    with (data_dir() / "emoji" / "concepts.csv").open(encoding="utf-8", newline="") as file:
        names = {row["codepoint"]: row["name"] for row in csv.DictReader(file)}
    stems = [Path(name).stem for name in dataset.ids]
    return [names.get(code, stem) for code, stem in zip(dataset.groups, stems, strict=True)]


def find_items(names: list[str], wanted: list[str], n: int) -> list[int]:
    """Return n positions: those of the wanted names that exist, then others spread evenly.

    Args:
        names: Name of each item.
        wanted: Names to begin with, where they are there.
        n: Number of positions; fewer where there are fewer items.
    """
    first = [names.index(name) for name in wanted if name in names]
    spread = np.linspace(0, len(names) - 1, min(n, len(names))).astype(int).tolist()
    return list(dict.fromkeys([*first, *spread, *range(len(names))]))[: min(n, len(names))]
