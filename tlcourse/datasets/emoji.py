"""Emoji: the same concepts drawn in four styles, so that one data set shows a domain shift.

A concept (dog face, fire engine) is a group: it appears once in each style, and a split
must never put one drawing of it in training and another in the test. A style is a domain.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageColor

from tlcourse.datasets.card import Card
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.errors import DataError

STYLES = ("twemoji", "noto", "fluent", "outline")
CLASSES = ("animal", "building", "clothing", "face", "food", "hand", "plant", "vehicle")
SIZE = 96

Color = str | tuple[int, int, int]


def load_emoji(
    *,
    style: str | Sequence[str] = "noto",
    classes: Sequence[str] | None = None,
    background: Color = "white",
    data_dir: Path | str | None = None,
) -> Dataset:
    """Load the embedded emoji pictures, 96×96 pixels, with their concepts and styles.

    Args:
        style: "twemoji", "noto", "fluent" or "outline", several of them, or "all".
            The items come style by style in this order, within a style by class and
            code point, so item i of one style draws the same concept as item i of another.
        classes: Class names to keep, in the label order you want. Default: all eight.
        background: What to put behind the drawing: a color name ("white", "#f0e0d0"),
            an RGB tuple of 0 to 255, or "transparent" for RGBA pictures with the outline
            in the fourth channel.
        data_dir: Folder of the pictures. Default: the one that ships with the course.

    Returns:
        A `Dataset` with images uint8 (n, 96, 96, 3), or (n, 96, 96, 4) when transparent;
        `groups` holds the code point ("1f436"), `domains` the style, and `ids` the file
        ("noto/animal/1f436").

    Raises:
        DataError: If a style, class or color is unknown, or a file is missing or damaged.

    Cost:
        All four styles: about a second and 60 MB. Nothing is downloaded.
    """
    root = _root(data_dir)
    styles = _pick("style", STYLES if style == "all" else style, STYLES)
    class_names = _pick("class", CLASSES if classes is None else classes, CLASSES)
    backdrop = _parse_background(background)
    concepts = [c for c in _read_concepts(root) if c["class"] in class_names]
    keys = [(s, c["class"], c["codepoint"]) for s in styles for c in concepts]

    images = np.empty((len(keys), SIZE, SIZE, 4 if backdrop is None else 3), dtype=np.uint8)
    for image, key in zip(images, keys, strict=True):
        image[:] = _read_picture(root / f"{'/'.join(key)}.png", backdrop)
    return Dataset(
        name="emoji",
        images=images,
        labels=np.array([class_names.index(label) for _, label, _ in keys], dtype=np.int64),
        class_names=class_names,
        groups=np.array([codepoint for _, _, codepoint in keys]),
        domains=np.array([name for name, _, _ in keys]),
        ids=tuple("/".join(key) for key in keys),
        hashes=tuple(hash_pixels(image) for image in images),
        card=emoji_card(data_dir=root),
    )


def emoji_card(*, data_dir: Path | str | None = None) -> Card:
    """Return the card of the emoji set, filled from the files on disk.

    Raises:
        DataError: If `manifest.json` is missing or damaged.
    """
    root = _root(data_dir)
    manifest = _read_manifest(root)
    styles = manifest["styles"]
    n_concepts = sum(manifest["classes"].values())
    return Card(
        name="emoji",
        title=f"Emoji: {n_concepts} concepts, each drawn in {len(styles)} styles",
        task="image",
        license="; ".join(f"{name}: {s['license']}" for name, s in styles.items()),
        citation="; ".join(s["credit"] for s in styles.values()),
        source="; ".join(f"npm {s['package']} {s['version']}" for s in styles.values()),
        n_items=n_concepts,
        classes=tuple(manifest["classes"]),
        domains=tuple(styles),
        groups="concept (Unicode code point)",
        sha256=hashlib.sha256((root / "manifest.json").read_bytes()).hexdigest(),
        n_bytes=manifest["n_bytes"],
        notes="One style is loaded by default; style='all' gives every concept in every style.",
    )


def verify_emoji(*, data_dir: Path | str | None = None) -> int:
    """Check every embedded file against the checksums in `manifest.json`.

    Loading skips this check to stay fast; run it when a result looks impossible.

    Returns:
        The number of files checked.

    Raises:
        DataError: Naming the first file that is missing or differs.
    """
    root = _root(data_dir)
    manifest = _read_manifest(root)
    files = dict(manifest["files"])
    for entry in manifest["styles"].values():
        files |= entry["files"]
    for name, expected in files.items():
        if hashlib.sha256(_read_bytes(root / name)).hexdigest() != expected:
            raise DataError(f"The file {root / name} differs from the shipped one. {_RESTORE}")
    return len(files)


_RESTORE = "Restore it with `git checkout data/emoji` in a clone, or reinstall tlcourse."


def _root(data_dir: Path | str | None) -> Path:
    if data_dir is not None:
        return Path(data_dir)
    from tlcourse.paths import data_dir as course_data

    return course_data() / "emoji"


def _pick(kind: str, wanted: str | Sequence[str], valid: Sequence[str]) -> tuple[str, ...]:
    """Return the wanted names without repeats, or say which one does not exist."""
    names = (wanted,) if isinstance(wanted, str) else tuple(dict.fromkeys(wanted))
    every = f"one of {', '.join(map(repr, valid))}"
    if not names:
        raise DataError(f"No emoji {kind} was asked for. Pass at least {every}.")
    for name in names:
        if name not in valid:
            close = difflib.get_close_matches(str(name).lower(), valid, n=1, cutoff=0.5)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise DataError(f"There is no emoji {kind} {name!r}.{hint} Pass {every}.")
    return names


def _parse_background(background: Any) -> tuple[int, int, int] | None:
    """Return RGB, or None for "transparent".

    Raises:
        DataError: For anything else, colors with an alpha of their own included.
    """
    if isinstance(background, str) and background == "transparent":
        return None
    try:
        rgb = ImageColor.getrgb(background) if isinstance(background, str) else background
        red, green, blue = (int(v) for v in rgb)
        if all(0 <= v <= 255 for v in (red, green, blue)):
            return red, green, blue
    except (TypeError, ValueError):
        pass
    raise DataError(
        f"The background {background!r} is not a color. Pass a color name such as 'white', "
        f"three numbers from 0 to 255 such as (240, 240, 240), or 'transparent'."
    )


def _read_concepts(root: Path) -> list[dict[str, str]]:
    text = _read_bytes(root / "concepts.csv").decode("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _read_manifest(root: Path) -> dict[str, Any]:
    try:
        return json.loads(_read_bytes(root / "manifest.json"))
    except ValueError as error:
        raise DataError(f"{root / 'manifest.json'} is not readable JSON. {_RESTORE}") from error


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"The embedded file {path} is missing or unreadable. {_RESTORE}") from error


def _read_picture(path: Path, backdrop: tuple[int, int, int] | None) -> np.ndarray:
    """Return uint8 (96, 96, 3), or (96, 96, 4) without a backdrop."""
    try:
        with Image.open(path) as file:
            picture = file.convert("RGBA")
    except FileNotFoundError as error:
        raise DataError(f"The embedded picture {path} is missing. {_RESTORE}") from error
    except (OSError, SyntaxError) as error:  # Pillow reports broken PNG chunks as SyntaxError
        raise DataError(f"The embedded picture {path} is damaged. {_RESTORE}") from error
    if picture.size != (SIZE, SIZE):
        size = "×".join(map(str, picture.size))
        raise DataError(f"The picture {path} is {size} pixels, not {SIZE}×{SIZE}. {_RESTORE}")
    if backdrop is None:
        return np.asarray(picture)
    canvas = Image.new("RGB", picture.size, backdrop)
    # color × alpha + backdrop × (1 − alpha), rounded to the nearest value
    canvas.paste(picture, mask=picture)
    return np.asarray(canvas)
