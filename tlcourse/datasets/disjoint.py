"""Assertions that two parts of a split share nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tlcourse.datasets.dataset import Dataset
from tlcourse.errors import DataError


def assert_disjoint(dataset: Dataset, parts: Mapping[str, np.ndarray]) -> None:
    """Assert that parts share no group and no content.

    Args:
        dataset: What the rows belong to.
        parts: Name of each part -> its row numbers.

    Raises:
        DataError: Naming the first group or content that two parts share.
    """
    for what, values in (("group", dataset.groups), ("content", np.asarray(dataset.hashes))):
        _assert_no_shared(parts, what, values)


def _assert_no_shared(parts: Mapping[str, np.ndarray], what: str, values: np.ndarray) -> None:
    names = list(parts)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            shared = np.intersect1d(values[parts[first]], values[parts[second]])
            if len(shared):
                raise DataError(
                    f"Leakage: {first} and {second} share {len(shared)} {what}(s), the first is "
                    f"{shared[0]}. Split with tl.split, which keeps groups together."
                )


def assert_spatially_disjoint(
    boxes: np.ndarray,
    scenes: Sequence[str],
    first: np.ndarray,
    second: np.ndarray,
) -> None:
    """Assert that no patch of one part overlaps a patch of the other.

    Patches of one scene that overlap show the same pixels twice; a random split then tests
    memory. Boxes that only touch share no pixel and are fine.

    Args:
        boxes: Place of each patch, int (n, 4): top, left, bottom, right, in pixels of its
            scene; bottom and right are the first row and column outside.
        scenes: Name of the photograph or map each patch was cut from, (n,).
        first: Row numbers of one part.
        second: Row numbers of the other part.

    Raises:
        DataError: Naming the first two patches that overlap.

    Cost: patches of one scene are compared in pairs, about 0.1 s for 3,000 in one scene.
    """
    boxes, scenes = np.asarray(boxes), np.asarray(scenes)
    if boxes.shape != (len(scenes), 4):
        raise DataError(
            f"Boxes have shape {boxes.shape}, expected ({len(scenes)}, 4): top, left, bottom and "
            f"right of each patch."
        )
    for scene in np.intersect1d(scenes[first], scenes[second]):
        own, others = (np.asarray(p)[scenes[p] == scene] for p in (first, second))
        a, b = boxes[own][:, None], boxes[others][None]
        rows = np.minimum(a[..., 2], b[..., 2]) > np.maximum(a[..., 0], b[..., 0])
        columns = np.minimum(a[..., 3], b[..., 3]) > np.maximum(a[..., 1], b[..., 1])
        clashes = np.argwhere(rows & columns)
        if len(clashes):
            i, j = own[clashes[0][0]], others[clashes[0][1]]
            raise DataError(
                f"Leakage: {len(clashes)} pair(s) of patches of '{scene}' overlap across parts, "
                f"the first is {tuple(boxes[i].tolist())} and {tuple(boxes[j].tolist())}. Cut the "
                f"scene into regions first, and keep each region in one part."
            )
