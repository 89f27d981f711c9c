"""Get the archive of a data set as a file, for a mirror or a bundle.

`download.fetch` unpacks an archive and forgets it. Whoever prepares a room needs the archive
itself. Places, settings and checksums are the same.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from tlcourse.datasets import registry
from tlcourse.datasets.cards import Download
from tlcourse.datasets.download import (
    MIRROR,
    _is_offline,
    _Job,
    _load,
    _sources,
    _wrong_bytes,
)
from tlcourse.datasets.resumable import SourceError
from tlcourse.datasets.store import Store, file_sha256, unwritable
from tlcourse.errors import DataError


def keep_archive(name: str | Download, folder: str | Path, *, progress: bool = True) -> Path:
    """Put one archive of a data set into a folder, verified, and return its path.

    An archive that lies there already and is right is not fetched again. Where no checksum is
    published, the contents are counted later, when somebody fetches the data set from there.

    Args:
        name: For example "flowers", or a `Download` of your own.
        folder: An existing folder.
        progress: Show a progress bar and messages.

    Raises:
        DataError: If there is no such data set, no place gives it, or the folder cannot be written.
    """
    download = name if isinstance(name, Download) else registry.download(name)
    folder = Path(folder)
    for file in download.files:
        there = folder / file.name
        if there.is_file() and (not file.sha256 or file_sha256(there) == file.sha256):
            return there
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".incoming-") as scratch:
            return _fetched(_Job(download, Store(download.name, scratch), progress), folder)
    except OSError as error:
        raise unwritable(folder, error) from error


def _fetched(job: _Job, folder: Path) -> Path:
    failures: list[str] = []
    job.store.root.mkdir(parents=True)
    for source in _sources(job, offline=_is_offline()):
        try:
            archive = source.place if isinstance(source.place, Path) else _load(job, source)
            if source.file.sha256 and file_sha256(archive) != source.file.sha256:
                raise SourceError(_wrong_bytes(job, source.file))
        except SourceError as problem:
            failures.append(f"{source}: {problem}")
            continue
        kept = Path(shutil.copyfile(archive, job.store.root / "whole"))
        os.replace(kept, folder / source.file.name)
        return folder / source.file.name
    names = " or ".join(file.name for file in job.download.files)
    tried = "; ".join(failures) or "no place that may be asked has it"
    raise DataError(
        f"The archive of '{job.download.name}' could not be fetched ({tried}). Check the network, "
        f"or set {MIRROR} to a folder or address that holds {names}, or copy that file to {folder}."
    )
