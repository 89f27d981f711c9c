"""Unpack zip and tar.gz archives without trusting them.

An archive is a list of instructions: "write these bytes under this name". A bad one asks
to write outside the folder, to follow a link, or to fill the disk. Everything here is
decided from what is really read, never from what a header claims.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

from tlcourse.datasets.safe_names import SafeNames, refuse, shown
from tlcourse.errors import DataError

_CHUNK = 1 << 16
_LARGEST_READ = 1 << 17  # no sane tar header needs more in one piece
_DIRECTORY_ENTRY = 256  # generous mean size of an entry in a zip's table of contents, bytes
_RATIO_FREE = 10 << 20  # small archives of text may shrink a lot and harm nobody
# What the standard readers raise on damaged input, found by mutating archives.
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    OverflowError,
    IndexError,
    KeyError,
    RecursionError,
    NotImplementedError,  # an unknown compression
)


@dataclass(frozen=True)
class Member:
    """One unpacked file: path below the target (with "/"), size in bytes, SHA-256 (hex)."""

    path: str
    n_bytes: int
    sha256: str


@dataclass(frozen=True)
class _Entry:
    name: str
    is_folder: bool
    refusal: str  # why it cannot be unpacked, or ""
    open: Callable[[], BinaryIO]


def unpack(
    archive: str | Path,
    target: str | Path,
    *,
    max_bytes: int = 2 * 1024**3,
    max_files: int = 50_000,
    max_ratio: float = 100.0,
) -> list[Member]:
    """Unpack a zip or tar.gz archive into a new folder, all of it or nothing.

    The files go to a temporary folder beside `target`, which takes the name `target`
    only once everything is written. A process killed in between leaves a folder whose
    name ends in `.part`, never a half-filled `target`.

    Args:
        archive: The file. Its kind is read from its first bytes, not from its name.
        target: The folder to make; it must not exist, or be empty.
        max_bytes: Most bytes to write, counted while writing.
        max_files: Most entries, folders included.
        max_ratio: Most bytes written for each byte of the archive, beyond 10 MB.

    Returns:
        The files written, in archive order, with size and checksum.

    Raises:
        DataError: If the archive is damaged, too large, or holds an entry that is not a
            plain file or folder inside the target: an absolute path, "..", a drive
            letter, a link, a device, or two names that differ by case only.

    Cost:
        The checksum included, about 150 MB a second; memory stays below 20 MB.
    """
    archive, target = Path(archive), Path(target)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise DataError(f"{target} exists already. Name a folder that does not exist yet.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(
            tempfile.mkdtemp(prefix=f"{target.name}-", suffix=".part", dir=target.parent)
        )
    except OSError as error:
        raise DataError(f"No folder can be made in {target.parent}: {error.strerror}.") from error
    try:
        limit = min(max_bytes, max(_RATIO_FREE, int(max_ratio * archive.stat().st_size)))
        members = _unpack_into(archive, temporary, _Budget(archive, max_files, max_bytes, limit))
        if target.is_dir():
            target.rmdir()  # empty, and Windows does not replace folders
        os.replace(temporary, target)
    except DataError:
        raise
    except RecursionError as error:
        raise _damaged(archive, "its headers are nested without end") from error
    except _DAMAGE as error:
        raise _damaged(archive, str(error) or type(error).__name__) from error
    except OSError as error:
        raise _io_error(archive, target, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return members


def _unpack_into(archive: Path, folder: Path, budget: _Budget) -> list[Member]:
    names = SafeNames(archive)
    members = []
    with archive.open("rb") as file:
        for entry in _entries(archive, file, budget):
            budget.count_entry()
            if entry.refusal:
                refuse(archive, f"'{shown(entry.name)}' is {entry.refusal}")
            path = names.accept(entry.name, is_folder=entry.is_folder)
            if not path and not entry.is_folder:
                refuse(archive, "it holds a file without a name")
            if entry.is_folder:
                (folder / path).mkdir(parents=True, exist_ok=True)
            else:
                members.append(_write(entry, folder, path, budget))
    return members


def _write(entry: _Entry, folder: Path, path: str, budget: _Budget) -> Member:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with entry.open() as source, place.open("xb") as copy:
        while chunk := source.read(_CHUNK):
            budget.count_bytes(len(chunk))
            digest.update(chunk)
            copy.write(chunk)
            size += len(chunk)
    return Member(path, size, digest.hexdigest())


@dataclass
class _Budget:
    """Counts what an archive really asks for, and stops it at the limit."""

    archive: Path
    max_files: int
    max_bytes: int
    limit: int
    n_entries: int = 0
    n_bytes: int = 0

    def count_entry(self) -> None:
        self.n_entries += 1
        if self.n_entries > self.max_files:
            refuse(self.archive, f"it holds more than {self.max_files:,} entries")

    def count_bytes(self, n: int) -> None:
        self.n_bytes += n
        if self.n_bytes > self.max_bytes:
            refuse(self.archive, f"it unpacks to more than {self.max_bytes:,} bytes")
        if self.n_bytes > self.limit:
            refuse(self.archive, "it unpacks to far more than its own size, as a bomb does")


class _CappedReads(io.RawIOBase):
    """A file that refuses to hand out much in one piece.

    `zipfile` reads the whole table of contents at once and `tarfile` each long name, so
    an archive that lies about either would fill the memory before any entry is seen.
    """

    def __init__(self, file: BinaryIO, limit: int, on_excess: Callable[[], NoReturn]) -> None:
        self._file, self._on_excess, self.limit = file, on_excess, limit

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            data = self._file.read(self.limit + 1)
            if len(data) > self.limit:
                self._on_excess()
            return data
        if size > self.limit:
            self._on_excess()
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


def _entries(archive: Path, file: BinaryIO, budget: _Budget) -> Iterator[_Entry]:
    start = file.read(4)
    file.seek(0)
    if start[:2] == b"\x1f\x8b":
        return _tar_entries(archive, file, budget)
    if start[:2] == b"PK":
        return _zip_entries(archive, file, budget.max_files)
    raise _damaged(archive, "its first bytes are those of neither a zip nor a tar.gz file")


def _zip_entries(archive: Path, file: BinaryIO, max_files: int) -> Iterator[_Entry]:
    capped = _CappedReads(
        file,
        max(1 << 20, max_files * _DIRECTORY_ENTRY),
        lambda: refuse(archive, f"it holds more than {max_files:,} entries"),
    )
    with zipfile.ZipFile(capped) as opened:  # type: ignore[arg-type]
        for info in opened.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            refusal = _ZIP_REFUSALS.get(kind, "" if kind in _ZIP_PLAIN else "a special file")
            yield _Entry(
                name=info.filename,
                is_folder=info.is_dir(),
                refusal="encrypted" if info.flag_bits & 1 else refusal,
                open=lambda info=info: opened.open(info),  # type: ignore[misc]
            )


_ZIP_PLAIN = {0, stat.S_IFREG, stat.S_IFDIR}
_ZIP_REFUSALS = {stat.S_IFLNK: "a link", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}


def _tar_entries(archive: Path, file: BinaryIO, budget: _Budget) -> Iterator[_Entry]:
    def on_excess() -> NoReturn:
        refuse(archive, "it holds a file name of more than 100,000 bytes")

    with gzip.GzipFile(fileobj=file) as unzipped:
        capped = _CappedReads(unzipped, _LARGEST_READ, on_excess)  # type: ignore[arg-type]
        with tarfile.open(fileobj=capped, mode="r:", errors="surrogateescape") as opened:
            while (info := opened.next()) is not None:
                opened.members.clear()  # tarfile keeps them all; a million would fill the memory
                yield _Entry(
                    name=info.name,
                    is_folder=info.isdir(),
                    refusal=_tar_refusal(info),
                    open=lambda info=info: opened.extractfile(info),  # type: ignore[misc]
                )
        while rest := unzipped.read(_CHUNK):  # to the end, where gzip keeps its checksum
            budget.count_bytes(len(rest))


def _tar_refusal(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return "a link"
    if info.ischr() or info.isblk() or info.isfifo():
        return "a device"
    if info.issparse() or not (info.isreg() or info.isdir()):
        return "a special file"
    return ""


def _damaged(archive: Path, reason: str) -> DataError:
    return DataError(
        f"The archive {archive.name} is damaged or not an archive ({shown(reason)}). Expected a "
        f"whole zip or tar.gz file; delete it and fetch it again."
    )


def _io_error(archive: Path, target: Path, error: OSError) -> DataError:
    if isinstance(error, gzip.BadGzipFile):
        return _damaged(archive, str(error))
    return DataError(
        f"{archive.name} could not be unpacked to {target}: {error.strerror or error}. Nothing "
        f"half-done was kept; make room or check the permissions, then try again."
    )
