"""Handwritten digits of 8 x 8 pixels: a target far from photographs.

They come with scikit-learn. Enlarged to the size a photograph network expects, they have
no texture, no color and no background, so most of what such a network learned is of no
use here, and a linear model on the 64 pixels is a strong rival.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from tlcourse.datasets.card import Card
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.errors import DataError

# The file runs writer by writer: at each of these places the labels start again with an
# ordered 0 to 9. Found by the authors of the scikit-learn MOOC (Inria), "Sample grouping";
# the documentation speaks of 13 people, so one of them may have written two runs.
WRITER_STARTS = (0, 130, 256, 386, 516, 646, 776, 915, 1029, 1157, 1287, 1415, 1545, 1667)
_FILTERS = {"nearest": Image.Resampling.NEAREST, "bilinear": Image.Resampling.BILINEAR}

CARD = Card(
    name="digits",
    title="Handwritten digits, 8 x 8 pixels enlarged",
    license="CC BY 4.0 (UCI), shipped with scikit-learn under BSD-3-Clause",
    citation=(
        "Alpaydin, E. and Kaynak, C. (1998). Optical Recognition of Handwritten Digits. "
        "UCI Machine Learning Repository. doi:10.24432/C50P49"
    ),
    source="installed package scikit-learn (load_digits); nothing is copied",
    n_items=1_797,
    classes=tuple("0123456789"),
    domains=("digits",),
    groups="writer, inferred from the order of the file",
    notes="Split by writer: a random split lets a model recognize handwriting, not digits.",
)


def load_digits_images(*, size: int = 96, interpolation: str = "bilinear") -> Dataset:
    """Load scikit-learn's digits as RGB pictures, white ink on black.

    Args:
        size: Side of a picture in pixels, 8 to 512. All 1,797 take 3 * size² bytes each:
            50 MB at 96.
        interpolation: "bilinear" smooths between the 8 x 8 pixels, "nearest" shows them.

    Returns:
        A `Dataset` of 1,797 pictures uint8 (n, size, size, 3), ten classes. Groups: the
        writer, as far as the order of the file tells (14 runs). Ids: place in the file.

    Raises:
        DataError: If size or interpolation is outside the choice.
    """
    if not 8 <= size <= 512:
        raise DataError(f"size is {size}; expected 8 to 512 pixels.")
    if interpolation not in _FILTERS:
        raise DataError(f"Unknown interpolation {interpolation!r}. Choose 'bilinear' or 'nearest'.")
    from sklearn.datasets import load_digits

    bunch = load_digits()
    small = np.round(bunch.images * (255 / 16)).astype(np.uint8)
    images = np.empty((len(small), size, size, 3), dtype=np.uint8)
    for i, digit in enumerate(small):
        large = Image.fromarray(digit).resize((size, size), _FILTERS[interpolation])
        images[i] = np.asarray(large)[:, :, None]
    writers = np.searchsorted(WRITER_STARTS, np.arange(len(small)), side="right")
    return Dataset(
        name="digits",
        images=images,
        labels=bunch.target.astype(np.int64),
        class_names=CARD.classes,
        groups=np.array([f"writer {w:02d}" for w in writers]),
        domains=np.full(len(small), "digits"),
        ids=tuple(f"{i:04d}" for i in range(len(small))),
        hashes=tuple(hash_pixels(image) for image in images),
        card=CARD,
    )
