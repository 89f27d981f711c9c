"""Flower photographs in five classes, downloaded on request (229 MB, or 35 MB from a mirror)."""

from __future__ import annotations

from tlcourse.datasets.cards import FLOWERS
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.download import fetch
from tlcourse.datasets.folder import load_folder


def load_flowers(*, image_size: int = 96, strict: bool = False, progress: bool = True) -> Dataset:
    """Load 3,670 photographs: daisy, dandelion, roses, sunflowers, tulips.

    One picture lies in two classes with the same bytes; both files are left out and
    listed in `Dataset.skipped`.

    Args:
        image_size: Side of the squares that `Dataset.images` gives, pixels.
        strict: Refuse the data set if any file cannot be used.
        progress: Show a progress bar and messages while it is downloaded.

    Raises:
        DataError: If it is not here and cannot be downloaded; the message says what to do.
    """
    folder = fetch("flowers", progress=progress)
    return load_folder(
        folder, name="flowers", image_size=image_size, card=FLOWERS.card, strict=strict
    )
