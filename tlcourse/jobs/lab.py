"""Start JupyterLab on the chapter list, on any machine: with or without a screen, or as root."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tlcourse.errors import CourseError
from tlcourse.paths import asset_dir, is_clone

_COPY = "tlcourse-notebooks"
_START = "README.md"


def notebook_folder() -> Path:
    """Return the folder to open: the clone's own, or a copy that the learner may edit.

    An installed package keeps its notebooks where nobody should write, so they are
    copied once into `tlcourse-notebooks` here; files that exist are never replaced.

    Raises:
        CourseError: If the copy cannot be written.
    """
    source = asset_dir("notebooks")
    if is_clone() and os.access(source, os.W_OK):
        return source
    target = Path.cwd() / _COPY
    try:
        target.mkdir(exist_ok=True)
        for file in sorted(source.iterdir()):
            if file.is_file() and not (target / file.name).exists():
                shutil.copyfile(file, target / file.name)
    except OSError as error:
        raise CourseError(
            f"The notebooks cannot be copied to {target} ({error.strerror}). Go to a folder that "
            f"you may write to and start again."
        ) from error
    return target


def command(
    folder: Path, *, extra: list[str], environment: dict[str, str] | None = None
) -> list[str]:
    """Return the JupyterLab command line for this machine.

    The token stays on and the server listens on this machine only, unless the learner
    says otherwise in `extra`.
    """
    environment = dict(os.environ if environment is None else environment)
    program = [sys.executable, "-m", "jupyterlab"]
    if (folder / _START).exists():
        # No "?" in it: Jupyter adds "?token=", and after a second "?" the token is not read.
        program.append(f"--LabApp.default_url=/lab/tree/{_START}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        program.append("--allow-root")
    if not _has_display(environment):
        program.append("--no-browser")
    return [*program, *extra]


def _has_display(environment: dict[str, str]) -> bool:
    if sys.platform in ("win32", "darwin"):
        return "SSH_CONNECTION" not in environment
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
