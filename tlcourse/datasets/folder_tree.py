"""Which file belongs to which class and part: the layout of a learner's folder, files unopened.

Two layouts are understood: one folder for each class, or `train/` beside `val/` or
`test/` with the class folders inside.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tlcourse.datasets.dataset import Skipped
from tlcourse.errors import DataError

PARTS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
_SYSTEM_NAMES = {
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "icon\r",
    "__macosx",
    "@eadir",
    "$recycle.bin",
}
_UNSAFE = {"Cc", "Cs", "Zl", "Zp"}  # control, stand-ins for bytes, line and paragraph ends
_DIRECTION = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
_LEADS_BACK = "it is a link that leads back into the same folder"


@dataclass(frozen=True)
class Item:
    """One file that may be a picture.

    Args:
        path: The file.
        class_name: Name of its class folder.
        part: "train", "validation", "test", or "" in a folder without parts.
        id: Path below the folder, as it is shown.
        hash: SHA-256 of the bytes, once read.
    """

    path: Path
    class_name: str
    part: str
    id: str
    hash: str = ""


def find_items(folder: Path) -> tuple[list[Item], list[Skipped]]:
    """List files with their class and part, and what was left out.

    Raises:
        DataError: If the folder cannot be listed.
    """
    tops, loose, skipped = _top_level(folder, folder)
    parts = {top: PARTS.get(top.name.lower(), "") for top in tops}
    is_split = "train" in parts.values() and len(set(parts.values()) - {""}) > 1
    pairs = [(top, "") for top in tops]
    if is_split:
        others = [top for top in tops if not parts[top]]
        skipped += [_note(p, folder, "it is neither train, val nor test") for p in others]
        pairs = []
        for top in (t for t in tops if parts[t]):
            classes, stray, more = _top_level(top, folder)
            pairs += [(sub, parts[top]) for sub in classes]
            loose, skipped = loose + stray, skipped + more
    skipped += [_note(p, folder, "it lies outside every class folder") for p in loose]
    items: list[Item] = []
    for class_folder, part in pairs:
        files, notes = _files(class_folder, folder)
        class_name = readable(unicodedata.normalize("NFC", class_folder.name))
        items += [Item(p, class_name, part, _name_below(p, folder)) for p in files]
        skipped += [_note(p, folder, reason) for p, reason in notes]
        if not files and not notes:
            skipped.append(_note(class_folder, folder, "the class folder is empty"))
    return items, skipped


def readable(name: str) -> str:
    """Return a file name that can be shown and stored; what could do harm becomes an escape.

    These are control characters, marks that reverse the direction of writing, and bytes
    that are not text at all.
    """
    if sys.getfilesystemencoding() != "utf-8":
        # Where the system believes in ASCII (LC_ALL=C), names come as bytes in disguise.
        with suppress(UnicodeError):
            name = os.fsencode(name).decode("utf-8")
    return "".join(_escaped(c) if _is_unsafe(c) else c for c in name)


def _is_unsafe(c: str) -> bool:
    return unicodedata.category(c) in _UNSAFE or unicodedata.bidirectional(c) in _DIRECTION


def _escaped(c: str) -> str:
    if 0xDC80 <= ord(c) <= 0xDCFF:  # Python's stand-in for a byte that is not UTF-8
        return f"\\x{ord(c) - 0xDC00:02x}"
    return c.encode("unicode_escape").decode()


def _name_below(path: Path, folder: Path) -> str:
    return readable(path.relative_to(folder).as_posix())


def _note(path: Path, folder: Path, reason: str) -> Skipped:
    return Skipped(_name_below(path, folder), reason)


def _top_level(top: Path, root: Path) -> tuple[list[Path], list[Path], list[Skipped]]:
    """Return the folders in `top`, its loose files, and links that lead back."""
    try:
        entries = [p for p in sorted(top.iterdir(), key=_by_name) if not _is_system(p.name)]
    except OSError as error:
        raise DataError(
            f"The folder {top} cannot be read ({error.strerror}). Check its permissions."
        ) from error
    folders = [p for p in entries if _is_dir(p)]
    back = [p for p in folders if _leads_back(p, root)]
    loose = [p for p in entries if not _is_dir(p)]
    notes = [_note(p, root, _LEADS_BACK) for p in back]
    return [p for p in folders if p not in back], loose, notes


def _files(top: Path, root: Path) -> tuple[list[Path], list[tuple[Path, str]]]:
    """Return all files below a class folder in a fixed order, and the folders left out.

    Each real folder is entered once, however many links lead to it.
    """
    files: list[Path] = []
    notes: list[tuple[Path, str]] = []
    seen: set[str] = set()
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        if folder != top and _leads_back(folder, root):
            notes.append((folder, _LEADS_BACK))
            continue
        if (real := os.path.realpath(folder)) in seen:
            continue
        seen.add(real)
        try:
            entries = [p for p in folder.iterdir() if not _is_system(p.name)]
        except OSError as error:
            notes.append((folder, f"the folder cannot be read ({error.strerror})"))
            continue
        for entry in entries:
            (waiting if _is_dir(entry) else files).append(entry)
    return sorted(files, key=lambda p: p.as_posix()), notes


def _leads_back(folder: Path, root: Path) -> bool:
    """Tell whether a link ends inside the whole folder, or above the place where it lies."""
    if not folder.is_symlink():
        return False
    target = os.path.realpath(folder)
    home, here = os.path.realpath(root), os.path.realpath(folder.parent)
    return _is_below(target, home) or _is_below(home, target) or _is_below(here, target)


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _by_name(path: Path) -> str:
    return path.name


def _is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a symbolic link that points at itself, or a folder that may not be seen
        return False


def _is_system(name: str) -> bool:
    return name.startswith(".") or name.lower() in _SYSTEM_NAMES
