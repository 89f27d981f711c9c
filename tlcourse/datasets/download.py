"""Fetch the larger data sets, from the internet or from a room's own mirror.

Settings, all environment variables:

- `TLCOURSE_MIRROR`: a folder, a file:// address or an http(s):// address that holds the
  archives by their file names. It replaces every other host.
- `TLCOURSE_OFFLINE=1`: use only what is on this machine.
- `TLCOURSE_CACHE`: where downloads are kept.
- `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`: the network's proxy.
- `REQUESTS_CA_BUNDLE`: file with the network's own certificates.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from tlcourse.datasets import registry
from tlcourse.datasets.archives import unpack
from tlcourse.datasets.cards import Download, RemoteFile
from tlcourse.datasets.resumable import ResumableDownloader, SourceError
from tlcourse.datasets.store import FULL, Receipt, Store, as_files, file_sha256, unwritable
from tlcourse.errors import DataError

MIRROR = "TLCOURSE_MIRROR"
OFFLINE = "TLCOURSE_OFFLINE"


class _NoRoomError(DataError):
    """The disk is too small; another source would not help."""


@dataclass(frozen=True)
class _Source:
    """One place where one archive may be: a path on this machine, or a URL."""

    file: RemoteFile
    place: Path | str

    def __str__(self) -> str:
        return str(self.place) if isinstance(self.place, Path) else urlsplit(self.place).netloc


@dataclass(frozen=True)
class _Job:
    download: Download
    store: Store
    progress: bool

    def say(self, text: str) -> None:
        if self.progress:
            from tqdm.auto import tqdm

            tqdm.write(text, file=sys.stderr)


def fetch(
    name: str | Download,
    *,
    progress: bool = True,
    cache_dir: str | Path | None = None,
    offline: bool | None = None,
) -> Path:
    """Return the folder of a data set, downloading and unpacking it the first time.

    What has arrived stays in a `.part` file and is continued after a broken connection,
    also by the next process. Each archive is compared with its published size and
    checksum; where none is published, its contents are counted and the checksum of the
    first download is recorded, so that a later change is noticed. Several processes may
    ask at once: one downloads, the others wait.

    Args:
        name: For example "flowers", or a `Download` of your own.
        progress: Show a progress bar and messages.
        cache_dir: Where to keep it. Default: `datasets` in the course's cache.
        offline: Use only what is on this machine. Default: what TLCOURSE_OFFLINE says.

    Raises:
        DataError: If there is no such data set, no place gives it, or the disk is full.

    Example:
        >>> folder = fetch("flowers")  # doctest: +SKIP
    """
    download = name if isinstance(name, Download) else registry.download(name)
    job = _Job(download, Store(download.name, cache_dir), progress)
    if folder := job.store.ready():
        return folder
    with job.store.lock(job.say):
        if folder := job.store.ready():  # another process was faster
            return folder
        try:
            return _fetch_first(job, offline=_is_offline() if offline is None else offline)
        except OSError as error:
            raise unwritable(job.store.root, error) from error


def _fetch_first(job: _Job, *, offline: bool) -> Path:
    """Try one source after the other until a whole data set stands."""
    job.store.sweep()
    failures: list[str] = []
    for source in _sources(job, offline=offline):
        try:
            archive = source.place if isinstance(source.place, Path) else _load(job, source)
            return _install(job, source.file, archive)
        except SourceError as problem:
            failures.append(f"{source}: {problem}")
        except _NoRoomError:
            raise
        except DataError as problem:
            if isinstance(problem.__cause__, OSError) and problem.__cause__.errno in FULL:
                raise unwritable(job.store.root, problem.__cause__) from problem
            failures.append(f"{source}: {problem}")
            (job.store.incoming / source.file.name).unlink(missing_ok=True)
    raise DataError(_ways_on(job, failures, offline=offline))


def _sources(job: _Job, *, offline: bool) -> Iterator[_Source]:
    """Yield where to look, nearest first: by hand, already downloaded, mirror or hosts."""
    for folder in (job.store.root, job.store.incoming):
        for file in job.download.files:
            if (folder / file.name).is_file():
                yield _Source(file, folder / file.name)
    mirror = os.environ.get(MIRROR, "").strip()
    if mirror.lower().startswith(("http://", "https://")):
        if not offline:
            for file in job.download.files:
                yield _Source(file, f"{mirror.rstrip('/')}/{quote(file.name)}")
    elif mirror:
        folder = _mirror_folder(mirror)
        for file in job.download.files:
            if (folder / file.name).is_file():
                yield _Source(file, folder / file.name)
    elif not offline:
        for file in job.download.files:
            for url in file.urls:
                yield _Source(file, url)


def _mirror_folder(mirror: str) -> Path:
    if not mirror.lower().startswith("file:"):
        return Path(mirror).expanduser()
    path = unquote(urlsplit(mirror).path)
    return Path(path[1:] if os.name == "nt" and path[2:3] == ":" else path)


def _load(job: _Job, source: _Source) -> Path:
    """Download one archive; pooch compares the checksum and puts it in place."""
    import pooch

    _check_room(job, source.file)
    known = source.file.sha256 or job.store.trusted(source.file.name)
    downloader = ResumableDownloader(
        job.store.incoming / f"{source.file.name}.part",
        n_bytes=source.file.n_bytes,
        has_checksum=bool(known),
        max_bytes=source.file.n_bytes or job.download.max_bytes,
        progress=job.progress,
    )
    retrieve = partial(
        pooch.retrieve,
        url=source.place,
        known_hash=f"sha256:{known}" if known else None,
        fname=source.file.name,
        path=job.store.incoming,
        downloader=downloader,
    )
    with _quiet(pooch.get_logger()):
        # ValueError is pooch's word for a wrong checksum; it has removed the file then.
        with suppress(ValueError):
            return Path(retrieve())
        try:
            return Path(retrieve())  # two parts may not have fitted: once more from the start
        except ValueError as error:
            raise SourceError(_wrong_bytes(job, source.file)) from error


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Keep pooch's own messages back: the progress bar says it already."""
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _check_room(job: _Job, file: RemoteFile) -> None:
    needed, free = 2 * file.n_bytes, shutil.disk_usage(job.store.root).free
    if free < needed:
        raise _NoRoomError(
            f"'{job.download.name}' needs about {needed / 1e6:,.0f} MB to download and unpack, and "
            f"the disk that holds {job.store.root} has {free / 1e6:,.0f} MB left. Free some space, "
            f"or set TLCOURSE_CACHE to a folder on another disk."
        )


def _install(job: _Job, file: RemoteFile, archive: Path) -> Path:
    """Verify and unpack an archive; the receipt, written last, makes it count."""
    store, download = job.store, job.download
    try:
        sha256 = file_sha256(archive)
    except OSError as error:
        raise SourceError(f"it cannot be read ({error.strerror})") from error
    known = file.sha256 or store.trusted(file.name)
    if known and sha256 != known:
        raise SourceError(_wrong_bytes(job, file))
    members = unpack(
        archive, store.files, max_bytes=download.max_bytes, max_files=download.max_files
    )
    folder = _check_contents(job, archive)
    if not known:
        store.trust(file.name, sha256)
        job.say(
            f"No checksum is published for {file.name}: its contents were counted, and its "
            f"SHA-256 {sha256} recorded, so that a later change will be noticed."
        )
    store.commit(
        Receipt(
            name=download.name,
            file=file.name,
            sha256=sha256,
            trust="known" if file.sha256 else "first use",
            folder=folder.relative_to(store.files).as_posix(),
            files=as_files(members),
        )
    )
    shutil.rmtree(store.incoming, ignore_errors=True)
    return folder


def _check_contents(job: _Job, archive: Path) -> Path:
    """Return the folder inside the archive, after counting what the card promises."""
    store, download = job.store, job.download
    folders = [store.files] if download.folder == "." else sorted(store.files.glob(download.folder))
    expected = dict(download.contents)
    found = [_count(folder, expected) for folder in folders]
    if found == [expected]:
        return folders[0]
    shutil.rmtree(store.files, ignore_errors=True)
    raise DataError(
        f"{archive.name} is not the expected archive. Expected {_listed(expected)} in its folder "
        f"'{download.folder}', found {_listed(found[0]) if found else 'no such folder'}. "
        f"Get the file again from its publisher."
    )


def _count(folder: Path, patterns: Iterable[str]) -> dict[str, int]:
    return {pattern: sum(p.is_file() for p in folder.glob(pattern)) for pattern in patterns}


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{n:,} {pattern}" for pattern, n in counts.items())


def _wrong_bytes(job: _Job, file: RemoteFile) -> str:
    if file.sha256:
        return f"{file.name} there has the wrong bytes: its checksum is not the known one"
    return (
        f"{file.name} there has other bytes than at its first download, when its checksum was "
        f"recorded; if the publisher changed it, remove {job.store.trust_file} and try again"
    )


def _ways_on(job: _Job, failures: list[str], *, offline: bool) -> str:
    names = " or ".join(file.name for file in job.download.files)
    if failures:
        tried = "Tried: " + "; ".join(failures) + "."
    elif os.environ.get(MIRROR, "").strip():
        tried = f"The mirror {os.environ[MIRROR]} does not hold {names}."
    elif offline:
        tried = f"Downloads are switched off ({OFFLINE} or offline=True)."
    else:
        tried = "No place to download it from is known."
    return (
        f"'{job.download.name}' could not be fetched. {tried} What you can do: "
        f"check the network and try again, what has arrived is kept; "
        f"or set {MIRROR} to a folder or address that holds {names}; "
        f"or copy that file by hand to {job.store.root}; "
        f"or use embedded data for the same lesson: {job.download.alternative}."
    )


def _is_offline() -> bool:
    return os.environ.get(OFFLINE, "").strip().lower() in {"1", "true", "yes", "on"}
