"""The first code cell of every notebook, and the link that opens the notebook on Colab.

Both need the address of the public repository. It stands in one place, in pyproject.toml::

    [project.urls]
    Repository = "https://github.com/OWNER/NAME"

Without it there are no links, and the first cell installs only what TLCOURSE_WHEEL names.
"""

from __future__ import annotations

import re
from pathlib import Path

from notebook_source import SourceCell

START = "start"
BRANCH = "main"
_ADDRESS = re.compile(r"^https://[\w.-]+(/[\w.-]+)+$")
_GITHUB = re.compile(r"^https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?$")
_BADGE = "https://colab.research.google.com/assets/colab-badge.svg"

_CELL = """\
# Finds the course. Where it is missing (on Colab, or in a folder with only this notebook), the
# course is installed; packages that are there already are never changed.
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

course = os.environ.get("TLCOURSE_WHEEL") or "@SOURCE@"
if importlib.util.find_spec("tlcourse") is None and Path("../tlcourse/places").is_dir():
    sys.path.insert(0, str(Path("..").resolve()))  # a clone
elif importlib.util.find_spec("tlcourse") is None:
    if not course:
        raise RuntimeError("Set TLCOURSE_WHEEL to a wheel of tlcourse, or work in a clone.")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", course]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"pip could not install the course from {course}:\\n{done.stderr}")
    importlib.invalidate_caches()

from tlcourse.places import complete

installed = complete()"""


def repository(root: Path) -> str:
    """Return the address of the public repository; "" where pyproject.toml names none.

    Raises:
        ValueError: If the entry is not an https address.
    """
    path = root / "pyproject.toml"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    block = re.search(r"^\[project\.urls\]\n(.*?)(?=^\[|\Z)", text, re.M | re.S)
    entry = re.search(r'^Repository\s*=\s*"([^"]*)"', block[1], re.M) if block else None
    if entry is None:
        return ""
    if not _ADDRESS.match(entry[1]):
        raise ValueError(
            f"{path}: Repository is '{entry[1]}'. Expected an https address such as "
            f"https://github.com/OWNER/NAME, without a slash at its end."
        )
    return entry[1]


def with_start(cells: list[SourceCell], address: str, badge: str = "") -> list[SourceCell]:
    """Return the cells of a chapter with the badge and the start cell behind the front cell.

    Args:
        cells: The cells of one edition; the first one is the front cell.
        address: The repository's address, or "".
        badge: Markdown of the badge. It leads to the learner's copy, so the other has none.
    """
    extra = [SourceCell("markdown", "colab", ("learner-only",), badge, 1)] if badge else []
    return [cells[0], *extra, start_cell(address), *cells[1:]]


def start_cell(address: str) -> SourceCell:
    """Return the first code cell, which finds or installs the course.

    Args:
        address: The repository's address, or "".
    """
    source = f"git+{address}@{BRANCH}" if address else ""
    return SourceCell("code", START, (), _CELL.replace("@SOURCE@", source), 1)


def colab_badge(address: str, path: str) -> str:
    """Return a badge in Markdown that opens a notebook on Colab; "" for other hosts.

    Args:
        address: The repository's address, or "".
        path: The notebook in the repository, such as "notebooks/00_start_here.ipynb".
    """
    found = _GITHUB.match(address)
    if not found:
        return ""
    target = f"https://colab.research.google.com/github/{found[1]}/blob/{BRANCH}/{path}"
    return f"[![Open in Colab]({_BADGE})]({target})"
