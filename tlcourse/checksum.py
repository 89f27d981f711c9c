"""Checksums of files, read in pieces so that size does not matter."""

from __future__ import annotations

import hashlib
from pathlib import Path


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hex digits."""
    return _digest(path, hashlib.sha256())


def md5_file(path: Path) -> str:
    """Return the MD5 of a file as 32 hex digits; only to compare with published values."""
    return _digest(path, hashlib.md5(usedforsecurity=False))


def _digest(path: Path, digest: hashlib._Hash) -> str:
    with Path(path).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
