"""The learner's record: one JSON file, written whole under a lock, never sent anywhere.

    {"format": 1,
     "exercises": {"03.1": "2026-03-14"},
     "quiz": {"03": {"5f2a...": {"tries": 2, "first": false, "right": true}}}}

An exercise is there with the day of its first right answer. A question of a quiz is known by
a hash of its words, so that a reworded or moved question is not taken for another one.
A record that cannot be written is no reason to stop a lesson: nothing here raises.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platformdirs import user_data_dir

from tlcourse.files import write_whole

VARIABLE = "TLCOURSE_PROGRESS"
_FORMAT, _OFF, _PATIENCE = 1, ("off", "0"), 2.0  # patience: seconds to wait for another kernel

State = dict[str, Any]


def progress_file() -> Path | None:
    """Return where the record is kept; None where the learner wants none.

    `TLCOURSE_PROGRESS` names another file, or says "off". The default is a file in the
    user's data folder for this platform.
    """
    chosen = os.environ.get(VARIABLE, "")
    if chosen.lower() in _OFF:
        return None
    return Path(chosen).expanduser() if chosen else Path(user_data_dir("tlcourse"), "progress.json")


def question_key(text: str) -> str:
    """Return the name of a question in the record."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def record_exercise(exercise: str) -> None:
    """Note a right answer, unless a worked copy of the chapter gave it."""
    if not _is_worked_copy():
        today = time.strftime("%Y-%m-%d")
        change_record(lambda state: state["exercises"].setdefault(exercise, today))


def record_answer(chapter: str, question: str, *, right: bool) -> None:
    """Note an answer to a question of a quiz; the first one is kept beside the last."""

    def change(state: State) -> None:
        answers = state["quiz"].setdefault(chapter, {})
        old = answers.get(question_key(question), {"tries": 0, "first": right})
        new = {"tries": old["tries"] + 1, "first": old["first"], "right": right}
        answers[question_key(question)] = new

    change_record(change)


def change_record(change: Callable[[State], object]) -> tuple[State, str]:
    """Read the record, change it and write it whole, while no other kernel does.

    Args:
        change: Changes the state in place.

    Returns:
        The state, and why it could not be written ("" when it was).
    """
    path, state = progress_file(), _empty()
    if path is None:
        return state, f"{VARIABLE} is set to '{os.environ[VARIABLE]}'"
    try:
        with _locked(path):
            state = _read_or_begin(path)
            change(state)
            write_whole(path, (json.dumps(state, indent=1, sort_keys=True) + "\n").encode())
    except _NewerFormatError:
        return state, f"{path} was written by a newer version of the course"
    except _BusyError:
        return _peek(path), f"{path} is locked by another program"
    except (OSError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or error
        return _peek(path), f"{path} cannot be written ({reason})"
    return state, ""


def reset() -> Path | None:
    """Forget everything; return the removed file, or None if there was none.

    Raises:
        OSError: If the file is there and cannot be removed.
    """
    path = progress_file()
    if path is None or not path.exists():
        return None
    with _locked(path):
        path.unlink()
    return path


class _NewerFormatError(Exception):
    """The file has a format that this version does not know."""


class _BusyError(OSError):
    """Somebody else holds the lock."""


def _empty() -> State:
    return {"format": _FORMAT, "exercises": {}, "quiz": {}}


def _is_worked_copy() -> bool:
    """Tell whether a notebook of worked answers runs this: its answers are not the learner's.

    Jupyter tells a kernel the path of its notebook.
    """
    return Path(os.environ.get("JPY_SESSION_NAME", "")).parent.name == "solutions"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_name(f"{path.name}.lock"), timeout=_PATIENCE)
    try:
        lock.acquire()
    except Timeout as error:
        raise _BusyError(str(error)) from error
    try:
        yield
    finally:
        lock.release()


def _read(path: Path) -> State:
    """Return the state in a file; a new one where there is no file.

    Raises:
        ValueError: If the file is damaged.
    """
    try:
        state = json.loads(path.read_bytes())
        if not isinstance(state["format"], int):
            raise ValueError("format")
        if state["format"] > _FORMAT:
            raise _NewerFormatError
        _check(state)
    except FileNotFoundError:
        return _empty()
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return state


def _peek(path: Path) -> State:
    """Return what can be read without writing anything."""
    try:
        return _read(path)
    except (OSError, ValueError, _NewerFormatError):
        return _empty()


def _read_or_begin(path: Path) -> State:
    """Return the state; a damaged file is put aside with a warning, and a new one begins."""
    try:
        return _read(path)
    except ValueError:
        backup = _put_aside(path)
    warnings.warn(
        f"Your progress in {path} could not be read: the file is damaged. It was kept as "
        f"{backup.name}, and a new record begins. Nothing else is affected.",
        stacklevel=2,
    )
    return _empty()


def _check(state: State) -> None:
    """Raise if the state is not what this module writes."""
    if not all(isinstance(day, str) for day in state["exercises"].values()):
        raise ValueError("exercises")
    for answers in state["quiz"].values():
        for answer in answers.values():
            if not all(isinstance(answer[key], int) for key in ("tries", "first", "right")):
                raise ValueError("quiz")


def _put_aside(path: Path) -> Path:
    """Rename a damaged file beside itself; never over an earlier one."""
    stamp, number = time.strftime("%Y%m%d-%H%M%S"), 0
    while (backup := path.with_name(f"{path.stem}-damaged-{stamp}-{number}.json")).exists():
        number += 1
    path.rename(backup)
    return backup
