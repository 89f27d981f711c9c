"""A kernel of this very Python, and a watch on the memory it takes.

A kernelspec named "python3" may be missing, or may belong to another environment
(conda's base kernel is the usual case); either would run the course with the wrong
packages. So the kernelspec is written afresh and no other is looked at.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.utils import run_sync

from tlcourse.paths import is_clone

MIB = 2**20
_SAMPLE_SECONDS = 0.1


class Kernel(AsyncKernelManager):
    """A kernel manager that remembers its client, so that both can be closed at the end."""

    opened: Any = None

    def client(self, **kwargs: Any) -> Any:
        """Return a client, as the parent class does."""
        self.opened = super().client(**kwargs)
        return self.opened

    def close(self) -> None:
        """Stop the client's threads and the kernel process, dead or alive."""
        if self.opened is not None:
            self.opened.stop_channels()
        if self.has_kernel:
            run_sync(self.shutdown_kernel)(now=True)


def kernel_manager(scratch: Path, *, fast: bool) -> Kernel:
    """Return a kernel manager that knows one kernelspec: the Python that runs this line.

    Args:
        scratch: An existing folder for the kernelspec; it must outlive the kernel.
        fast: Sets `TLCOURSE_FAST` for the kernel to 1 or 0.
    """
    environment = {
        "TLCOURSE_FAST": "1" if fast else "0",
        "TLCOURSE_PROGRESS": "off",  # answers that a machine ran are not the learner's
        "MPLBACKEND": os.environ.get("MPLBACKEND", "module://matplotlib_inline.backend_inline"),
    }
    if is_clone():  # the package need not be installed to run a clone's notebooks
        paths = [str(Path(__file__).resolve().parent.parent), os.environ.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    launch = [sys.executable, "-m", "ipykernel_launcher", "--log-level=ERROR"]
    spec = {
        "argv": [*launch, "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
        "env": environment,
    }
    folder = scratch / "kernels" / "python3"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    specs = KernelSpecManager(kernel_dirs=[str(folder.parent)], ensure_native_kernel=False)
    return Kernel(kernel_name="python3", kernel_spec_manager=specs)


class MemoryWatch:
    """Sample the resident memory of the kernel's process tree in a background thread.

    Use as a context manager; `peak_mb` (MiB) holds the largest sum seen so far.
    Memory that processes share is counted once per process.
    """

    def __init__(self, manager: Kernel) -> None:
        self.peak_mb = 0.0
        self._manager = manager
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(_SAMPLE_SECONDS):
            pid = getattr(self._manager.provisioner, "pid", None)
            if pid is None:
                continue
            try:
                kernel = psutil.Process(pid)
                tree = [kernel, *kernel.children(recursive=True)]
            except psutil.Error:
                continue  # not started yet, or gone
            self.peak_mb = max(self.peak_mb, sum(map(_resident, tree)) / MIB)


def _resident(process: Any) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0
