"""Scenes: drawn objects pasted on photographs, so that every box is known exactly.

An object is a picture with an outline (its alpha channel); the background is a crop of a
photograph that comes with scikit-image or scikit-learn. The box is the smallest one around
what can be seen of the object. Pasted scenes are easier than photographs of real streets:
nothing is hidden, lit or blurred. What they buy is exact truth, and a second look at the same
scene with one thing changed.

Two things must not be on both sides of a split: an object's concept and a piece of
background. Training scenes use one half of every photograph, test scenes the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from PIL import Image

from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.datasets.photos import halves, read_photo
from tlcourse.errors import DataError
from tlcourse.vision.boxes import iou

SEEN = ("brick", "cat", "china", "coffee", "grass", "gravel", "rocket")
UNSEEN = ("coins", "flower", "moon", "page", "retina", "tissue")
HALVES = ("first", "second")
_VISIBLE = 16  # of 255: a fainter pixel does not count as part of the object
_TRIES = 400


class Window(NamedTuple):
    """Where a background was cut out: photograph, upper left corner, side, pixels."""

    photo: str
    top: int
    left: int
    side: int


@dataclass(frozen=True, eq=False)
class Scenes:
    """Pictures with one or more objects whose boxes are known.

    Args:
        images: uint8 (n, S, S, 3).
        boxes: For each scene float64 (k, 4), edges in pixels.
        labels: For each scene int64 (k,).
        concepts: For each scene the group of each object, str (k,).
        windows: For each scene where its background comes from.
        class_names: In label order.
    """

    images: np.ndarray
    boxes: tuple[np.ndarray, ...]
    labels: tuple[np.ndarray, ...]
    concepts: tuple[np.ndarray, ...]
    windows: tuple[Window, ...]
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def size(self) -> int:
        """Side of the pictures, pixels."""
        return int(self.images.shape[1])

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    @property
    def hashes(self) -> tuple[str, ...]:
        """Content hash of each scene."""
        return tuple(map(hash_pixels, self.images))

    def subset(self, rows: Sequence[int] | np.ndarray) -> Scenes:
        """Return some of the scenes, in the order given."""
        rows = np.asarray(rows)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        kept = {
            name: tuple(getattr(self, name)[i] for i in rows)
            for name in ("boxes", "labels", "concepts", "windows")
        }
        return replace(self, images=self.images[rows], **kept)

    def single(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return boxes (n, 4), labels (n,) and concepts (n,) of scenes with one object each."""
        if any(len(found) != 1 for found in self.labels):
            raise DataError("Some scenes have several objects. Expected one object in each scene.")
        return (
            np.concatenate(self.boxes),
            np.concatenate(self.labels),
            np.concatenate(self.concepts),
        )


def compose(
    objects: Dataset,
    n: int,
    *,
    size: int = 96,
    count: tuple[int, int] = (1, 1),
    sides: tuple[int, int] = (28, 60),
    photos: Sequence[str] = SEEN,
    half: str = "first",
    distinct: bool = False,
    seed: int = 0,
) -> Scenes:
    """Paste objects on photographs.

    Objects are dealt like cards: each is used once before any is used again, so n scenes with
    one object each from n objects show every object exactly once.

    Args:
        objects: Pictures uint8 (m, h, w, 4) with an outline, as
            `tl.load("emoji", background="transparent")` gives; of pictures with three
            channels the whole rectangle is pasted.
        n: Number of scenes.
        size: Side of a scene, pixels.
        count: Fewest and most objects in a scene.
        sides: Shortest and longest longer side of an object, pixels.
        photos: Names of the photographs, see `SEEN`, `UNSEEN`.
        half: "first" or "second" half of each photograph.
        distinct: Only objects of different classes in one scene.
        seed: Decides everything; the same seed gives the same scenes.

    Returns:
        Objects of one scene never overlap, and lie inside it.

    Raises:
        DataError: If a name is unknown, there is no object, or objects do not fit.
    """
    if half not in HALVES:
        raise DataError(f"half is {half!r}, expected one of {', '.join(HALVES)}.")
    if not len(objects) or n < 1:
        raise DataError(f"There are {len(objects)} objects for {n} scenes, expected at least one.")
    if not 1 <= sides[0] <= sides[1] <= size or not 1 <= count[0] <= count[1]:
        raise DataError(
            f"Expected 1 <= shortest <= longest <= {size} pixels and at least one object; received "
            f"sides={sides}, count={count}."
        )
    rng = np.random.default_rng([seed, HALVES.index(half)])
    regions = {name: halves(read_photo(name)[0])[HALVES.index(half)] for name in photos}
    deck: list[int] = []
    made = []
    for _ in range(n):
        rows = _deal(deck, objects, int(rng.integers(count[0], count[1] + 1)), distinct, rng)
        made.append(_scene(objects, rows, regions, size, sides, rng))
    images, boxes, labels, concepts, windows = zip(*made, strict=True)
    return Scenes(np.stack(images), boxes, labels, concepts, windows, tuple(objects.class_names))


def join(*parts: Scenes) -> Scenes:
    """Put sets of scenes of one size behind each other."""
    first = parts[0]
    if any(p.size != first.size or p.class_names != first.class_names for p in parts):
        raise DataError("Scenes of different sizes or classes do not join. Compose them alike.")
    fields = ("boxes", "labels", "concepts", "windows")
    joined = {name: tuple(x for p in parts for x in getattr(p, name)) for name in fields}
    return Scenes(
        images=np.concatenate([p.images for p in parts]), class_names=first.class_names, **joined
    )


def with_sticker(scenes: Scenes, *, side: int = 10, square: int = 5) -> Scenes:
    """Return the same scenes with a magenta and white checker in the lower right corner.

    A stand-in for what gets into pictures by accident: the name of a scanner, a ruler beside
    a mole, a watermark. Nothing outside the sticker's square changes.
    """
    images = scenes.images.copy()
    rows, columns = np.mgrid[:side, :side]
    dark = ((rows // square + columns // square) % 2 == 0)[..., None]
    images[:, -side:, -side:] = np.where(dark, (216, 27, 150), (255, 255, 255)).astype(np.uint8)
    return replace(scenes, images=images)


def assert_apart(train: Scenes, test: Scenes) -> None:
    """Check that two sets of scenes share no concept and no pixel of background.

    Raises:
        DataError: Naming what is shared.
    """
    shared = {c for found in train.concepts for c in found} & {
        c for found in test.concepts for c in found
    }
    if shared:
        raise DataError(f"{len(shared)} concepts are on both sides, for example {min(shared)}.")
    for a in set(train.windows):
        for b in set(test.windows):
            if a.photo == b.photo and _meet(a, b):
                raise DataError(f"The backgrounds {a} and {b} share pixels. Use different halves.")


def _meet(a: Window, b: Window) -> bool:
    rows = a.top < b.top + b.side and b.top < a.top + a.side
    return rows and a.left < b.left + b.side and b.left < a.left + a.side


def _deal(
    deck: list[int], objects: Dataset, k: int, distinct: bool, rng: np.random.Generator
) -> list[int]:
    """Take k objects from the deck, filling it up when it runs out."""
    hand: list[int] = []
    while len(hand) < k:
        if len(deck) < k:
            deck.extend(int(i) for i in rng.permutation(len(objects)))
        taken = {objects.labels[i] for i in hand} if distinct else set(hand)
        fits = [
            i for i in deck if (objects.labels[i] if distinct else i) not in taken
        ]  # the same drawing never comes twice into one scene
        if not fits:
            if len(deck) > 4 * len(objects):
                raise DataError("There are too few different objects or classes for one scene.")
            deck.extend(int(i) for i in rng.permutation(len(objects)))
            continue
        deck.remove(fits[0])
        hand.append(fits[0])
    return hand


def _scene(
    objects: Dataset,
    rows: list[int],
    regions: dict[str, tuple[int, int, np.ndarray]],
    size: int,
    sides: tuple[int, int],
    rng: np.random.Generator,
) -> tuple:
    name = list(regions)[int(rng.integers(len(regions)))]
    top, left, region = regions[name]
    if min(region.shape[:2]) < size:
        raise DataError(f"The half of '{name}' is smaller than {size} pixels. Leave it out.")
    y = int(rng.integers(region.shape[0] - size + 1))
    x = int(rng.integers(region.shape[1] - size + 1))
    canvas = Image.fromarray(region[y : y + size, x : x + size])
    cuts, boxes = _arrange([np.asarray(objects.images[row]) for row in rows], size, sides, rng)
    for cut, box in zip(cuts, boxes, strict=True):
        canvas.paste(cut, (int(box[0]), int(box[1])), mask=cut.getchannel("A"))
    picture = np.asarray(canvas)
    kept = np.array([str(objects.groups[i]) for i in rows])
    window = Window(name, top + y, left + x, size)
    return picture, boxes, np.asarray(objects.labels)[rows].astype(np.int64), kept, window


def _cutout(picture: np.ndarray, longest: int) -> Image.Image:
    """Cut a picture to what can be seen of it and scale its longer side."""
    if picture.shape[-1] == 3:
        opaque = np.full((*picture.shape[:2], 1), 255, np.uint8)
        picture = np.concatenate([picture, opaque], axis=-1)
    visible = picture[..., 3] > _VISIBLE
    if not visible.any():
        raise DataError("An object is fully transparent: there is nothing to paste. Leave it out.")
    rows, columns = np.flatnonzero(visible.any(1)), np.flatnonzero(visible.any(0))
    cut = Image.fromarray(picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = longest / max(cut.size)
    shape = (max(1, round(cut.width * scale)), max(1, round(cut.height * scale)))
    return cut.resize(shape, Image.Resampling.LANCZOS)


def _arrange(
    pictures: list[np.ndarray], size: int, sides: tuple[int, int], rng: np.random.Generator
) -> tuple[list[Image.Image], np.ndarray]:
    """Draw sizes and places until no object overlaps another; return cutouts and boxes."""
    for _ in range(_TRIES):
        longest = rng.integers(sides[0], sides[1] + 1, size=len(pictures))
        cuts = [_cutout(p, int(side)) for p, side in zip(pictures, longest, strict=True)]
        shapes = np.array([cut.size for cut in cuts])
        for _ in range(_TRIES // 20):
            corners = rng.integers(0, size - shapes + 1)
            boxes = np.concatenate([corners, corners + shapes], axis=1).astype(np.float64)
            if np.count_nonzero(iou(boxes, boxes)) == len(boxes):
                return cuts, boxes
    raise DataError("The objects do not fit into one scene. Use fewer or smaller ones.")
