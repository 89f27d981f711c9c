"""Exercise 02.6: enter a representation of your own, and predict its rank."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tlcourse.datasets.dataset import Dataset
from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    as_numbers,
    call,
    describe,
    other,
    right,
)
from tlcourse.recipes import logistic_scores

PROBE = 24  # pictures on which a representation is examined
_SAME = 1e-3

Represent = Callable[[Dataset], np.ndarray]


def _judge(
    answer: Any,
    exercise: Exercise,
    *,
    data: Dataset,
    halves: Sequence[tuple[np.ndarray, np.ndarray]],
    features: Mapping[str, np.ndarray],
    truth: Mapping[str, Any],
) -> Verdict:
    """Judge (name, represent, predicted rank).

    Args:
        answer: The learner's answer.
        exercise: This exercise.
        data: The target.
        halves: Pairs (scoring rows, truth rows).
        features: Candidate → features of the whole target, (n, d).
        truth: Candidate → its accuracy on the halves, with `estimate`.
    """
    parts = _parts(answer, len(features) + 1)
    if parts is None:
        return exercise.unexpected(answer)
    name, represent, predicted = parts
    rows = np.linspace(0, len(data) - 1, min(PROBE, len(data))).astype(int)
    probe = data.subset(rows)
    first = call(represent, probe)
    if first is None or first is ...:
        return NOT_ATTEMPTED
    found = _examine(represent, first, probe, exercise)
    if found is not None:
        return found
    mine = _array(call(represent, data))
    if mine is None or mine.shape[0] != len(data):
        return other("On all pictures your function did not return one row for each.")
    if not (np.ptp(mine, axis=0) > 0).any():
        return exercise.wrong("constant")
    twin = next((n for n, f in features.items() if _same(mine, np.asarray(f))), None)
    if twin is not None:
        return exercise.wrong("existing", f"Yours equals '{twin}'.")
    reached = logistic_scores(name, mine, data.labels, halves)
    rank = 1 + sum(value.estimate > reached.estimate for value in truth.values())
    return right(
        f"{reached}, rank {rank} of {len(truth) + 1}; you predicted {predicted}. A prediction that "
        f"was off is a finding: which property of the target did you misjudge?"
    )


def _parts(answer: Any, ranks: int) -> tuple[str, Represent, int] | None:
    """Return name, function and rank of a complete answer, or None."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 3:
        return None
    name, represent, rank = answer
    number = as_numbers([rank], 1)
    if not isinstance(name, str) or not callable(represent) or number is None:
        return None
    rank = float(number[0])
    return (name, represent, int(rank)) if rank == int(rank) and 1 <= rank <= ranks else None


def _examine(
    represent: Represent, first: Any, probe: Dataset, exercise: Exercise
) -> Verdict | None:
    """Look for what makes a representation dishonest or unusable, on a few pictures."""
    found = _array(first)
    if found is None:
        return other(f"Your function returned {describe(first)}. Expected an array (n, d).")
    n = len(probe)
    if found.ndim != 2 or len(found) != n:
        return exercise.wrong("shape", f"Yours has shape {found.shape} for {n} pictures.")
    if not np.isfinite(found).all():
        return other("Some numbers are NaN or infinite. Find the pictures that cause them.")
    if not _equal(found, _array(call(represent, probe))):
        return exercise.wrong("not repeatable")
    turned = replace(probe, labels=np.roll(probe.labels, n // 3 + 1))
    if not _equal(found, _array(call(represent, turned))):
        return exercise.wrong("labels")
    if not _equal(found[: n // 2], _array(call(represent, probe.subset(np.arange(n // 2))))):
        return exercise.wrong("other pictures")
    return None


def _array(value: Any) -> np.ndarray | None:
    if hasattr(value, "numpy") and callable(value.numpy):
        value = value.numpy()
    if not isinstance(value, (np.ndarray, list, tuple)):
        return None
    array = np.asarray(value)
    return array.astype(np.float64) if array.dtype.kind in "fiub" else None


def _equal(a: np.ndarray, b: np.ndarray | None) -> bool:
    if b is None or a.shape != b.shape:
        return False
    return bool(np.allclose(a, b, rtol=1e-4, atol=1e-5 * max(np.abs(a).max(), 1e-12)))


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    """Tell whether two representations are the same up to shift and scale of each column."""
    if a.shape != b.shape:
        return False
    a, b = (x.astype(np.float64) for x in (a, b))
    a, b = ((x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-9) for x in (a, b))
    return bool(np.abs(np.abs(a) - np.abs(b)).mean() < _SAME)


def thumbnail(data: Dataset, *, side: int = 8) -> np.ndarray:
    """Describe each picture by a small gray copy of itself: a right answer."""
    from tlcourse.recipes.chapter02_pictures import gray_thumbnails

    return gray_thumbnails(data.images, side=side)


def _mistake(represent: Represent) -> Callable[..., Any]:
    """Return an example: a complete answer whose function makes the mistake."""

    def example(**materials: Any) -> tuple[str, Represent, int]:
        return "mine", represent, 1

    return example


def _with_labels(data: Dataset) -> np.ndarray:
    return np.hstack([thumbnail(data), np.eye(data.n_classes)[data.labels]])


def _over_the_batch(data: Dataset) -> np.ndarray:
    rows = thumbnail(data)
    return (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-3)


def _random(data: Dataset) -> np.ndarray:
    return np.random.default_rng().normal(size=(len(data), 8))


def _existing(**materials: Any) -> tuple[str, Represent, int]:
    """Return the first candidate again, shifted and rescaled."""
    row_of = {digest: i for i, digest in enumerate(materials["data"].hashes)}
    known = np.asarray(next(iter(materials["features"].values())))
    return "mine", lambda data: 3 * known[[row_of[digest] for digest in data.hashes]] + 1, 1


ENTER = Exercise(
    id="02.6",
    question="Add a representation of your own, and predict its rank on the far target.",
    expects=(
        "a name, a function from a data set to features (n, d), and the rank that you predict, "
        'such as ("thumbnail", represent, 5)'
    ),
    judge=_judge,
    materials=("data", "halves", "features", "truth"),
    mistakes=(
        Mistake(
            "labels",
            _mistake(_with_labels),
            "The numbers change when the labels are shuffled: the representation has seen the "
            "answers. Use the pictures only.",
        ),
        Mistake(
            "other pictures",
            _mistake(_over_the_batch),
            "A picture's numbers depend on which other pictures are there. Means and scales belong "
            "to the head, which fits them on the scoring half.",
        ),
        Mistake(
            "constant",
            _mistake(lambda data: np.ones((len(data), 4))),
            "Every picture gets the same numbers, so there is no information. Print a few rows, "
            "and check the preprocessing.",
        ),
        Mistake(
            "existing",
            _existing,
            "That is one of the candidates, shifted or rescaled. The head standardizes, so it is "
            "no new one.",
        ),
        Mistake(
            "not repeatable",
            _mistake(_random),
            "Two calls gave different numbers for the same pictures. Fix the seed inside the "
            "function.",
        ),
        Mistake(
            "shape",
            _mistake(lambda data: data.images / 255),
            "Expected one row of numbers for each picture. Flatten or average what you have.",
        ),
    ),
)
