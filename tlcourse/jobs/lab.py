"""Start JupyterLab on the chapter list, on any machine: with or without a screen, or as root."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from tlcourse.errors import CourseError
from tlcourse.paths import asset_dir, is_clone

_COPY = "tlcourse-notebooks"
_START = "README.md"
_SETTINGS = Path(__file__).parent / "lab_settings"


def notebook_folder() -> Path:
    """Return the folder of chapters to open: the clone's own, or a copy that may be edited.

    An installed package keeps its notebooks where nobody should write, so they are copied
    once into `tlcourse-notebooks` here, chapters and worked answers side by side as in the
    repository, because the chapter list links to both; files that exist are never replaced.

    Raises:
        CourseError: If the copy cannot be written.
    """
    source = asset_dir("notebooks")
    if is_clone() and os.access(source, os.W_OK):
        return source
    target = Path.cwd() / _COPY
    try:
        for name in ("notebooks", "solutions"):
            _copy_new(asset_dir(name), target / name)
    except OSError as error:
        raise CourseError(
            f"The notebooks cannot be copied to {target} ({error.strerror}). Go to a folder that "
            f"you may write to and start again."
        ) from error
    return target / "notebooks"


def command(
    folder: Path, *, extra: list[str], environment: Mapping[str, str] | None = None
) -> list[str]:
    """Return the JupyterLab command line for this machine.

    The token stays on and the server listens on this machine only, unless the learner
    says otherwise in `extra`. The root is the parent of `folder`, so that the links of the
    chapter list to `../solutions` lead somewhere.

    Args:
        folder: The folder of chapters.
        extra: Options of JupyterLab, which win over those chosen here.
        environment: Environment variables; those of this process when None.
    """
    environment = os.environ if environment is None else environment
    chosen = {"ServerApp.root_dir": str(folder.parent)}
    if (folder / _START).exists():
        # No "?" in it: Jupyter adds "?token=", and after a second "?" the token is not read.
        chosen["LabApp.default_url"] = f"/lab/tree/{folder.name}/{_START}"
    if not _has_site_settings(environment):
        chosen["LabApp.app_settings_dir"] = str(_SETTINGS)
    given = {part.partition("=")[0].lstrip("-") for part in extra}
    if given & {"notebook-dir", "ServerApp.root_dir"}:  # then the chapter list is not there
        given |= {"ServerApp.root_dir", "LabApp.default_url"}
    # Jupyter refuses an option that comes twice.
    program = [sys.executable, "-m", "jupyterlab"]
    program += [f"--{name}={value}" for name, value in chosen.items() if name not in given]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        program.append("--allow-root")
    if not _has_display(environment):
        program.append("--no-browser")
    return [*program, *extra]


def _copy_new(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for file in sorted(source.iterdir()):
        if file.is_file() and not (target / file.name).exists():
            shutil.copyfile(file, target / file.name)


def _has_site_settings(environment: Mapping[str, str]) -> bool:
    """Tell whether somebody set up JupyterLab for this Python; that goes before ours.

    Ours are defaults only: the chapter list opens as a page instead of as its source, and no
    question about news comes up. What a learner sets in JupyterLab wins, and is not touched.
    """
    own = environment.get("JUPYTERLAB_DIR") or Path(sys.prefix) / "share" / "jupyter" / "lab"
    folder = Path(own) / "settings"
    return folder.is_dir() and any(folder.iterdir())


def _has_display(environment: Mapping[str, str]) -> bool:
    if sys.platform in ("win32", "darwin"):
        return "SSH_CONNECTION" not in environment
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
