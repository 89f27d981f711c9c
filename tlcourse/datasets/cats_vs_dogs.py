"""Photographs of cats and dogs, downloaded on request (69 MB)."""

from __future__ import annotations

from tlcourse.datasets.cards import CATS_VS_DOGS
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.download import fetch
from tlcourse.datasets.folder import load_folder


def load_cats_vs_dogs(
    *, image_size: int = 96, strict: bool = False, progress: bool = True
) -> Dataset:
    """Load 3,000 photographs, delivered in the parts train (2,000) and validation (1,000).

    Args:
        image_size: Side of the squares that `Dataset.images` gives, pixels.
        strict: Refuse the data set if any file cannot be used.
        progress: Show a progress bar and messages while it is downloaded.

    Raises:
        DataError: If it is not here and cannot be downloaded; the message says what to do.
    """
    folder = fetch("cats_vs_dogs", progress=progress)
    return load_folder(
        folder, name="cats_vs_dogs", image_size=image_size, card=CATS_VS_DOGS.card, strict=strict
    )
