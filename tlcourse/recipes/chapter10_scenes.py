"""Scenes for chapter 10: concepts dealt into folds, and scenes made of one fold each.

A scene holds concepts of one fold only. So the scenes without fold f train, the scenes of
fold f test, every concept is tested once, and the maps of all of them are computed once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tlcourse.datasets.cuts import folds as make_folds
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.images import at_size
from tlcourse.datasets.load import load
from tlcourse.recipes.items import at_most
from tlcourse.vision.scenes import Scenes, compose, join

_SIDE = 96


@dataclass(frozen=True, eq=False)
class Dealt:
    """Scenes, and the fold that the concepts of each belong to.

    Args:
        scenes: All of them.
        fold: Fold of each scene, int64 (n,).
    """

    scenes: Scenes
    fold: np.ndarray

    def of(self, f: int) -> np.ndarray:
        """Return the rows of the scenes with concepts of fold f."""
        return np.flatnonzero(self.fold == f)

    def without(self, *folds: int) -> np.ndarray:
        """Return the rows of all other scenes."""
        return np.flatnonzero(~np.isin(self.fold, folds))


def load_objects(
    name_or_folder: Any, *, most: int, style: str = "twemoji", seed: int = 0
) -> Dataset:
    """Load what is pasted: emoji with their outline, or whole pictures of any other data set.

    Args:
        name_or_folder: "emoji", another data set's name, or a folder.
        most: About how many objects to keep.
        style: Drawing style, for emoji.
        seed: Seed of the draw.
    """
    if str(name_or_folder) == "emoji":
        return at_most(load("emoji", style=style, background="transparent"), most, seed=seed)
    data = at_most(load(name_or_folder), most, seed=seed)
    return replace(data, images=np.asarray(at_size(data.images, _SIDE)[np.arange(len(data))]))


def concept_folds(objects: Dataset, *, n: int = 5, seed: int = 0) -> np.ndarray:
    """Deal the objects into n folds, stratified by class; objects of a group stay together.

    Returns:
        Fold of each object, int64.
    """
    fold = np.zeros(len(objects), np.int64)
    for f, (_, held) in enumerate(make_folds(objects.labels, objects.groups, n=n, seed=seed)):
        fold[held] = f
    return fold


def deal(
    objects: Dataset,
    fold: np.ndarray,
    per_fold: int | None = None,
    *,
    seed: int = 0,
    **options: Any,
) -> Dealt:
    """Compose scenes fold by fold.

    Args:
        objects: What is pasted.
        fold: Fold of each object, from `concept_folds`.
        per_fold: Scenes of each fold; None makes one for each object.
        seed: Seed of the scenes.
        **options: As for `tlcourse.vision.compose`: size, count, sides, photos, half, distinct.
    """
    parts = []
    for f in range(int(fold.max()) + 1):
        own = objects.subset(np.flatnonzero(fold == f))
        parts.append(compose(own, per_fold or len(own), seed=1000 * seed + f, **options))
    return Dealt(join(*parts), np.repeat(np.arange(len(parts)), [len(p) for p in parts]))
