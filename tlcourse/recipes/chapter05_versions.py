"""A data set in which every item comes several times: the ground on which leaks grow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.datasets.images import at_size
from tlcourse.datasets.load import load
from tlcourse.errors import DataError
from tlcourse.recipes.items import load_pictures

STYLES = ("twemoji", "noto", "fluent")
ALTERED = ("as it is", "mirrored", "zoomed")
_ZOOM = 0.85  # share of the side that a zoomed copy shows


def load_versions(
    name_or_folder: str | Path, *, image_size: int, most: int, n: int = 3, seed: int = 0
) -> Dataset:
    """Load a data set with n versions of every item.

    Emoji come in n drawing styles: the same concept, drawn by different people. Any other data
    set comes as n altered copies of each picture, which is what augmentation before the split
    makes of it.

    Args:
        name_or_folder: A data set's name, or a folder with one folder of pictures per class.
        image_size: Side of the pictures, pixels.
        most: About how many items to keep.
        n: Number of versions, 1 to 3.
        seed: Seed of the draw where there are too many items.

    Returns:
        A `Dataset` of n times as many pictures, version by version: row i of one version is
        row i of another. `domains` names the version, `groups` the item.

    Raises:
        DataError: If n is outside the choice, or the data set cannot be loaded.
    """
    if n not in (1, 2, 3):
        raise DataError(f"n is {n!r}; expected 1, 2 or 3 versions of each picture.")
    options = {"image_size": image_size, "most": most, "seed": seed}
    first = load_pictures(name_or_folder, style=STYLES[0], **options)
    if str(name_or_folder) == "emoji":
        drawn = load("emoji", style=list(STYLES[:n]))
        data = drawn.subset(np.isin(drawn.groups, first.groups))
        pictures = np.ascontiguousarray(at_size(data.images, image_size)[np.arange(len(data))])
        return replace(data, images=pictures, hashes=tuple(map(hash_pixels, pictures)))
    return _altered_copies(first, n)


def _altered_copies(data: Dataset, n: int) -> Dataset:
    """Repeat every picture: as it is, mirrored, and zoomed."""
    makers = (lambda picture: picture, lambda picture: picture[:, ::-1], _zoomed)
    pictures = np.concatenate([[make(picture) for picture in data.images] for make in makers[:n]])
    pictures = np.ascontiguousarray(pictures)
    repeated = data.subset(np.tile(np.arange(len(data)), n))
    domains = np.repeat(np.array(ALTERED[:n]), len(data))
    ids = tuple(f"{name}, {version}" for name, version in zip(repeated.ids, domains, strict=True))
    hashes = tuple(map(hash_pixels, pictures))
    return replace(repeated, images=pictures, domains=domains, ids=ids, hashes=hashes)


def _zoomed(picture: np.ndarray) -> np.ndarray:
    """Return the middle of a picture, enlarged to its size."""
    side = picture.shape[0]
    cut = round(side * (1 - _ZOOM) / 2)
    middle = Image.fromarray(picture[cut : side - cut, cut : side - cut])
    return np.asarray(middle.resize((side, side), Image.Resampling.BILINEAR))
