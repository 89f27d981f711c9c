"""Run a build script twice where its sources are at hand, and compare the bytes."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "build" / "sources"


def need_source(filename: str) -> None:
    """Skip the test when the script would have to download."""
    if not (SOURCES / filename).is_file():
        pytest.skip(f"{filename} is not in build/sources: run the build script once to fetch it")


def run(script: str, out: Path) -> dict[str, bytes]:
    """Run tools/`script` into `out`; return the bytes of every file written."""
    command = [sys.executable, str(ROOT / "tools" / script), "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder(out)


def folder(path: Path) -> dict[str, bytes]:
    """Return the bytes of every file below `path`, by relative name."""
    return {p.relative_to(path).as_posix(): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def differing(old: dict[str, bytes], new: dict[str, bytes]) -> list[str]:
    """Return the names of files that differ or exist on one side only."""
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
