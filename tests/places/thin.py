"""Environments that see the packages of this one, all or all but some, without the course."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib import metadata
from pathlib import Path

SITE = Path(sysconfig.get_path("purelib"))
_NOT_PACKED = {"INSTALLER", "REQUESTED", "direct_url.json"}


def thin_environment(folder: Path, *, hide: tuple[str, ...] = ()) -> Path:
    """Make an environment that sees this one's packages through links; return its Python.

    Args:
        folder: Where it goes.
        hide: Distributions that it must not see.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    show_packages(python, hide=hide)
    return python


def show_packages(python: Path, *, hide: tuple[str, ...] = ()) -> None:
    """Let an environment see this one's packages, except the course and `hide`."""
    visible = python.parent.parent / "visible"
    visible.mkdir()
    hidden = {top for name in hide for top in _tops(name)}
    for entry in SITE.iterdir():
        if entry.name in hidden or re.match(r"_editable|__editable__|tlcourse", entry.name):
            continue
        if entry.suffix != ".pth":
            (visible / entry.name).symlink_to(entry)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True).stdout
    (Path(site.strip()) / "visible.pth").write_text(f"{visible}\n")


def _tops(name: str) -> set[str]:
    """Return the top entries of a distribution in site-packages."""
    return {file.parts[0] for file in metadata.distribution(name).files if ".." not in file.parts}


def repack(name: str, folder: Path) -> Path:
    """Make a wheel of an installed pure-Python distribution, as an index would give it."""
    found = metadata.distribution(name)
    tag = re.findall(r"^Tag: (.+)$", found.read_text("WHEEL"), re.M)[-1]  # the one of Python 3
    stem = re.sub(r"[-_.]+", "_", found.metadata["Name"])
    wheel = folder / f"{stem}-{found.version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file in found.files:
            if ".." in file.parts or file.suffix == ".pyc" or file.name in _NOT_PACKED:
                continue
            archive.write(found.locate_file(file), str(file))
    return wheel


def versions(python: Path) -> dict[str, str]:
    """Return name -> version of everything an environment sees."""
    code = "import importlib.metadata as m\nfor d in m.distributions(): print(d.name, d.version)"
    out = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout
    return dict(line.split() for line in out.splitlines())


def build_wheel(root: Path, folder: Path) -> Path:
    """Build the course's wheel from a clone, without network."""
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "-w", str(folder), str(root)], check=True, capture_output=True)
    return next(folder.glob("tlcourse-*.whl"))


def bare_variables(home: Path, **more: str) -> dict[str, str]:
    """Return variables for a process that knows neither this clone nor this user's settings."""
    home.mkdir(parents=True, exist_ok=True)
    kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
    variables = {name: os.environ[name] for name in kept if name in os.environ}
    own = {"HOME": str(home), "TLCOURSE_CACHE": str(home / "cache"), "MPLBACKEND": "Agg"}
    own |= {"TLCOURSE_PROGRESS": str(home / "progress.json"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    return variables | own | {"TLCOURSE_FAST": "1", "PIP_NO_INDEX": "1"} | more


def run_notebook(python: Path, notebook: Path, variables: dict[str, str]) -> str:
    """Execute a notebook in place with an environment's papermill; return what it printed."""
    done = subprocess.run(
        [python, "-m", "papermill", "--no-progress-bar", "-k", "python3", notebook, "out.ipynb"],
        cwd=notebook.parent,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    text = (notebook.parent / "out.ipynb").read_text(encoding="utf-8")
    (notebook.parent / "out.ipynb").unlink()
    return text


def copy_alone(notebook: Path, folder: Path) -> Path:
    """Put a notebook into a new folder that holds nothing else."""
    folder.mkdir(parents=True)
    return Path(shutil.copyfile(notebook, folder / notebook.name))
