"""Run a notebook with nbval and with papermill, without a network, at most two at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from tlcourse.execute import run_notebook

ROOT = Path(__file__).resolve().parents[2]
FAST = os.environ.get("TLCOURSE_TEST_MODE", "fast") != "normal"
CELL_SECONDS = 300 if FAST else 900  # a loaded two-core machine may take five times our limits
SLOTS = 2  # a kernel needs about 700 MB before it computes anything
UNREACHABLE = "http://127.0.0.1:9"  # the discard port: a download fails at once, not at a timeout


@dataclass(frozen=True)
class Outcome:
    """How a run ended and what the tool said."""

    ok: bool
    report: str
    seconds: float
    peak_mb: float = 0.0


def guarded_environment(cache: Path) -> dict[str, str]:
    """Return the variables for a run without network and with its own cache folder.

    Worked answers that are not accepted raise, instead of printing a hint.
    """
    proxies = ("http_proxy", "https_proxy", "all_proxy")
    environment = dict.fromkeys([*proxies, *map(str.upper, proxies)], UNREACHABLE)
    local = "localhost,127.0.0.1"
    if FAST:  # two kernels side by side on two cores: one thread each wastes least
        threads = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
        environment |= dict.fromkeys(threads, "1")
    return environment | {
        "no_proxy": local,
        "NO_PROXY": local,
        "HF_HUB_OFFLINE": "1",
        "TLCOURSE_CACHE": str(cache / "tlcourse"),
        "TLCOURSE_PROGRESS": str(cache / "progress.json"),
        "KERAS_HOME": str(cache / "keras"),
        "TLCOURSE_FAST": "1" if FAST else "0",
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]),
        ),
    }


@contextmanager
def kernel_slot() -> Iterator[None]:
    """Wait until fewer than two notebooks run on this machine, whichever process runs them."""
    folder = Path(tempfile.gettempdir())
    locks = [FileLock(folder / f"tlcourse-kernel-slot-{number}.lock") for number in range(SLOTS)]
    while True:
        for lock in locks:
            try:
                lock.acquire(blocking=False)
            except Timeout:
                continue
            try:
                yield
            finally:
                lock.release()
            return
        time.sleep(0.2)


def with_papermill(path: Path, out: Path, *, cell_seconds: float = CELL_SECONDS) -> Outcome:
    """Run a notebook through `tlcourse.execute`; the caller sets the environment."""
    with kernel_slot():
        run = run_notebook(path, out_dir=out, fast=FAST, timeout=cell_seconds)
    return Outcome(run.ok, str(run.error or ""), run.seconds, run.peak_mb)


def with_nbval(path: Path, out: Path, *, cell_seconds: float = CELL_SECONDS) -> Outcome:
    """Run a notebook with nbval in a process of its own, away from this suite's settings."""
    out.mkdir(parents=True, exist_ok=True)
    settings = out / "pytest.ini"
    settings.write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-c", str(settings), "--rootdir", str(path.parent)]
    command += ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", "-q"]
    command += ["--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={cell_seconds}"]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")
    }
    started = time.perf_counter()
    with kernel_slot():
        done = subprocess.run(
            [*command, str(path)],
            cwd=path.parent,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    seconds = time.perf_counter() - started
    return Outcome(done.returncode == 0, done.stdout + done.stderr, seconds)
