"""Exercise 7.5: only some of the classes occur in the target, and the client says so.

The predictions are scored by the sealed box. Balanced accuracy counts each class that occurs
the same, so naming the more frequent one for everything is worth no more than a coin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, describe, other, right

_MARGIN = 0.05


def _classes(answer: Any) -> np.ndarray | None:
    """Return whole numbers (n,), or None."""
    if hasattr(answer, "numpy") and callable(answer.numpy):
        answer = answer.numpy()
    if isinstance(answer, (list, tuple)) and all(isinstance(x, (int, np.integer)) for x in answer):
        answer = np.array(answer)
    if not isinstance(answer, np.ndarray) or answer.ndim != 1 or answer.dtype.kind not in "iu":
        return None
    return answer.astype(np.int64)


def _judge(
    answer: Any,
    exercise: Exercise,
    *,
    sealed: Any,
    present: Sequence[int],
    baseline: float,
    n_unlabeled: int | None = None,
) -> Verdict:
    """Score predictions for a box of target pictures in which only some classes occur.

    Args:
        answer: Predicted class of each test picture, in the order of the box.
        exercise: The exercise.
        sealed: `SealedTarget` of the restricted target.
        present: Classes that occur in it.
        baseline: Balanced accuracy of a model that was aligned to all classes.
        n_unlabeled: Number of unlabeled target pictures, to recognize a mix-up.
    """
    predictions = _classes(answer)
    if predictions is None:
        return exercise.unexpected(answer)
    n = len(sealed.test_features)
    if len(predictions) != n:
        if len(predictions) == n_unlabeled:
            return exercise.wrong("unlabeled pictures")
        return other(f"Received {describe(answer)}. Expected one class for each of {n} pictures.")
    if not np.isin(predictions, list(present)).all():
        elsewhere = int((~np.isin(predictions, list(present))).sum())
        return exercise.wrong("absent classes", f"{elsewhere} of {n} answers cannot be right.")
    accuracy = sealed.score(predictions)
    balanced = sealed.score(predictions, metric="balanced")
    numbers = f"Accuracy {accuracy:.2f}, balanced {balanced:.2f}."
    if len(np.unique(predictions)) == 1:
        return exercise.wrong("one class for all", numbers)
    if balanced <= max(baseline, 1 / len(present)) + _MARGIN:
        return exercise.wrong("no better than chance", numbers)
    return right(f"{numbers} Aligned to all classes it was {baseline:.2f}.")


def _every_class(*, sealed: Any, **_: Any) -> np.ndarray:
    return np.arange(len(sealed.test_features)) % sealed.n_classes


def _one_class(*, sealed: Any, present: Sequence[int], **_: Any) -> np.ndarray:
    return np.full(len(sealed.test_features), present[0])


def _in_turn(*, sealed: Any, present: Sequence[int], **_: Any) -> np.ndarray:
    return np.asarray(present)[np.arange(len(sealed.test_features)) % len(present)]


def _too_many(*, n_unlabeled: int, present: Sequence[int], **_: Any) -> np.ndarray:
    return np.full(n_unlabeled, present[0])


CLIENT = Exercise(
    id="07.5",
    question=(
        "The client says which classes occur in the target. Hand in a prediction for each picture "
        "of the sealed box; its balanced accuracy is what counts."
    ),
    expects="whole numbers, one class for each test picture of the box, in its order",
    judge=_judge,
    materials=("sealed", "present", "baseline"),
    optional={"n_unlabeled": None},
    mistakes=(
        Mistake(
            "absent classes",
            _every_class,
            "The head still gives answers that cannot occur in this target. The client's remark "
            "can be used before the head is trained, or after.",
        ),
        Mistake(
            "one class for all",
            _one_class,
            "One answer for every picture: that has learned which class is more frequent, and "
            "nothing about pictures.",
        ),
        Mistake(
            "no better than chance",
            _in_turn,
            "Only classes that occur, and still no better than a coin. Which source classes did "
            "the method see when it aligned the clouds?",
        ),
        Mistake(
            "unlabeled pictures",
            _too_many,
            "There are as many answers as unlabeled target pictures. Predict the test pictures of "
            "the box, not those you aligned with.",
        ),
    ),
)
