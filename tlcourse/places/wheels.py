"""Gather installation packages with pip: the course's own, and all that it needs."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from tlcourse.errors import CourseError

OnStep = Callable[[str, int, int], None]

_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_KEPT = 12  # last lines of pip's output, of which an error message is made


def course_wheel(root: Path, folder: Path) -> Path:
    """Build the wheel of the course, data and notebooks included, and return it.

    Args:
        root: A clone of the repository.
        folder: Where the wheel goes.

    Raises:
        CourseError: If pip cannot build it.
    """
    command = [*_PIP, "wheel", "--no-deps", "--wheel-dir", str(folder)]
    if importlib.util.find_spec("hatchling"):  # otherwise pip fetches it
        command.append("--no-build-isolation")
    _run([*command, str(root)], "The course's own package could not be built")
    return next(folder.glob("tlcourse-*.whl"))


def collect_packages(own: Path, lock: Path, folder: Path, *, on_step: OnStep) -> None:
    """Put a wheel of everything that the course needs beside its own wheel.

    Versions are those of the lock file. pip's settings are heeded: PIP_INDEX_URL for an index
    of one's own, PIP_NO_INDEX with PIP_FIND_LINKS for a folder.

    Args:
        own: The course's wheel.
        lock: Exact versions, with markers for systems and versions of Python.
        folder: Where the wheels go; also `own` may lie there.
        on_step: Called as `on_step(what, done, total)`; the total is the length of the lock.

    Raises:
        CourseError: If pip cannot get them.
    """
    total = len(pinned(lock))
    seen: set[str] = set()

    def heed(line: str) -> None:
        if line.lstrip().startswith(("Collecting ", "Building wheel for ")):
            seen.add(line.split()[-1])
        on_step("gathering packages", min(len(seen), total - 1), total)

    command = [*_PIP, "wheel", "--prefer-binary", "--progress-bar", "off", "--wheel-dir"]
    command += [str(folder), "--constraint", str(lock), "--find-links", str(folder), str(own)]
    _run(command, "The packages could not be gathered", heed)
    on_step("gathering packages", total, total)


def pinned(lock: Path) -> set[str]:
    """Return the names in a lock file.

    Raises:
        CourseError: If the file is missing.
    """
    try:
        return set(_PIN.findall(lock.read_text(encoding="utf-8")))
    except OSError as error:
        raise CourseError(
            f"The list of exact versions {lock} cannot be read ({error.strerror}). Restore it with "
            f"`git checkout -- {lock.name}`."
        ) from error


def least_python(folder: Path) -> str:
    """Return the oldest Python, such as "3.11.5", that every wheel of a folder accepts.

    Patch versions of this Python's minor version are tried up to this one, which accepts all:
    pip has chosen the wheels for it.
    """
    from packaging.specifiers import SpecifierSet

    needed = {_requires_python(wheel) for wheel in folder.glob("*.whl")}
    rules = [SpecifierSet(text) for text in needed if text]
    major, minor, patch = sys.version_info[:3]
    for candidate in range(patch):
        version = f"{major}.{minor}.{candidate}"
        if all(rule.contains(version) for rule in rules):
            return version
    return f"{major}.{minor}.{patch}"


def _requires_python(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        names = (n for n in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
        text = archive.read(next(names)).decode("utf-8", "replace")
    found = re.search(r"^Requires-Python: *(.+?)\s*$", text.split("\n\n")[0], re.MULTILINE)
    return found[1] if found else ""


def _run(command: list[str], what: str, heed: Callable[[str], None] = lambda line: None) -> None:
    """Run pip and hand on its output line by line; pip ends with us, whatever happens.

    Raises:
        CourseError: If pip fails, with the last thing it said.
    """
    last: list[str] = []
    with subprocess.Popen(  # noqa: S603  (this Python's own pip)
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        try:
            for line in pip.stdout or ():
                last = [*last[1 - _KEPT :], line.strip()]
                heed(line)
        except BaseException:
            pip.kill()
            raise
    if pip.returncode:
        errors = [line for line in last if line.startswith("ERROR:")] or last or ["no reason given"]
        raise CourseError(
            f"{what}: pip said '{errors[-1].removeprefix('ERROR: ')}'. Check the network or proxy, "
            f"or set PIP_INDEX_URL to an index that you can reach, and call it again."
        )
