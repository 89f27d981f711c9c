"""Where the course keeps things: embedded files, notebooks, and the cache.

The same code runs from a clone (files beside the package), from an installed
wheel (files inside the package) and on Colab (installed from git).
"""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_dir

from tlcourse.errors import CourseError

_PACKAGE = Path(__file__).resolve().parent


def asset_dir(name: str) -> Path:
    """Return the folder `name` ("data", "notebooks" or "solutions") that ships with the course.

    A clone wins over an installed copy, so that an editable install sees edits at once.

    Raises:
        CourseError: If neither place has the folder.
    """
    clone, installed = _PACKAGE.parent / name, _PACKAGE / "_assets" / name
    for candidate in (clone, installed):
        if candidate.is_dir() and (candidate is installed or is_clone()):
            return candidate
    raise CourseError(
        f"The course's '{name}' folder was not found at {clone} or {installed}. "
        f"It comes with every clone and every wheel: clone the repository again, or reinstall "
        f"the package."
    )


def is_clone() -> bool:
    """Tell whether the package runs from a clone of the repository."""
    return (_PACKAGE.parent / "pyproject.toml").is_file()


def data_dir() -> Path:
    """Return the folder of embedded data and weights."""
    return asset_dir("data")


def cache_dir() -> Path:
    """Return the cache folder: `TLCOURSE_CACHE`, or the user's cache folder for this platform.

    The folder is not created here; whoever writes creates it.
    """
    chosen = os.environ.get("TLCOURSE_CACHE")
    return Path(chosen).expanduser() if chosen else Path(user_cache_dir("tlcourse"))
