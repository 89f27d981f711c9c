"""Exercise 9.3: forget when, keep at which pitch. Answered with a function."""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    call,
    describe,
    other,
    right,
)

MAPS = np.random.default_rng(9).random((3, 4, 6, 5))  # clips, frequency, time, channels
_N, _F, _T, _C = MAPS.shape


def worked(maps: np.ndarray) -> np.ndarray:
    """Take the maximum over time, and join frequency and channels."""
    return maps.max(axis=2).reshape(len(maps), -1)


def _as_array(value: Any) -> np.ndarray | None:
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return None
    return array if array.ndim and np.isfinite(array).all() else None


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    given = call(answer, MAPS.copy())
    if given is None or given is ...:
        return NOT_ATTEMPTED
    out = _as_array(given)
    if out is None:
        return other(f"It returned {describe(given)}. Expected {exercise.expects}.")
    if out.shape == (_N, _C):
        return exercise.wrong("both")
    if out.shape in ((_N, _T, _C), (_N, _T * _C)):
        return exercise.wrong("wrong axis")
    if out.shape in ((_N, _F, _T), (_N, _F * _T)):
        return exercise.wrong("channels")
    if out.shape == (_N, _F, _C):
        return exercise.wrong("rank three")
    if out.shape == (_N, _F * _T * _C):
        return exercise.wrong("nothing forgotten")
    if out.shape != (_N, _F * _C):
        return other(f"The result has shape {out.shape}. Expected one row for each of {_N} clips.")
    later, higher = (_as_array(call(answer, np.roll(MAPS, 2, axis=axis))) for axis in (2, 1))
    if later is None or higher is None or later.shape != out.shape or higher.shape != out.shape:
        return other("The same function gave another kind of result for another input.")
    if not np.allclose(later, out):
        return other("A word two steps later gives other features, so 'when' is not forgotten yet.")
    if np.allclose(higher, out):
        return other("A sound two rows higher gives the same features: the pitch is lost.")
    if not _each_clip_alone(answer, out):
        return other("The features of a clip depend on the other clips. Pool within each clip.")
    return right("A detector counts wherever in the word it fires, and at its own pitch.")


def _each_clip_alone(answer: Any, out: np.ndarray) -> bool:
    single = _as_array(call(answer, MAPS[1:2].copy()))
    return (
        single is not None and single.shape == (1, out.shape[1]) and np.allclose(single, out[1:2])
    )


POOL_THE_RIGHT_AXIS = Exercise(
    id="09.3",
    question=(
        "Write pool(A) for A of shape (clips, frequency, time, channels): forget when, keep at "
        "which pitch."
    ),
    expects="a function that returns an array (clips, frequency x channels)",
    judge=_judge,
    mistakes=(
        Mistake(
            "both",
            lambda maps: maps.mean((1, 2)),
            "That is global pooling: it forgets the pitch as well. Where is its dot?",
        ),
        Mistake(
            "wrong axis",
            lambda maps: maps.max(axis=1).reshape(len(maps), -1),
            "You kept the when and forgot the pitch. Which axis holds frequency?",
        ),
        Mistake(
            "channels",
            lambda maps: maps.mean(axis=3),
            "Channels are the detectors; mixed together they say nothing. Leave that axis alone.",
        ),
        Mistake(
            "rank three",
            lambda maps: maps.max(axis=2),
            "The right axis is gone. A linear head wants one row for each clip: join what is left.",
        ),
        Mistake(
            "nothing forgotten",
            lambda maps: maps.reshape(len(maps), -1),
            "That only flattens: every position is kept, and a later word is another vector.",
        ),
    ),
)
