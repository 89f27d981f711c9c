"""The folder a job writes: it appears whole, or not at all, and never over something else."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tlcourse.errors import CourseError
from tlcourse.jobs.interrupts import check, shielded

MODEL, RESULT, REPORT, CARD = "model.keras", "result.json", "report.html", "model_card.md"
PICTURE = "demo.png"
_OURS = {MODEL, RESULT, REPORT, CARD, PICTURE}
_ELSEWHERE = "Choose another folder with --out."


@contextmanager
def new_run(out: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a scratch folder that becomes `out` when the block ends without an error.

    On an error or an interruption the scratch folder is removed and `out` is as before.
    What a killed run left beside `out` is cleared away first.

    Args:
        out: Where the run goes.
        overwrite: Replace an earlier run. Only folders that hold a run are ever replaced.

    Raises:
        CourseError: If `out` exists and may not be replaced, or cannot be written.
    """
    out = _absolute(out)
    scratch = out.with_name(f".{out.name}.part-{secrets.token_hex(4)}")
    made: list[Path] = []
    lock = -1
    try:
        with _refusals(out):
            _clear_leftovers(out)
            check_free(out, overwrite=overwrite)
            made = [p for p in (out.parent, *out.parent.parents) if not p.exists()]
            scratch.mkdir(parents=True)
            lock = _lock(scratch)
        yield scratch
        check()
        with _refusals(out), shielded():
            _swap(scratch, out, overwrite=overwrite)
        made = []
    finally:
        with shielded():
            shutil.rmtree(scratch, ignore_errors=True)
            for parent in made:
                _remove_if_empty(parent)
            if lock >= 0:
                os.close(lock)


def check_free(out: Path, *, overwrite: bool) -> None:
    """Refuse a place that is taken, before any work is done.

    Raises:
        CourseError: See `new_run`.
    """
    if out.is_symlink():
        raise CourseError(
            f"{out} is a symbolic link, which will not be replaced. Name the folder that it leads "
            f"to, or choose another one with --out."
        )
    if not out.exists():
        return
    names = {p.name for p in out.iterdir()} if out.is_dir() else set()
    if out.is_dir() and os.path.ismount(out):
        raise CourseError(
            f"{out} is the top of a disk, which cannot be exchanged for a run. Choose a folder "
            f"inside it with --out, such as {out / 'run'}."
        )
    if out.is_dir() and not names:
        return  # an empty folder is as good as none
    extra = sorted(names - _OURS)
    if RESULT not in names or extra:
        what = f"holds something else ({extra[0]})" if extra else "is not an earlier run"
        raise CourseError(f"{out} exists already and {what}: it will not be replaced. {_ELSEWHERE}")
    if not overwrite:
        raise CourseError(
            f"The run {out} exists already. Choose another folder with --out, or replace it with "
            f"--overwrite."
        )


def check_outside(folder: Path, out: Path) -> None:
    """Refuse a run inside the pictures: the next fit would take it for a class.

    Raises:
        CourseError: If `out` lies in `folder`, also by way of a link.
    """
    inside = Path(os.path.realpath(_absolute(out)))
    if Path(os.path.realpath(_absolute(folder))) in (inside, *inside.parents):
        raise CourseError(
            f"The run {out} would lie inside the pictures in {folder}, where it would look like a "
            f"class. Choose a place outside with --out."
        )


def _absolute(path: str | Path) -> Path:
    try:
        return Path(path).expanduser().absolute()
    except (RuntimeError, OSError) as error:  # no such user, or the current folder is gone
        raise CourseError(
            f"The folder {path} cannot be found from here ({error}). Give a full path."
        ) from error


@contextmanager
def _refusals(out: Path) -> Iterator[None]:
    """Say in words what the system refuses."""
    try:
        yield
    except OSError as error:
        raise CourseError(
            f"The run cannot be written to {out} ({error.strerror or error}). Choose a folder that "
            f"you may write to, with room, with --out."
        ) from error


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


def _lock(folder: Path) -> int:
    """Mark a folder as in use for as long as this process lives; -1 where that is unknown."""
    try:
        import fcntl
    except ImportError:  # Windows
        return -1
    handle = -1
    try:
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # in use by another process, or a file system without locks
        if handle >= 0:
            os.close(handle)
        return -1
    return handle


def _clear_leftovers(out: Path) -> None:
    """Remove scratch folders of killed runs, and give back a run that was being replaced.

    A run that is still working holds the lock on its scratch folder, which stays.
    """
    if not out.parent.is_dir():
        return
    start = f".{out.name}.part-"
    for left in [p for p in out.parent.iterdir() if p.name.startswith(start) and p.is_dir()]:
        if (handle := _lock(left)) < 0:
            continue
        try:
            if left.name.endswith(".old") and not out.exists():
                os.rename(left, out)
            else:
                shutil.rmtree(left, ignore_errors=True)
        finally:
            os.close(handle)


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # somebody uses it by now, or it was never made
        return
