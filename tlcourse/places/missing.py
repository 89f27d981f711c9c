"""Install what a notebook needs and this Python lacks, and change nothing that is there.

A notebook service such as Colab comes with hundreds of packages that fit each other and are
partly loaded already. An upgrade there breaks other things and asks for a restart. So every
installed version is handed to pip as a constraint, and only names that are missing are asked for.
"""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from tlcourse.errors import CourseError

# Whoever opened the notebook has a server and a kernel; these are for the command line and tests.
_NOT_FOR_NOTEBOOKS = {"ipykernel", "jupyterlab", "jupytext", "nbval", "papermill"}
_CLONE = Path(__file__).resolve().parents[2]


def complete(*, quiet: bool = False) -> tuple[str, ...]:
    """Install missing packages of the course; the first cell of every notebook calls this.

    Packages that are there stay as they are, also where they are older than the course was
    tested with; a line then says so. pip heeds its own settings, such as PIP_NO_INDEX and
    PIP_FIND_LINKS for a room without network.

    Args:
        quiet: Print nothing.

    Returns:
        What was asked for, such as ("imagehash>=4.3",); empty where nothing was missing.

    Raises:
        CourseError: If pip cannot install it beside what is there.

    Cost:
        A few milliseconds where nothing is missing.
    """
    missing, old = _compared(_needed())
    if missing:
        _install(missing)
    if not quiet:
        for line in (_line("Installed beside what was here", missing), _line(_OLD, old)):
            if line:
                sys.stdout.write(line + "\n")
        _widgets_on_colab()
    return missing


_OLD = "Left as they are, though older than what the course was tested with"


def _line(what: str, names: tuple[str, ...]) -> str:
    return f"{what}: {', '.join(names)}." if names else ""


def _needed() -> tuple[str, ...]:
    """Return the requirements of the package, such as "keras>=3.10", without extras."""
    source = _CLONE / "pyproject.toml"
    if source.is_file():  # a clone need not be installed to be used
        block = re.search(r"^dependencies = \[(.*?)^\]", source.read_text("utf-8"), re.M | re.S)
        return tuple(re.findall(r'^\s*"([^"]+)"', block[1], re.M)) if block else ()
    try:
        found = metadata.requires("tlcourse") or []
    except metadata.PackageNotFoundError:
        return ()
    return tuple(line for line in found if "extra ==" not in line)


def _compared(needed: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (requirements that are missing, "name version" of those that are too old)."""
    from packaging.requirements import Requirement

    missing, old = [], []
    for line in needed:
        requirement = Requirement(line)
        if requirement.name.lower() in _NOT_FOR_NOTEBOOKS:
            continue
        if requirement.marker and not requirement.marker.evaluate():
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            missing.append(f"{requirement.name}{requirement.specifier}")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            old.append(f"{requirement.name} {version}")
    return tuple(missing), tuple(old)


def _install(missing: tuple[str, ...]) -> None:
    with tempfile.TemporaryDirectory(prefix="tlcourse-") as folder:
        constraints = Path(folder) / "installed.txt"
        constraints.write_text("\n".join(_installed()) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "-c", str(constraints)]
        done = subprocess.run(  # noqa: S603  (this Python's own pip)
            [*command, "--disable-pip-version-check", *missing],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        errors = re.findall(r"^\s*ERROR: (.+)$", done.stderr, re.M)
        reason = errors[0] if errors else "it gave no reason"
        raise CourseError(
            f"pip could not install {', '.join(missing)} beside the packages that are here "
            f"({reason}). Check the network, or make an environment of its own: "
            f"`python -m venv course`, then install the course there."
        )
    importlib.invalidate_caches()


def _installed() -> list[str]:
    """Return a constraint "name==version" for everything installed."""
    from packaging.version import InvalidVersion, Version

    lines = set()
    for distribution in metadata.distributions():
        name, version = distribution.metadata["Name"], distribution.version
        try:
            Version(version)
        except (InvalidVersion, TypeError):  # left over by a broken installation
            continue
        if name and name.lower() != "tlcourse":
            lines.add(f"{name}=={version}")
    return sorted(lines)


def _widgets_on_colab() -> None:
    """Let Colab show widgets of ipywidgets 8 and later; it knows version 7 by itself."""
    try:
        from google.colab import output
    except ImportError:
        return
    if int(metadata.version("ipywidgets").split(".")[0]) >= 8:
        output.enable_custom_widget_manager()
