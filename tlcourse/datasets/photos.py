"""Patches of thirteen photographs that come with scikit-image and scikit-learn.

A near target for a network trained on photographs: textures, animals, things, a page, a
tissue section. Nothing is copied or downloaded; the files lie in the installed packages.
Every photograph is cut into two halves that share no pixel, one for training and one for
testing: patches of one half overlap each other, so drawing test patches from the same half
would test memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from tlcourse.datasets.card import Card
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.errors import DataError

LONGEST_SIDE = 640  # larger photographs (the retina) are reduced to this
_STEP = 4  # patches start on a grid of 4 pixels
_FLAT = 4.0  # gray levels: a patch with a smaller standard deviation shows nothing


class Photo(NamedTuple):
    """One photograph: where it lies and what may be done with it."""

    name: str
    package: str
    file: str
    license: str


PHOTOS = (
    Photo("brick", "skimage", "brick.png", "CC0, CC0Textures"),
    Photo("cat", "skimage", "chelsea.png", "CC0, Stefan van der Walt"),
    Photo("china", "sklearn", "china.jpg", "CC BY 2.0, danielbuechele (Flickr)"),
    Photo("coffee", "skimage", "coffee.png", "CC0, Rachel Michetti"),
    Photo("coins", "skimage", "coins.png", "no known restrictions, Brooklyn Museum"),
    Photo("flower", "sklearn", "flower.jpg", "CC BY 2.0, vultilion (Flickr)"),
    Photo("grass", "skimage", "grass.png", "CC0, linolafett (DeviantArt)"),
    Photo("gravel", "skimage", "gravel.png", "CC0, CC0Textures"),
    Photo("moon", "skimage", "moon.png", "no separate statement; BSD-3-Clause with scikit-image"),
    Photo("page", "skimage", "page.png", "no separate statement; BSD-3-Clause with scikit-image"),
    Photo("retina", "skimage", "retina.jpg", "CC0, Mikael Häggström"),
    Photo("rocket", "skimage", "rocket.jpg", "public domain, SpaceX"),
    Photo("tissue", "skimage", "ihc.png", "no known restrictions, CMMI (stained colon tissue)"),
)
NAMES = tuple(photo.name for photo in PHOTOS)

CARD = Card(
    name="photos",
    title="Patches of thirteen photographs shipped with scikit-image and scikit-learn",
    license="per photograph; see the notes",
    citation=(
        "van der Walt, S. et al. (2014). scikit-image. PeerJ 2:e453; "
        "Pedregosa, F. et al. (2011). Scikit-learn. JMLR 12, 2825-2830."
    ),
    source="installed packages scikit-image and scikit-learn; nothing is copied",
    n_items=624,
    classes=NAMES,
    domains=("color", "gray"),
    groups="half of a photograph",
    notes="; ".join(f"{photo.name}: {photo.license}" for photo in PHOTOS),
)


def load_photo_patches(
    *,
    size: int = 96,
    per_half: int = 24,
    photos: str | Sequence[str] = "all",
    seed: int = 0,
) -> Dataset:
    """Load square patches; the class is the photograph they come from.

    Args:
        size: Side of a patch in pixels, 16 to 180.
        per_half: Patches from each half of each photograph.
        photos: "all", or names from `NAMES`, in any order.
        seed: Decides which patches are drawn.

    Returns:
        A `Dataset` of RGB patches uint8 (n, size, size, 3). Groups: `photo/first` and
        `photo/second`, the two halves, cut across the longer side. Presplit: "train" for
        the first half, "test" for the second. Domains: "color" or "gray". Ids:
        `photo/half/row_column` of the upper left corner.

    Raises:
        DataError: If a name is unknown, a photograph is not installed, or a half has too
            few distinct patches with something on them.
    """
    if not 16 <= size <= 180:
        raise DataError(
            f"size is {size}; expected 16 to 180 pixels, the smallest half is 191 high."
        )
    chosen = _choose(photos)
    patches, labels, groups, domains, ids = [], [], [], [], []
    for label, photo in enumerate(chosen):
        pixels, domain = read_photo(photo)
        for half, (top, left, region) in zip(("first", "second"), halves(pixels), strict=True):
            rng = np.random.default_rng([seed, PHOTOS.index(photo), half == "second"])
            for y, x in _corners(region, size, per_half, rng, f"{photo.name}/{half}"):
                patches.append(region[y : y + size, x : x + size])
                labels.append(label)
                groups.append(f"{photo.name}/{half}")
                domains.append(domain)
                ids.append(f"{photo.name}/{half}/{top + y}_{left + x}")
    images = np.stack(patches)
    return Dataset(
        name="photos",
        images=images,
        labels=np.array(labels, dtype=np.int64),
        class_names=tuple(photo.name for photo in chosen),
        groups=np.array(groups),
        domains=np.array(domains),
        ids=tuple(ids),
        hashes=tuple(hash_pixels(patch) for patch in images),
        card=CARD,
        presplit=np.where(np.char.endswith(groups, "first"), "train", "test"),
    )


def read_photo(photo: Photo | str) -> tuple[np.ndarray, str]:
    """Return one photograph as RGB, uint8 (height, width, 3), and "color" or "gray".

    Raises:
        DataError: If the name is unknown or the installed package does not ship the file.
    """
    if isinstance(photo, str):
        (photo,) = _choose([photo])
    folder = {"skimage": "data", "sklearn": "datasets/images"}[photo.package]
    spec = find_spec(photo.package)
    path = Path(spec.origin).parent / folder / photo.file if spec and spec.origin else None
    if path is None or not path.is_file():
        raise DataError(
            f"The photograph '{photo.name}' ({photo.file}) is not in the installed package "
            f"'{photo.package}'. Reinstall scikit-image and scikit-learn, or leave it out: "
            f"photos=[...]."
        )
    with Image.open(path) as opened:
        domain = "gray" if opened.mode in ("L", "1", "I;16") else "color"
        image = opened.convert("RGB")
    scale = LONGEST_SIDE / max(image.size)
    if scale < 1:
        image = image.resize(
            (round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS
        )
    return np.asarray(image), domain


def halves(pixels: np.ndarray) -> tuple[tuple[int, int, np.ndarray], tuple[int, int, np.ndarray]]:
    """Cut a photograph across its longer side: (top, left, pixels) of both halves."""
    height, width = pixels.shape[:2]
    if width >= height:
        cut = width // 2
        return (0, 0, pixels[:, :cut]), (0, cut, pixels[:, cut:])
    cut = height // 2
    return (0, 0, pixels[:cut]), (cut, 0, pixels[cut:])


def _choose(photos: str | Sequence[str]) -> tuple[Photo, ...]:
    """Return the photographs asked for, in the order of `PHOTOS`."""
    names = (photos,) if isinstance(photos, str) else tuple(photos)
    if names == ("all",):
        return PHOTOS
    unknown = [name for name in names if name not in NAMES]
    if unknown or not names:
        raise DataError(
            f"Unknown photograph: {unknown[0] if unknown else 'none given'}. "
            f"Choose from {', '.join(NAMES)}, or 'all'."
        )
    return tuple(photo for photo in PHOTOS if photo.name in names)


def _corners(
    region: np.ndarray, size: int, count: int, rng: np.random.Generator, name: str
) -> list[tuple[int, int]]:
    """Return the upper left corners of `count` distinct patches that show something."""
    rows = range(0, region.shape[0] - size + 1, _STEP)
    columns = range(0, region.shape[1] - size + 1, _STEP)
    corners = [(y, x) for y in rows for x in columns]
    kept: list[tuple[int, int]] = []
    for i in rng.permutation(len(corners)):
        if len(kept) == count:
            break
        y, x = corners[i]
        if region[y : y + size, x : x + size].mean(axis=2).std() >= _FLAT:
            kept.append((y, x))
    if len(kept) < count:
        raise DataError(
            f"'{name}' has {len(kept)} patches of {size} pixels that show something, and "
            f"{count} were asked for. Ask for fewer (per_half) or smaller ones (size)."
        )
    return sorted(kept)
