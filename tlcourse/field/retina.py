"""A healthy retina with painted lesions: rare, small, and with a known answer.

The photograph comes with scikit-image. Lesions are painted on by `lesions.paint`, so this
set teaches the method of rare findings; it says nothing about any disease. Patches of the
upper half of the eye and of the lower half share no pixel. It is one eye of one person.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from tlcourse.datasets.card import Card
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.errors import DataError
from tlcourse.field.lesions import Lesion, draw_lesion, paint
from tlcourse.field.patches import enlarge, grid

SIDE, STRIDE, SIZE, TILE = 48, 32, 64, 96  # pixels: patch, step, network input, tile
RATE, NOISE = 0.15, 1.5  # share of patches with a lesion; sensor noise in gray levels
CLASSES = ("healthy", "lesion")

CARD = Card(
    name="retina",
    title="Patches of one healthy retina; in some a small dark disc is painted",
    license="CC0, Mikael Häggström (shipped with scikit-image)",
    citation="Häggström, M. (2014). Medical gallery of Mikael Häggström. WikiJournal of Medicine.",
    source="skimage.data.retina(), installed package; nothing is downloaded",
    n_items=1275,
    classes=CLASSES,
    domains=("upper", "lower"),
    groups="tile of 96 pixels",
    notes="One healthy eye with painted lesions. It teaches a method and is no medical result.",
)


@lru_cache(maxsize=1)
def read_retina() -> tuple[np.ndarray, np.ndarray]:
    """Return the photograph, uint8 (1411, 1411, 3), and the eroded field of view, bool.

    Cost: 0.5 s, once.
    """
    from scipy.ndimage import binary_erosion
    from skimage.data import retina

    rgb = np.asarray(retina())
    seen = binary_erosion(rgb.sum(axis=2) > 60, iterations=12)
    rgb.setflags(write=False)
    seen.setflags(write=False)
    return rgb, seen


def corners(half: str, *, stride: int = STRIDE) -> list[tuple[int, int]]:
    """Return the upper left corners of the patches in one half that lie in the field of view.

    Args:
        half: "upper" or "lower".
        stride: Distance between patches, pixels.

    Raises:
        DataError: For another half.
    """
    if half not in ("upper", "lower"):
        raise DataError(f"There is no half {half!r} of the eye. Expected 'upper' or 'lower'.")
    _, seen = read_retina()
    middle = len(seen) // 2
    top = 0 if half == "upper" else middle
    found = grid(middle, seen.shape[1], side=SIDE, stride=stride)
    places = [(top + row, column) for row, column in found]
    return [p for p in places if seen[p[0] : p[0] + SIDE, p[1] : p[1] + SIDE].all()]


def load_retina(*, rate: float = RATE, stride: int = STRIDE, seed: int = 0) -> Dataset:
    """Load patches of 48 pixels, enlarged to 64, about `rate` of them with a painted lesion.

    Args:
        rate: Probability of a lesion in a patch.
        stride: Distance between patches; 32 gives 1,275, 64 about a quarter of that.
        seed: Seed of lesions and noise.

    Returns:
        A `Dataset` with images uint8 (n, 64, 64, 3), labels 0 or 1; domains "upper" and
        "lower"; presplit "train" for the upper half; groups are tiles of 96 pixels, because
        neighbors overlap; ids "row_column".

    Cost: 0.6 s.
    """
    places = [
        (half, place) for half in ("upper", "lower") for place in corners(half, stride=stride)
    ]
    rng = np.random.default_rng(seed)
    sick = rng.random(len(places)) < rate
    lesions = [draw_lesion(rng, SIDE) if each else None for each in sick]
    images = render([place for _, place in places], lesions, seed=seed)
    halves = np.array([half for half, _ in places])
    return Dataset(
        name="retina",
        images=images,
        labels=sick.astype(np.int64),
        class_names=CLASSES,
        groups=np.array([f"{half} {r // TILE},{c // TILE}" for half, (r, c) in places]),
        domains=halves,
        ids=tuple(f"{row}_{column}" for _, (row, column) in places),
        hashes=tuple(map(hash_pixels, images)),
        card=CARD,
        presplit=np.where(halves == "upper", "train", "test"),
    )


def render(
    places: Sequence[tuple[int, int]],
    lesions: Sequence[Lesion | None],
    *,
    noise: float = NOISE,
    seed: int = 0,
) -> np.ndarray:
    """Return patches of the eye with lesions and sensor noise, uint8 (n, 64, 64, 3).

    Args:
        places: Upper left corners.
        lesions: One for each place, or None for a healthy patch.
        noise: Standard deviation of the noise, gray levels.
        seed: Seed of the noise.
    """
    rgb, _ = read_retina()
    rng = np.random.default_rng([seed, 11])
    images = []
    for (row, column), lesion in zip(places, lesions, strict=True):
        patch = rgb[row : row + SIDE, column : column + SIDE]
        drawn = patch.astype(float) if lesion is None else paint(patch, lesion)
        drawn = drawn + noise * rng.standard_normal(drawn.shape)
        images.append(enlarge(np.clip(np.round(drawn), 0, 255).astype(np.uint8), SIZE))
    return np.stack(images)
