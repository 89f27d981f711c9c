"""Where downloaded data sets live on disk, and how a whole one is told from a rest.

```
datasets/
  flowers.lock            held by the process that is working on the data set
  flowers.trusted.json    checksums seen on the first download, where none is published
  flowers/
    flower_photos.tgz     put here by hand, where there is no network
    incoming/             what a download has brought so far (`.part`)
    files/                the unpacked archive
    receipt.json          written last: without it nothing counts as whole
```
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tlcourse.datasets.archives import Member
from tlcourse.errors import DataError

NOTICE_AFTER = 3.0  # seconds of waiting before saying so
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class Receipt:
    """What was installed.

    Args:
        name: The data set.
        file: The archive it came from.
        sha256: The archive's checksum (hex).
        trust: "known" where the checksum was known beforehand, else "first use".
        folder: The folder to load, relative to the data set's `files` folder.
        files: Path -> [bytes, SHA-256] of every unpacked file.
    """

    name: str
    file: str
    sha256: str
    trust: str
    folder: str
    files: dict[str, tuple[int, str]]


class Store:
    """The place of one data set in the cache.

    Args:
        name: The data set.
        cache_dir: Folder of all data sets. Default: `datasets` in the course's cache,
            which the environment variable TLCOURSE_CACHE moves.
    """

    def __init__(self, name: str, cache_dir: str | Path | None = None) -> None:
        base = datasets_dir(cache_dir)
        self.name, self.root = name, base / name
        self.incoming, self.files = self.root / "incoming", self.root / "files"
        self._receipt = self.root / "receipt.json"
        self.trust_file = base / f"{name}.trusted.json"
        self._lock = base / f"{name}.lock"

    def receipt(self) -> Receipt | None:
        """Return the receipt of a whole data set, or None."""
        try:
            return Receipt(**json.loads(self._receipt.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def ready(self) -> Path | None:
        """Return the folder to load, or None where the data set is not there."""
        receipt = self.receipt()
        folder = self.files / receipt.folder if receipt else None
        return folder if folder and folder.is_dir() else None

    def commit(self, receipt: Receipt) -> None:
        """Write the receipt: from here on the data set counts as whole."""
        write_json(self._receipt, asdict(receipt))

    def sweep(self) -> None:
        """Remove what a killed process left, except bytes that can be continued."""
        self._receipt.unlink(missing_ok=True)
        shutil.rmtree(self.files, ignore_errors=True)
        for rest in self.root.glob("files-*.part"):
            shutil.rmtree(rest, ignore_errors=True)
        for rest in self.incoming.glob("tmp*"):
            rest.unlink(missing_ok=True)

    def trusted(self, file: str) -> str:
        """Return the checksum seen when `file` was first downloaded, or ""."""
        try:
            return str(json.loads(self.trust_file.read_text(encoding="utf-8"))[file])
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def trust(self, file: str, sha256: str) -> None:
        """Record the checksum of a first download. Cleaning does not forget it."""
        try:
            known = dict(json.loads(self.trust_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            known = {}
        write_json(self.trust_file, known | {file: sha256})

    @contextmanager
    def lock(self, say: Callable[[str], None], *, timeout: float = -1) -> Iterator[None]:
        """Let one process work on the data set; the operating system frees dead locks.

        Args:
            say: Called once if another process holds the lock for a few seconds.
            timeout: Seconds to wait in all; -1 waits as long as it takes.

        Raises:
            DataError: If the time is over, or the cache folder cannot be written.
        """
        from filelock import FileLock, Timeout

        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._lock)
            self._acquire(lock, say, timeout)
        except Timeout as error:
            raise DataError(
                f"'{self.name}' is in use: another notebook or program is downloading it. "
                f"Wait until it is done, or stop it, then try again."
            ) from error
        except OSError as error:
            raise unwritable(self.root, error) from error
        try:
            yield
        finally:
            lock.release()

    def _acquire(self, lock: Any, say: Callable[[str], None], timeout: float) -> None:
        from filelock import Timeout

        if 0 <= timeout <= NOTICE_AFTER:
            lock.acquire(timeout=timeout)
            return
        try:
            lock.acquire(timeout=NOTICE_AFTER)
        except Timeout:
            say(f"Another notebook or program is downloading '{self.name}'; waiting for it.")
            lock.acquire(timeout=timeout)

    def problems(self) -> list[str]:
        """Compare every unpacked file with the receipt; return what differs."""
        receipt = self.receipt()
        if receipt is None:
            return [] if not self.files.exists() else ["an unfinished download"]
        found = []
        for path, (n_bytes, sha256) in receipt.files.items():
            file = self.files / path
            if not file.is_file():
                found.append(f"{path} is missing")
            elif file.stat().st_size != n_bytes or file_sha256(file) != sha256:
                found.append(f"{path} was changed")
        here = {p.relative_to(self.files).as_posix() for p in self.files.rglob("*") if p.is_file()}
        return found + [f"{path} does not belong there" for path in sorted(here - {*receipt.files})]

    def remove(self) -> int:
        """Remove the data set and everything begun; return the bytes freed."""
        freed = sum(p.stat().st_size for p in self.root.rglob("*") if p.is_file())
        self._receipt.unlink(
            missing_ok=True
        )  # first, so that a kill leaves nothing that looks whole
        shutil.rmtree(self.root, ignore_errors=True)
        return freed


def datasets_dir(cache_dir: str | Path | None = None) -> Path:
    """Return the folder of downloaded data sets."""
    from tlcourse import paths

    return Path(cache_dir).expanduser() if cache_dir else paths.cache_dir() / "datasets"


def as_files(members: list[Member]) -> dict[str, tuple[int, str]]:
    """Return unpacked members the way a receipt keeps them."""
    return {m.path: (m.n_bytes, m.sha256) for m in members}


def file_sha256(path: Path) -> str:
    """Return the SHA-256 (hex) of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def write_json(path: Path, value: Any) -> None:
    """Write JSON so that a reader sees the old file or the new one, never half of it."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{time.monotonic_ns()}.part")
    try:
        temporary.write_text(json.dumps(value, indent=0), encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def unwritable(place: Path, error: OSError) -> DataError:
    """Return the error for a disk that is full or a folder that cannot be written."""
    if error.errno in FULL:
        return DataError(
            f"The disk that holds {place} is full, and nothing half-done is taken for whole. "
            f"Free some space, or set TLCOURSE_CACHE to a folder on another disk; the download "
            f"then goes on where it stopped."
        )
    return DataError(
        f"{place} cannot be written ({error.strerror or error}). Check its permissions, or set "
        f"TLCOURSE_CACHE to a folder of your own."
    )
