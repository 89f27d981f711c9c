"""A judge of content: drawings in other colors and textures, so that only the shape helps.

A head that was fitted on drawings as they are hears texture first, and a painted picture has the
texture of something else. Geirhos and others (ICLR 2019) cured that by training on pictures whose
texture contradicts their class. This is a cheap form of it, without any painting: the colors of a
photograph are given to a drawing, its bright and dark bands are filled with pieces of the
photograph, and everything is bent a little. What is left to learn from is the shape.

An average over places can hardly hold a shape. So the head reads a coarse grid: the map of block 4,
averaged within three by three parts of the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PIL import Image
from scipy import ndimage

from tlcourse.adaptation._arrays import symmetric_power
from tlcourse.backbones import Backbone
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.emoji import STYLES
from tlcourse.datasets.load import load
from tlcourse.datasets.photos import read_photo
from tlcourse.errors import DataError
from tlcourse.heads import LinearHead, fit_head
from tlcourse.recipes.chapter10_style import on_ground, scaled
from tlcourse.vision.maps import feature_maps

TEXTURES = ("brick", "cat", "coffee", "coins", "grass", "gravel", "retina", "rocket")
CUT = "block4_pool"
_AT_ONCE = 256
_WHITE = 255.0


@dataclass(frozen=True, eq=False)
class Judge:
    """A linear head on a coarse grid of features of the frozen network.

    Args:
        network: The network; its image size is that of the judge.
        head: The head.
        concepts: Every concept that the head has seen in any form.
        n_pictures: How many pictures it was fitted on.
    """

    network: Backbone
    head: LinearHead
    concepts: frozenset[str]
    n_pictures: int

    @property
    def size(self) -> int:
        """Side of the pictures, pixels."""
        return self.network.image_size

    def many(self, pictures: np.ndarray) -> np.ndarray:
        """Return the probabilities of the classes, (n, C), for square pictures of any size."""
        small = np.stack([scaled(picture, self.size) for picture in pictures])
        return self.head.predict_proba(grid(self.network, small))

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        """Return the probabilities of the classes, (C,), for one square picture."""
        return self.many(picture[None])[0]


def fit_judge(network: Backbone, learned: Lesson, *, strength: float = 0.001) -> Judge:
    """Fit the judge.

    Args:
        network: The frozen network; its image size is that of the pictures.
        learned: What the judge may see, from `lesson`.
        strength: Regularization of the head.

    Cost: one pass through the network for each picture, about 10 ms at 96 px on two cores, and
    some seconds for the head.
    """
    features = grid(network, learned.images)
    n_classes = learned.n_classes
    head = fit_head(features, learned.labels, n_classes=n_classes, strengths=[strength])
    return Judge(network, head, frozenset(learned.concepts.tolist()), len(features))


def grid(network: Backbone, images: np.ndarray, *, n: int = 3) -> np.ndarray:
    """Return the features of n by n parts of each picture, float32 (k, n * n * channels).

    The map of `block4_pool`, averaged within each part: where in the picture something is stays
    known, roughly. Where the map has fewer than n rows, each of its places is a part.
    """
    features = []
    for start in range(0, len(images), _AT_ONCE):
        maps = feature_maps(network, images[start : start + _AT_ONCE], at=CUT)
        edges = np.linspace(0, maps.shape[1], min(n, maps.shape[1]) + 1).round().astype(int)
        spans = [slice(a, b) for a, b in pairwise(edges)]
        parts = [maps[:, y, x].mean((1, 2), dtype=np.float32) for y in spans for x in spans]
        features.append(np.concatenate(parts, axis=1))
    return np.concatenate(features)


@dataclass(frozen=True, eq=False)
class Lesson:
    """What the judge learns from.

    Args:
        images: uint8 (n, S, S, 3).
        labels: int64 (n,).
        concepts: Group of the drawn object, str (n,).
        n_classes: Number of classes.
    """

    images: np.ndarray
    labels: np.ndarray
    concepts: np.ndarray
    n_classes: int


def drawings(objects: Dataset) -> Dataset:
    """Return the same concepts in every drawing style there is, outlines kept.

    Of the emoji that are four drawings of each concept; any other data set has one.
    """
    if objects.name != "emoji":
        return objects
    every = load("emoji", style=STYLES, background="transparent")
    return every.subset(np.flatnonzero(np.isin(every.groups, objects.groups)))


def lesson(
    known: Dataset,
    n: int,
    *,
    size: int,
    textures: Sequence[str] = TEXTURES,
    seed: int = 0,
) -> Lesson:
    """Return every known drawing as it is, and n more in the colors and textures of photographs.

    Of these n, each class gets the same share: a judge in doubt has no favorite answer.

    Args:
        known: The drawings to learn from, RGB or with an outline.
        n: Number of pictures in other textures.
        size: Side of the pictures, pixels.
        textures: Names of photographs; leave out those that will be painted with.
        seed: Decides everything.

    Raises:
        DataError: If there is no drawing.
    """
    if not len(known):
        raise DataError("There is no drawing to learn from. Pass the known part of the data.")
    rng = np.random.default_rng(seed)
    photos = [read_photo(name)[0] for name in textures]
    share = 1 / np.bincount(known.labels)[known.labels]
    drawn = rng.choice(len(known), n, p=share / share.sum())
    pictures = np.empty((len(known) + n, size, size, 3), np.uint8)
    for i, picture in enumerate(known.images):
        pictures[i] = on_ground(picture, size)
    for i, row in enumerate(drawn, start=len(known)):
        photo = photos[int(rng.integers(len(photos)))]
        pictures[i] = retextured(known.images[row], photo, size=size, rng=rng)
    rows = np.concatenate([np.arange(len(known)), drawn])
    concepts = np.asarray(known.groups)[rows].astype(str)
    return Lesson(pictures, known.labels[rows], concepts, known.n_classes)


def retextured(
    picture: np.ndarray, photo: np.ndarray, *, size: int, rng: np.random.Generator
) -> np.ndarray:
    """Give a drawing the colors and textures of a photograph and bend it.

    Args:
        picture: uint8 (h, w, 3), or (h, w, 4) with an outline.
        photo: uint8 (H, W, 3), both sides at least `size`.
        size: Side of the result, pixels.
        rng: What is drawn: place, crops, mixture, bending.

    Returns:
        uint8 (size, size, 3). Some results cannot be read by anyone; that is part of the lesson.
    """
    flat = _placed(picture, size, rng)
    texture = _crop(photo, size, rng)
    if rng.random() < 0.4:  # half of the photographs are gray
        texture = texture[..., rng.permutation(3)] * rng.uniform(0.5, 1.3, 3)
        texture = np.clip(texture + rng.uniform(-30, 30, 3), 0, 255)
    if rng.random() < 0.3:
        flat = _WHITE - flat
    plain, detail = recolored(flat, texture), texture - ndimage.gaussian_filter(texture, (4, 4, 0))
    mixture = rng.uniform(0, 0.85)
    mixed = (1 - mixture) * plain + mixture * _filled(flat, photo, rng)
    return _bent(mixed + rng.uniform(0, 1) * detail, rng)


def recolored(picture: np.ndarray, texture: np.ndarray) -> np.ndarray:
    """Give a picture the mean and the covariance of colors of another, float (S, S, 3).

    The linear map of CORAL (chapter 07), here between the colors of two pictures.
    """
    own, other = picture.reshape(-1, 3), texture.reshape(-1, 3)
    own_spread = np.cov(own.T) + 20 * np.eye(3)  # a gray drawing has no spread across hues
    change = symmetric_power(own_spread, -0.5) @ symmetric_power(np.cov(other.T), 0.5)
    return ((own - own.mean(0)) @ change + other.mean(0)).reshape(picture.shape)


def _placed(picture: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Put a drawing on white, a little smaller, shifted, mirrored or not; float (S, S, 3)."""
    side = int(rng.integers(round(0.83 * size), size + 1))
    left, top = (int(x) for x in rng.integers(0, size - side + 1, size=2))
    canvas = np.full((size, size, 3), _WHITE)
    canvas[top : top + side, left : left + side] = on_ground(picture, side)
    return canvas[:, ::-1] if rng.random() < 0.5 else canvas


def _crop(photo: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Cut a square of any size from a photograph, turn it, scale it; float (S, S, 3)."""
    side = int(rng.integers(size, min(photo.shape[:2]) + 1))
    top, left = (int(rng.integers(0, full - side + 1)) for full in photo.shape[:2])
    cut = Image.fromarray(photo[top : top + side, left : left + side])
    smaller = np.asarray(cut.resize((size, size), Image.Resampling.BILINEAR), np.float64)
    return np.rot90(smaller, int(rng.integers(4)))


def _filled(flat: np.ndarray, photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fill two to four bands of brightness, each with its own piece of the photograph."""
    n = int(rng.integers(2, 5))
    gray = flat.mean(-1) + rng.normal(0, 3, flat.shape[:2])
    band = np.digitize(gray, np.sort(rng.uniform(30, 245, n - 1)))
    pieces = sorted((_crop(photo, len(flat), rng) for _ in range(n)), key=np.mean)
    if rng.random() < 0.3:
        pieces.reverse()
    return np.take_along_axis(np.stack(pieces), band[None, ..., None], axis=0)[0]


def _bent(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Move every pixel by up to a few others, smoothly; uint8 (S, S, 3)."""
    shape = picture.shape[:2]
    shift = ndimage.gaussian_filter(rng.normal(size=(2, *shape)), (0, shape[0] / 16, shape[0] / 16))
    shift *= rng.uniform(0, 2) * shape[0] / 96 / (shift.std() + 1e-6)
    at = np.mgrid[: shape[0], : shape[1]] + shift
    channels = [
        ndimage.map_coordinates(c, at, order=1, mode="nearest") for c in picture.transpose(2, 0, 1)
    ]
    return np.clip(np.round(np.stack(channels, axis=-1)), 0, 255).astype(np.uint8)
