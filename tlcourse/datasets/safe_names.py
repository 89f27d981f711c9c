"""File names from strangers: which of them may be written, and under what path."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import NoReturn

from tlcourse.errors import DataError

# Names that Windows takes for devices, whatever their ending.
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{d}{i}" for d in ("com", "lpt") for i in range(1, 10)}


class SafeNames:
    """Turns entry names into safe relative paths, each used once on every system."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._seen: dict[str, tuple[str, bool]] = {}

    def accept(self, name: str, *, is_folder: bool) -> str:
        """Return the path to write below the target, with "/"; "" is the target itself.

        Raises:
            DataError: If the name leads elsewhere, is taken, or no system can use it.
        """
        path = self._clean(name)
        parts = path.split("/") if path else []
        for depth in range(1, len(parts) + 1):
            self._claim("/".join(parts[:depth]), is_folder or depth < len(parts))
        return path

    def _claim(self, path: str, is_folder: bool) -> None:
        # Windows and macOS take names that differ by case or composition for the same file.
        key = unicodedata.normalize("NFC", path).casefold()
        if key not in self._seen:
            self._seen[key] = (path, is_folder)
            return
        spelled, was_folder = self._seen[key]
        if spelled != path:
            refuse(self._archive, f"'{spelled}' and '{path}' are one name on some systems")
        if not (is_folder and was_folder):
            refuse(self._archive, f"'{shown(path)}' occurs twice")

    def _clean(self, name: str) -> str:
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:
            # A name from before UTF-8: keep every byte visible as a Latin-1 letter.
            name = name.encode("utf-8", "surrogateescape").decode("latin-1")
        path = name.replace("\\", "/")
        if path.startswith("/") or re.match(r"[A-Za-z]:", path):
            refuse(self._archive, f"'{shown(name)}' is an absolute path")
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if ".." in parts:
            refuse(self._archive, f"'{shown(name)}' leads out of the folder")
        if any(_is_unusable(part) for part in parts) or len(path) > 1000:
            refuse(self._archive, f"'{shown(name)}' is not a usable file name")
        return "/".join(parts)


def _is_unusable(part: str) -> bool:
    reserved = part.split(".")[0].rstrip().lower() in _RESERVED
    return reserved or len(part.encode()) > 255 or any(ord(c) < 32 for c in part)


def shown(name: str) -> str:
    """Return a name or message fit for print: no bytes outside UTF-8, not too long."""
    text = name.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= 80 else text[:77] + "..."


def refuse(archive: Path, reason: str) -> NoReturn:
    """Raise the error for an archive that asks for something it must not."""
    raise DataError(
        f"The archive {archive.name} was refused and nothing was unpacked: {reason}. A data set "
        f"needs plain files in plain folders only; get the archive again from its publisher."
    )
