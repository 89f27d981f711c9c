"""Exercise 9.4: a split that supports a claim about new speakers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, other, right

_LEAST, _MOST, _FEWEST_VOICES = 0.25, 0.5, 4


def _rows(part: Any, n: int) -> np.ndarray | None:
    """Return row numbers from a list or array of them, or from a mask of length n."""
    try:
        array = np.asarray(part)
    except (TypeError, ValueError):
        return None
    if array.ndim != 1 or len(array) == 0:
        return None
    if array.dtype == bool:
        return np.flatnonzero(array) if len(array) == n else None
    if array.dtype.kind not in "iu" or array.min() < 0 or array.max() >= n:
        return None
    return array.astype(np.int64)


def _judge(answer: Any, exercise: Exercise, *, data: Any) -> Verdict:
    """Judge (train, test) rows of clips whose groups are voices and ids end in the rate."""
    parts = list(answer) if isinstance(answer, (list, tuple)) and len(answer) == 2 else []
    rows = [_rows(part, len(data)) for part in parts]
    if not rows or any(part is None for part in rows):
        return exercise.unexpected(answer)
    train, test = rows
    if len(np.unique(train)) < len(train) or len(np.unique(test)) < len(test):
        return other("Some clip is in a part twice. Each row belongs to one part, once.")
    if len(np.intersect1d(train, test)):
        return exercise.wrong("same clips")
    classes = set(range(data.n_classes))
    if set(data.labels[test].tolist()) != classes or set(data.labels[train].tolist()) != classes:
        return exercise.wrong("by digit")
    voices = [set(data.groups[part].tolist()) for part in rows]
    if voices[0] & voices[1]:
        takes = [{data.ids[i].rsplit("_", 1)[-1] for i in part} for part in rows]
        return exercise.wrong("random" if takes[0] & takes[1] else "by take")
    if len(voices[1]) < _FEWEST_VOICES:
        return exercise.wrong("few voices")
    share = len(test) / (len(train) + len(test))
    if not _LEAST <= share <= _MOST:
        return other(
            f"The test part holds {share:.0%} of the clips. Expected a quarter to a half: enough "
            f"to learn from, and enough to measure."
        )
    if len(train) + len(test) < 0.9 * len(data):
        return exercise.wrong("thrown away")
    return right(f"{len(voices[1])} voices that training has never heard: a claim about new ones.")


def worked(data: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return training and test rows with the last voices held out."""
    names = np.unique(data.groups)
    aside = np.isin(data.groups, names[-max(_FEWEST_VOICES, len(names) // 4) :])
    return np.flatnonzero(~aside), np.flatnonzero(aside)


def _cut(order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    end = int(0.7 * len(order))
    return order[:end], order[end:]


def _random(data: Any) -> tuple[np.ndarray, np.ndarray]:
    return _cut(np.random.default_rng(0).permutation(len(data)))


def _by_take(data: Any) -> tuple[np.ndarray, np.ndarray]:
    takes = np.array([name.rsplit("_", 1)[-1] for name in data.ids])
    aside = takes == np.unique(takes)[-1]
    return np.flatnonzero(~aside), np.flatnonzero(aside)


def _by_digit(data: Any) -> tuple[np.ndarray, np.ndarray]:
    return _cut(np.argsort(data.labels, kind="stable"))


def _one_voice(data: Any) -> tuple[np.ndarray, np.ndarray]:
    aside = data.groups == np.unique(data.groups)[0]
    return np.flatnonzero(~aside), np.flatnonzero(aside)


def _same_clips(data: Any) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(len(data)), worked(data)[1]


def _wasteful(data: Any) -> tuple[np.ndarray, np.ndarray]:
    train, test = worked(data)
    return train[::3], test[::3]


DEFEND_THE_SPLIT = Exercise(
    id="09.4",
    question=(
        "Split the clips for a claim about new speakers. data.groups holds the voice, data.labels "
        "the digit, data.ids ends in the take. Return rows to train on and rows to test on."
    ),
    expects="a pair (train, test) of row numbers, each a list or an array of whole numbers",
    judge=_judge,
    materials=("data",),
    mistakes=(
        Mistake(
            "random",
            _random,
            "The same voices stand on both sides: such a score measures memory. What will be new?",
        ),
        Mistake(
            "by take",
            _by_take,
            "The same voice, faster, is still the same voice. Takes do not tell speakers apart.",
        ),
        Mistake(
            "by digit",
            _by_digit,
            "One part lacks some digits altogether. The rows were in an order before you cut them.",
        ),
        Mistake(
            "few voices",
            _one_voice,
            "Valid, but nearly blind: with so few test voices nothing is known about the next one.",
        ),
        Mistake(
            "same clips",
            _same_clips,
            "Some clips are in both parts. The test part must be taken out of the training part.",
        ),
        Mistake(
            "thrown away",
            _wasteful,
            "The voices are apart, and most clips are in no part at all. Use what you have.",
        ),
    ),
)
