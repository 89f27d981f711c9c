"""Run the unit tests and four chapters with the oldest versions the course supports.

    python tools/test_floor.py              make .venv-floor once, then run everything
    python tools/test_floor.py --set-up     only make .venv-floor
    python tools/test_floor.py -- -k cli    the unit tests, with options of pytest

The environment holds the floors of pyproject.toml themselves (keras 3.10, tensorflow 2.19,
ipywidgets 7.7 and so on), chosen by uv. It is made anew when these change in pyproject.toml.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOOR = ROOT / ".venv-floor"
CHAPTERS = ("00", "03", "04", "07")  # first steps, features, fine-tuning, domains


def set_up(folder: Path = FLOOR) -> Path:
    """Make the environment unless it is there already; return its Python.

    Raises:
        subprocess.CalledProcessError: If uv finds no such set of versions or cannot fetch it.
    """
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = settings.partition("dependencies = [")[2].partition("[project.scripts]")[0]
    key = hashlib.sha256(wanted.encode()).hexdigest()[:16]
    ready = folder / f"ready-{key}"
    if ready.exists():
        return python
    print(f"Making {folder.name} with the oldest supported versions (once, some minutes) ...")
    shutil.rmtree(folder, ignore_errors=True)
    uv = [sys.executable, "-m", "uv"]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if subprocess.run([*uv, "--version"], capture_output=True, check=False).returncode:
        _run([sys.executable, "-m", "pip", "install", "-q", "uv"])
    _run([*uv, "venv", "-q", "--seed", "--python", sys.executable, str(folder)])
    chosen = folder / "requirements.txt"
    _run([*uv, "pip", "compile", "pyproject.toml", "--extra", "dev", "-q", "-o", str(chosen),
          "--resolution", "lowest-direct", "--python-version", version])  # fmt: skip
    install = [*uv, "pip", "install", "-q", "--python", str(python)]
    _run([*install, "-r", str(chosen)])
    _run([*install, "--no-deps", "--no-build-isolation", "-e", "."])
    ready.touch()
    return python


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status of the first thing that failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set-up", action="store_true", help="only make the environment")
    parser.add_argument("pytest", nargs="*", help="options of pytest: only unit tests run then")
    options = parser.parse_args(arguments)
    python = set_up()
    if options.set_up:
        return 0
    tests = [str(python), "-m", "pytest", "tests", "-q", "-n", "2"]
    tests += [f"--ignore=tests/{other}" for other in ("notebooks", "browser")]
    status = subprocess.run([*tests, *options.pytest], cwd=ROOT, check=False).returncode
    if options.pytest:
        return status
    chapters = [str(python), "-m", "tlcourse.cli", "run", *CHAPTERS, "--fast", "--out"]
    ran = subprocess.run([*chapters, "build/floor"], cwd=ROOT, check=False).returncode
    return status or ran


def _run(command: list[str]) -> None:
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main())
