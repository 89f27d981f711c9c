"""Start `tlcourse lab` as a learner would, in folders of its own, and stop it again."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

SECONDS = 120  # a cold disk and two busy cores
# Every cell stays in the page, so that all of it can be looked at.
SETTINGS = {
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none", "scrollPastEnd": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address with the token, and the folder it serves."""

    address: str
    folder: Path

    def progress(self) -> dict[str, Any]:
        """Return what was recorded of the learner."""
        return json.loads((self.folder.parent / "progress.json").read_text("utf-8"))


@contextmanager
def running_lab(folder: Path) -> Iterator[Lab]:
    """Serve copies of both editions from a folder until the block ends."""
    for name in ("notebooks", "solutions"):
        shutil.copytree(ROOT / name, folder / "course" / name)
    for name, settings in SETTINGS.items():
        file = folder / "settings" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings), "utf-8")
    log = folder / "lab.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            _program(folder), stdout=file, stderr=subprocess.STDOUT, env=_environment(folder)
        )
    try:
        yield Lab(_address(log, process), folder / "course")
    finally:
        process.terminate()
        process.wait(30)


def _program(folder: Path) -> list[str]:
    program = [sys.executable, "-m", "tlcourse.cli", "lab", "--no-browser", "--ServerApp.port=0"]
    program += [f"--ServerApp.root_dir={folder / 'course'}", "--expose-app-in-browser"]
    return [*program, "--LabApp.default_url=/lab/tree/notebooks/README.md"]


def _environment(folder: Path) -> dict[str, str]:
    """Return variables that keep the server and its kernels away from the user's own files."""
    own = {
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTER_DATA_DIR": "jupyter",
        "IPYTHONDIR": "ipython",
        "TLCOURSE_CACHE": "cache",
        "TLCOURSE_PROGRESS": "progress.json",
        "KERAS_HOME": "keras",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TLCOURSE_")}
    kept |= {"TLCOURSE_FAST": "1", "PYTHONPATH": str(ROOT)}
    return kept | {name: str(folder / place) for name, place in own.items()}


def _address(log: Path, process: subprocess.Popen) -> str:
    """Wait for the address that the server prints."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+\S*token=\w+", log.read_text("utf-8"))
        if found:
            return found.group()
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text('utf-8')[-3000:]}")
