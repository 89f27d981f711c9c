"""A learner's own pictures: a folder with one folder for each class.

Also understood: `train/` beside `val/` or `test/`, each with the class folders
inside. The parts are then taken as the split.
"""

from __future__ import annotations

import hashlib
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tlcourse.datasets.card import Card
from tlcourse.datasets.copies import drop_contradictions, drop_leaks
from tlcourse.datasets.dataset import Dataset, Skipped
from tlcourse.datasets.folder_tree import PARTS, Item, find_items, readable
from tlcourse.datasets.images import (
    ImageFiles,
    UnusablePictureError,
    decode_image,
    read_file,
    worker_threads,
)
from tlcourse.errors import DataError

_MINIMUM = 2  # pictures in a class: one to learn from, one to be tested on
_HINT = "Expected one folder of pictures for each class, for example cats/ and dogs/"


def load_folder(
    folder: str | Path,
    *,
    name: str | None = None,
    image_size: int = 96,
    card: Card | None = None,
    strict: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Dataset:
    """Load a folder of pictures, one folder for each class.

    Every file is read and decoded once to find the unreadable ones; these are skipped
    and listed in `Dataset.skipped`. A picture that lies in two classes has a wrong label
    somewhere and is left out. Pictures with the same bytes share a group, so that no
    split puts copies on both sides. Hidden and system files are ignored.

    Args:
        folder: The folder, absolute or relative.
        name: Name of the data set; the folder's name when None.
        image_size: Side of the squares that `Dataset.images` gives, pixels; extraction
            asks for the backbone's own size in any case.
        card: Source and license, where known.
        strict: Refuse the folder if any file would be skipped or any copy lies in two
            classes or two parts.
        progress: Called with (files done, files in all).

    Raises:
        DataError: If there is no such folder, fewer than two classes, or a class with
            fewer than two readable pictures; with `strict`, also for any skipped file.

    Cost: about 1 ms for each picture of 200 pixels, 30 ms for each of 12 megapixels.
    """
    folder = _existing(folder)
    found, skipped = find_items(folder)
    items, unreadable = check_files(found, image_size, progress)
    skipped = [*skipped, *unreadable]
    if strict and skipped:
        first = skipped[0]
        raise DataError(
            f"{len(skipped)} file(s) in {folder} cannot be used, the first is {first.path}: "
            f"{first.reason}. Remove them, or leave strict mode off to skip and list them."
        )
    items, contradictions = drop_contradictions(items, strict=strict)
    items, leaked = drop_leaks(items, strict=strict)
    skipped = [*skipped, *contradictions, *leaked]
    _check_classes(folder, found, items, skipped)
    class_names = tuple(sorted({item.class_name for item in items}))
    name = name or readable(folder.resolve().name)
    return Dataset(
        name=name,
        images=ImageFiles([i.path for i in items], image_size, [i.hash for i in items]),
        labels=np.array([class_names.index(item.class_name) for item in items], np.int64),
        class_names=class_names,
        groups=np.array([item.hash[:16] for item in items]),
        domains=np.full(len(items), name),
        ids=tuple(item.id for item in items),
        hashes=tuple(item.hash for item in items),
        card=_card(card, name, folder, items, class_names),
        skipped=tuple(skipped),
        presplit=np.array([item.part for item in items]) if items[0].part else None,
    )


def _card(
    card: Card | None, name: str, folder: Path, items: list[Item], class_names: tuple[str, ...]
) -> Card:
    base = card or Card(name=name, title=f"Pictures in {name}", source=readable(str(folder)))
    size = sum(item.path.stat().st_size for item in items)
    return replace(
        base,
        n_items=len(items),
        classes=class_names,
        n_bytes=base.n_bytes or size,
        groups="pictures with the same bytes",
    )


def _existing(folder: str | Path) -> Path:
    try:
        folder = Path(folder).expanduser()
        is_there, is_folder = folder.exists(), folder.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # name too long, no such user, zero byte
        raise DataError(
            f"The folder {folder} cannot be opened ({getattr(error, 'strerror', None) or error}). "
            f"Check the spelling and the permissions, or give the full path."
        ) from error
    if not is_there:
        raise DataError(
            f"The folder {folder} does not exist. Expected a folder with one folder of pictures "
            f"for each class; check the spelling, or give the full path."
        )
    if not is_folder:
        raise DataError(
            f"{folder} is a file, not a folder. Expected a folder with one folder of pictures for "
            f"each class; unpack archives first."
        )
    return folder


def check_files(
    found: list[Item], image_size: int, progress: Callable[[int, int], None] | None
) -> tuple[list[Item], list[Skipped]]:
    """Decode every file once; return the readable ones with their hash, and the others."""
    items: list[Item] = []
    skipped: list[Skipped] = []
    with warnings.catch_warnings(), worker_threads() as pool:
        # What Pillow warns about is either read well or skipped with a reason of its own.
        warnings.simplefilter("ignore")
        checked = pool.map(lambda item: _check_file(item, image_size), found)
        for done, outcome in enumerate(checked, 1):
            (items if isinstance(outcome, Item) else skipped).append(outcome)
            if progress is not None:
                progress(done, len(found))
    return items, skipped


def _check_file(item: Item, image_size: int) -> Item | Skipped:
    try:
        data = read_file(item.path)
        decode_image(data, item.id, image_size)
    except UnusablePictureError as error:
        return Skipped(item.id, error.reason)
    return replace(item, hash=hashlib.sha256(data).hexdigest())


def _check_classes(
    folder: Path, found: list[Item], items: list[Item], skipped: Sequence[Skipped]
) -> None:
    """Refuse what cannot be learned, naming the class folder to repair."""
    lost = f"; {len(skipped)} file(s) or folder(s) were skipped, the first is "
    lost = f"{lost}{skipped[0].path}: {skipped[0].reason}" if skipped else ""
    if not items:
        raise DataError(f"The folder {folder} holds no usable pictures{lost}. {_HINT}.")
    names = sorted({item.class_name for item in found})
    if len(names) < 2:
        raise DataError(
            f"The folder {folder} holds one class only, '{names[0]}'{lost}. {_one_class(names[0])}"
        )
    part = "train" if any(item.part for item in found) else ""
    counts = Counter(item.class_name for item in items if item.part == part)
    for class_name in names:
        # A test or validation part may well hold one picture of a class, or none.
        if counts[class_name] < _MINIMUM:
            raise DataError(_too_few(folder, part, class_name, counts[class_name], lost))


def _one_class(name: str) -> str:
    if name.lower() in PARTS:
        return (
            f"A split needs train/ and, beside it, val/ or test/; without them give the folder "
            f"{name}/ itself, and it will be split for you."
        )
    return f"{_HINT}: a classifier needs at least two."


def _too_few(folder: Path, part: str, class_name: str, count: int, lost: str) -> str:
    where = folder / part if part else folder
    return (
        f"Class '{class_name}' in {where} has {count} usable picture(s){lost}. At least "
        f"{_MINIMUM} are needed to learn from, and 10 or more make sense: add pictures, or remove "
        f"the class folder" + (" from every part." if part else ".")
    )
