"""A learner's own pictures in a zip (or tar.gz): unpacked once, safely, then a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tlcourse.checksum import sha256_file
from tlcourse.datasets.archives import unpack
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.folder import load_folder
from tlcourse.datasets.folder_tree import readable
from tlcourse.errors import DataError

SUFFIXES = (".zip", ".tar.gz", ".tgz")
_DEEPEST = 5  # folders inside folders before the class folders


def load_zip(archive: str | Path, *, name: str | None = None, **options: Any) -> Dataset:
    """Load an archive of pictures with one folder for each class.

    It is unpacked into the cache under the checksum of its bytes: the same archive is
    unpacked once, a changed one anew. Folders that only wrap the class folders are
    stepped over.

    Args:
        archive: The zip or tar.gz file.
        name: Name of the data set; the archive's name when None.
        **options: As for `tlcourse.datasets.folder.load_folder`.

    Raises:
        DataError: If the archive is damaged, unsafe or too large, or its pictures cannot
            be used; see `tlcourse.datasets.archives.unpack`.
    """
    archive = Path(archive).expanduser()
    folder = class_level(unpacked(archive))
    return load_folder(folder, name=name or _stem(archive), **options)


def unpacked(archive: Path) -> Path:
    """Return the folder in the cache that holds the archive's files, unpacking it if needed.

    Several processes may ask at once; one unpacks, the others wait.

    Raises:
        DataError: As `load_zip`.
    """
    from filelock import FileLock

    from tlcourse import paths

    try:
        digest = sha256_file(archive)
        folder = paths.cache_dir() / "own" / digest[:24]
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"The archive {archive} cannot be read, or the cache cannot be written "
            f"({error.strerror}). Check both, or set TLCOURSE_CACHE to a folder of your own."
        ) from error
    with FileLock(folder.with_suffix(".lock")):
        if not folder.is_dir():  # `unpack` gives it this name only when all is written
            unpack(archive, folder)
    return folder


def class_level(folder: Path) -> Path:
    """Step over folders that only wrap others, such as `pictures/` in `pictures.zip`."""
    for _ in range(_DEEPEST):
        inside = [p for p in folder.iterdir() if not _is_system(p.name)]
        if len(inside) != 1 or not inside[0].is_dir():
            break
        if not any(p.is_dir() for p in inside[0].iterdir() if not _is_system(p.name)):
            break  # the one folder holds pictures: it is a class
        folder = inside[0]
    return folder


def _is_system(name: str) -> bool:
    return name.startswith(".") or name.lower() == "__macosx"


def _stem(archive: Path) -> str:
    name = archive.name
    for suffix in SUFFIXES:
        if name.lower().endswith(suffix):
            return readable(name[: -len(suffix)])
    return readable(archive.stem)


def remove_unpacked() -> int:
    """Remove everything that was unpacked from a learner's archives; return the bytes freed."""
    import shutil

    from tlcourse import paths

    folder = paths.cache_dir() / "own"
    freed = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    shutil.rmtree(folder, ignore_errors=True)
    return freed
