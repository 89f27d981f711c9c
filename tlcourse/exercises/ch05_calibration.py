"""Exercise 5.5: is it miscalibrated? Two numbers and the verdict that follows from them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.evaluation.calibration import calibration, temperature
from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, other, right

_ECE, _NULL = 0.005, 0.02  # tolerances
_VERDICTS = ("miscalibrated", "cannot tell")
_FULL, _SMALL = 0.3, 0.02


def _judge(answer: Any, exercise: Exercise, *, probabilities: Any, labels: Any) -> Verdict:
    """Judge ECE, its yardstick and the verdict.

    Args:
        answer: {"ece": ..., "null_95": ..., "verdict": ...}.
        exercise: This exercise.
        probabilities: Test probabilities of the lesson, (n, C).
        labels: True classes, int (n,).
    """
    read = _read(answer)
    if read is None:
        return exercise.unexpected(answer)
    ece, null_95, verdict = read
    P, y = np.asarray(probabilities, float), np.asarray(labels)
    truth = calibration(P, y)
    found = _judge_ece(ece, truth.ece, P, y, exercise) or _judge_null(null_95, truth, exercise)
    if found is not None:
        return found
    if verdict == "calibrated":
        return exercise.wrong("calibrated")
    if verdict != truth.verdict:
        return exercise.wrong("verdict")
    return right(truth.note)


def _read(answer: Any) -> tuple[float, float, str] | None:
    if not isinstance(answer, dict) or set(answer) != {"ece", "null_95", "verdict"}:
        return None
    numbers = as_numbers([answer["ece"], answer["null_95"]], 2)
    verdict = answer["verdict"]
    if numbers is None or not isinstance(verdict, str):
        return None
    word = " ".join(verdict.lower().replace("_", " ").split()).rstrip(".")
    return (*map(float, numbers), word) if word in (*_VERDICTS, "calibrated") else None


def _judge_ece(
    ece: float, truth: float, P: np.ndarray, y: np.ndarray, exercise: Exercise
) -> Verdict | None:
    if abs(ece - truth) <= _ECE:
        return None
    if abs(ece - _cooled(P, y)) <= _ECE:
        return exercise.wrong("temperature on test")
    if abs(ece - _of_class(P, y)) <= _ECE:
        return exercise.wrong("first class")
    if abs(ece - 100 * truth) <= 100 * _ECE:
        return other("ECE is a share from 0 to 1 here, not percent.")
    return other(
        "The ECE is not that of the stored probabilities. Section 12 computes it with one call, "
        "with 15 bins."
    )


def _judge_null(null: float, truth: Any, exercise: Exercise) -> Verdict | None:
    if abs(null - truth.null_95) <= _NULL and abs(null - truth.null_95) <= abs(
        null - truth.null_mean
    ):
        return None
    if null < _SMALL:
        return exercise.wrong("zero")
    if null > _FULL:
        return exercise.wrong("permuted")
    if abs(null - truth.null_mean) <= _NULL:
        return exercise.wrong("mean")
    return other(
        "The yardstick is not the 95th percentile of ECE in a calibrated world. Which of the "
        "numbers of tl.evaluation.calibration is it?"
    )


def _cooled(P: np.ndarray, y: np.ndarray) -> float:
    """Return ECE after a temperature that was fitted on these same items."""
    return calibration(temperature(P, y).apply(P), y, draws=1).ece


def _of_class(P: np.ndarray, y: np.ndarray) -> float:
    """Return ECE of the probability of class 0, in place of that of the answer."""
    return calibration(np.stack([P[:, 0], 1 - P[:, 0]], axis=1), (y != 0).astype(int), draws=1).ece


def worked(*, probabilities: Any, labels: Any) -> dict[str, Any]:
    """Return the right answer."""
    found = calibration(probabilities, labels)
    return {"ece": found.ece, "null_95": found.null_95, "verdict": found.verdict}


def _with(change: Any) -> Any:
    """Return a maker of answers that are right but for what `change` returns."""

    def answer(*, probabilities: Any, labels: Any) -> dict[str, Any]:
        P, y = np.asarray(probabilities, float), np.asarray(labels)
        good = worked(probabilities=P, labels=y)
        return {**good, **change(P, y, good)}

    return answer


def _permuted(P: np.ndarray, y: np.ndarray, good: dict[str, Any]) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    worlds = [calibration(P, rng.permutation(y), draws=1).ece for _ in range(50)]
    return {"null_95": float(np.percentile(worlds, 95))}


def _other_verdict(P: np.ndarray, y: np.ndarray, good: dict[str, Any]) -> dict[str, Any]:
    return {"verdict": next(word for word in _VERDICTS if word != good["verdict"])}


MISCALIBRATED = Exercise(
    id="05.5",
    question=(
        "For the stored test probabilities report the ECE, the 95th percentile of ECE in a "
        "calibrated world, and your verdict."
    ),
    expects=(
        'a dictionary {"ece": number, "null_95": number, "verdict": word}, the word one of '
        "'miscalibrated' and 'cannot tell'"
    ),
    judge=_judge,
    materials=("probabilities", "labels"),
    mistakes=(
        Mistake(
            "zero",
            _with(lambda P, y, good: {"null_95": 0.0}),
            "You compare with zero, which even a perfect model does not reach with few pictures.",
        ),
        Mistake(
            "permuted",
            _with(_permuted),
            "That yardstick comes from permuted labels. Draw each label from that picture's own "
            "probabilities.",
        ),
        Mistake(
            "mean",
            _with(lambda P, y, good: {"null_95": calibration(P, y).null_mean}),
            "That is the average of the calibrated world. Half of all perfect models fail it.",
        ),
        Mistake(
            "temperature on test",
            _with(lambda P, y, good: {"ece": _cooled(P, y)}),
            "That is the ECE after a temperature fitted on the test part. Temperature belongs to "
            "validation.",
        ),
        Mistake(
            "first class",
            _with(lambda P, y, good: {"ece": _of_class(P, y)}),
            "That is the ECE of the first class. Confidence is the largest probability of each "
            "row.",
        ),
        Mistake(
            "calibrated",
            _with(lambda P, y, good: {"verdict": "calibrated"}),
            "No test of this kind can show that a model is calibrated. Which of the two words "
            "says what it can show?",
        ),
        Mistake(
            "verdict",
            _with(_other_verdict),
            "The two numbers are right, the verdict does not follow from them. Compare the one "
            "with the other.",
        ),
    ),
)
