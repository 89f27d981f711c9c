"""Pictures of the same things in several domains: styles where a set has them, or renderings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.datasets.images import at_size
from tlcourse.datasets.load import load
from tlcourse.errors import DataError
from tlcourse.recipes.items import stratified_rows

RENDERINGS = ("color", "gray", "edges")
_FEWEST = 8  # things of a class
_EDGE_SHARE = 0.15  # of the pixels are drawn as edges, at most


def load_domains(
    name_or_folder: str | Path, *, image_size: int, most: int, seed: int = 0
) -> Dataset:
    """Load pictures of the same things in several domains, item by item in the same order.

    Emoji come in their four drawing styles. Any other set of pictures has one domain; it is
    rendered in three: "color" (as it is), "gray" and "edges". Each thing is one group in
    every domain.

    Args:
        name_or_folder: A data set's name, or a folder with one folder of pictures per class.
        image_size: Side of the pictures, pixels.
        most: About how many things to keep, each class its share.
        seed: Seed of the draw where there are too many.

    Returns:
        A data set with `domains` and `groups`, domain after domain.

    Raises:
        DataError: If it holds no pictures, a class is too small, or it cannot be loaded.
    """
    is_emoji = str(name_or_folder) == "emoji"
    data = load(name_or_folder, **({"style": "all"} if is_emoji else {}))
    if data.card.task != "image":
        raise DataError(
            f"'{data.name}' holds no pictures (its task is {data.card.task}). "
            f"{where_domains_are()} Set DATASET to 'emoji', 'flowers' or a folder of pictures."
        )
    if not is_emoji:
        data = _one_per_group(data)
    data = _fewer_groups(data, most, seed)
    _check_classes(data)
    if not is_emoji:
        return rendered_domains(data, image_size)
    pictures = np.ascontiguousarray(at_size(data.images, image_size)[np.arange(len(data))])
    return replace(data, images=pictures, hashes=tuple(map(hash_pixels, pictures)))


def domain_names(data: Dataset) -> tuple[str, ...]:
    """Return the domains in the order in which the data set lists them."""
    return tuple(dict.fromkeys(data.domains.tolist()))


def where_domains_are() -> str:
    """Say which data sets of the course have several domains."""
    from tlcourse.datasets.registry import cards

    kinds = {"image": "pictures", "text": "texts", "speech": "sound"}
    found = [
        f"{card.name} ({kinds.get(card.task, card.task)}: {', '.join(card.domains)})"
        for card in cards().values()
        if len(card.domains) > 1
    ]
    return f"Data sets with several domains: {'; '.join(found)}."


def rendered_domains(data: Dataset, image_size: int) -> Dataset:
    """Return every picture of a one-domain data set in each of `RENDERINGS`."""
    pictures = np.ascontiguousarray(at_size(data.images, image_size)[np.arange(len(data))])
    everything = np.concatenate([render(pictures, kind) for kind in RENDERINGS])
    times = len(RENDERINGS)
    return Dataset(
        name=data.name,
        images=everything,
        labels=np.tile(data.labels, times),
        class_names=data.class_names,
        groups=np.tile(data.groups, times),
        domains=np.repeat(RENDERINGS, len(data)),
        ids=tuple(f"{kind}/{name}" for kind in RENDERINGS for name in data.ids),
        hashes=tuple(map(hash_pixels, everything)),
        card=data.card,
    )


def render(images: np.ndarray, kind: str) -> np.ndarray:
    """Draw pictures in another manner: "color" (as they are), "gray" or "edges".

    Edges are black where the Sobel gradient of the *same picture* is largest, white elsewhere.
    Filtering the whole stack at once would smooth along its first axis and mix pictures.

    Args:
        images: uint8 RGB (n, S, S, 3).
        kind: One of `RENDERINGS`.

    Returns:
        uint8 RGB (n, S, S, 3).
    """
    if kind == "color":
        return images
    if kind not in RENDERINGS:
        raise DataError(f"There is no rendering {kind!r}. Choose one of {', '.join(RENDERINGS)}.")
    gray = images @ np.array([0.299, 0.587, 0.114])  # ITU-R BT.601 luma
    if kind == "edges":
        gray = np.stack([_edges(picture) for picture in gray])
    return np.repeat(np.rint(gray).astype(np.uint8)[..., None], 3, axis=-1)


def _edges(gray: np.ndarray) -> np.ndarray:
    """Return one picture (S, S) as black lines on white."""
    from scipy import ndimage

    strength = np.hypot(ndimage.sobel(gray, axis=0), ndimage.sobel(gray, axis=1))
    threshold = max(np.quantile(strength, 1 - _EDGE_SHARE), 0.1 * strength.max())
    return np.where((strength > threshold) & (strength > 0), 0.0, 255.0)


def _one_per_group(data: Dataset) -> Dataset:
    """Keep one item of each group, so that one group is one thing in every rendering."""
    _, first = np.unique(data.groups, return_index=True)
    return data if len(first) == len(data) else data.subset(np.sort(first))


def _check_classes(data: Dataset) -> None:
    """Refuse classes that cannot be dealt into source, target and test."""
    labels = data.labels[np.unique(data.groups, return_index=True)[1]]
    counts = np.bincount(labels, minlength=data.n_classes)
    if counts.min() < _FEWEST:
        raise DataError(
            f"Class '{data.class_names[counts.argmin()]}' has {counts.min()} different things. "
            f"Source, target and test share none, so each class needs at least {_FEWEST}. Add "
            f"pictures, or leave the class out."
        )


def _fewer_groups(data: Dataset, most: int, seed: int) -> Dataset:
    """Keep about `most` groups, whole, each class its share and at least eight."""
    names, first = np.unique(data.groups, return_index=True)
    if len(names) <= most:
        return data
    every = np.arange(len(names))
    kept = stratified_rows(data.labels[first], every, most, least=8, seed=seed)
    return data.subset(np.isin(data.groups, names[kept]))
