"""Features on disk: written whole or not at all, checked on every read, never unpickled.

A store is a folder for one key. It holds shards: npz files named after the SHA-256 of
their own bytes. A damaged shard is therefore noticed, dropped and computed again. Two
notebooks may write at once: each shard is complete, and equal rows do no harm.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tlcourse.errors import CacheError
from tlcourse.files import write_whole
from tlcourse.paths import cache_dir

_FORGOTTEN_SECONDS = 3600
_LOG = logging.getLogger("tlcourse")


class FeatureStore:
    """All cached features of one network, cut, size, preprocessing and precision.

    Args:
        key: Everything a feature depends on, apart from the picture.

    Attributes:
        id: Hash of the key, the name of the folder.
        folder: Where the shards are.
    """

    def __init__(self, key: dict[str, Any]) -> None:
        self.key = key
        self.id = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:32]
        self.folder = cache_dir() / "features" / self.id

    def read(self) -> dict[str, np.ndarray]:
        """Return every known feature: content hash of the picture -> float32 (channels,)."""
        rows: dict[str, np.ndarray] = {}
        try:
            shards = sorted(self.folder.glob("*.npz"))
        except OSError:  # an unreadable cache is an empty cache
            return rows
        for shard in shards:
            rows.update(self._read_shard(shard))
        return rows

    def _read_shard(self, path: Path) -> dict[str, np.ndarray]:
        try:
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() != path.stem:
                raise CacheError("wrong checksum")
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                hashes, features = arrays["hashes"], arrays["features"]
            return {row.tobytes().hex(): f for row, f in zip(hashes, features, strict=True)}
        except FileNotFoundError:  # another notebook has just removed it
            return {}
        except OSError as error:  # it may be whole: too many open files, a network drive away
            _LOG.warning(
                "The cache file %s cannot be read (%s): computing it again.", path, error.strerror
            )
            return {}
        except (ValueError, KeyError, zipfile.BadZipFile, CacheError) as error:
            if "allow_pickle" in str(error):
                error = CacheError("it holds a pickle, which could run code: refused")
            _LOG.warning("The cache file %s is damaged (%s): computing it again.", path, error)
            try:
                path.unlink(missing_ok=True)
            except OSError:
                _LOG.warning("The damaged cache file %s could not be removed.", path)
            return {}

    def write(self, rows: dict[str, np.ndarray]) -> None:
        """Add features as one shard; a cache that cannot be written costs time, not results."""
        hashes = np.frombuffer(bytes.fromhex("".join(rows)), np.uint8).reshape(len(rows), -1)
        features = np.stack(list(rows.values())).astype(np.float32)
        data = _npz(hashes=hashes, features=features)
        target = self.folder / f"{hashlib.sha256(data).hexdigest()}.npz"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._drop_leftovers()
            write_whole(target, data)
            note = self.folder / "key.json"
            if not note.exists():
                write_whole(note, json.dumps(self.key, indent=1, sort_keys=True).encode())
        except OSError as error:
            _LOG.warning(
                "Features could not be cached in %s (%s): the next run computes them again. Set "
                "TLCOURSE_CACHE to a folder with room that you may write to.",
                self.folder,
                error.strerror,
            )

    def _drop_leftovers(self) -> None:
        """Remove what a killed process was writing; nobody writes one shard for an hour.

        Others write here at the same time, so each of these files may be gone by now.
        """
        for part in self.folder.glob("*.part"):
            try:
                if time.time() - part.stat().st_mtime > _FORGOTTEN_SECONDS:
                    part.unlink()
            except OSError:
                continue


def _npz(**arrays: np.ndarray) -> bytes:
    """Return what `np.savez` writes, without the time: equal rows make equal files.

    It also works where the clock stands at 1970, before the first date that a zip can hold.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            part = io.BytesIO()
            np.save(part, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), part.getvalue())
    return buffer.getvalue()


def cache_size() -> tuple[int, int]:
    """Return (files, bytes) of the whole feature cache."""
    folder = cache_dir() / "features"
    files = [p for p in folder.rglob("*.npz") if p.is_file()] if folder.is_dir() else []
    return len(files), sum(p.stat().st_size for p in files)
