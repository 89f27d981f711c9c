"""The folder a job writes: it appears whole, or not at all, and never over something else."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tlcourse.errors import CourseError

MODEL, RESULT, REPORT, CARD = "model.keras", "result.json", "report.html", "model_card.md"
_OURS = {MODEL, RESULT, REPORT, CARD}


@contextmanager
def new_run(out: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a scratch folder that becomes `out` when the block ends without an error.

    On an error or an interruption the scratch folder is removed and `out` is as before.

    Args:
        out: Where the run goes.
        overwrite: Replace an earlier run. Only folders that hold a run are ever replaced.

    Raises:
        CourseError: If `out` exists and may not be replaced, or cannot be written.
    """
    out = Path(out).expanduser().absolute()
    check_free(out, overwrite=overwrite)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{out.name}.part-", dir=out.parent))
    except OSError as error:
        raise CourseError(
            f"The run cannot be written to {out} ({error.strerror}). Choose a folder that you may "
            f"write to with --out."
        ) from error
    try:
        with _terminable():
            yield scratch
            scratch.chmod(0o755)
            _swap(scratch, out, overwrite=overwrite)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def check_free(out: Path, *, overwrite: bool) -> None:
    """Refuse a place that is taken, before any work is done.

    Raises:
        CourseError: See `new_run`.
    """
    if not out.exists() and not out.is_symlink():
        return
    is_run = out.is_dir() and (out / RESULT).is_file()
    extra = sorted(p.name for p in out.iterdir() if p.name not in _OURS) if out.is_dir() else []
    if out.is_dir() and not extra and not is_run and not any(out.iterdir()):
        return  # an empty folder is as good as none
    if not is_run or extra:
        what = f"holds something else ({extra[0]})" if extra else "is not an earlier run"
        raise CourseError(
            f"{out} exists already and {what}, so it will not be replaced. Choose another folder "
            f"with --out."
        )
    if not overwrite:
        raise CourseError(
            f"The run {out} exists already. Choose another folder with --out, or replace it with "
            f"--overwrite."
        )


def _swap(scratch: Path, out: Path, *, overwrite: bool) -> None:
    check_free(out, overwrite=overwrite)
    if not out.exists():
        os.rename(scratch, out)
        return
    old = scratch.with_name(scratch.name + ".old")
    os.rename(out, old)
    try:
        os.rename(scratch, out)
    except OSError:
        os.rename(old, out)
        raise
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let a polite kill (SIGTERM) clean up like Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(signum: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
