"""Exercises 6.3 and 6.5: soft targets, and the luck of the best checkpoint."""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, other, right
from tlcourse.recipes.chapter06_stopping import expected_best

SHARE, CLASSES = 0.1, 8
ON, OFF = 1 - SHARE + SHARE / CLASSES, SHARE / CLASSES
FLOOR = float(-(ON * np.log(ON) + (CLASSES - 1) * OFF * np.log(OFF)))
_APART = SHARE / (CLASSES - 1)


def _judge_targets(answer: Any, exercise: Exercise) -> Verdict:
    values = as_numbers(answer, 3)
    if values is None:
        return exercise.unexpected(answer)
    if np.abs(values - (ON, OFF, FLOOR)).max() <= 1e-3 and abs(values[1] - OFF) <= 3e-4:
        return right("A model that reaches this floor says exactly the target, and never 1.")
    targets = values[:2]
    if np.abs(targets - (1 - SHARE, _APART)).max() <= 3e-4:
        return exercise.wrong("spread over the others")
    if np.abs(targets - (1 - SHARE, OFF)).max() <= 3e-4:
        return exercise.wrong("does not sum to one")
    if np.abs(targets - (ON, OFF)).max() <= 3e-4:
        if abs(values[2]) <= 1e-3:
            return exercise.wrong("floor of zero")
        if abs(values[2] - FLOOR / np.log(2)) <= 2e-3:
            return exercise.wrong("bits")
        if abs(values[2] + np.log(ON)) <= 2e-3:
            return exercise.wrong("one term")
        return other("The two targets are right. The floor is the entropy of the target itself.")
    return other("The target sums to 1: one right class, and seven others that are alike.")


SOFT_TARGETS = Exercise(
    id="06.3",
    question=(
        "Label smoothing of 0.1 with 8 classes, as Keras does it. Give the target of the right "
        "class, that of each other class, and the lowest cross-entropy (nats) a model can reach."
    ),
    expects="three numbers: (target of the right class, target of another class, floor in nats)",
    judge=_judge_targets,
    mistakes=(
        Mistake(
            "spread over the others",
            (1 - SHARE, _APART, 0.5),
            "Keras spreads the share over all classes, the right one included.",
        ),
        Mistake(
            "does not sum to one",
            (1 - SHARE, OFF, FLOOR),
            "These targets do not sum to 1: the right class keeps a part of what is spread.",
        ),
        Mistake(
            "floor of zero",
            (ON, OFF, 0.0),
            "The target is not one-hot any more, so its own entropy remains as a loss.",
        ),
        Mistake(
            "bits", (ON, OFF, FLOOR / np.log(2)), "That floor is in bits. Use natural logarithms."
        ),
        Mistake(
            "one term",
            (ON, OFF, float(-np.log(ON))),
            "That counts the right class only. The other seven targets pay, too.",
        ),
    ),
)

TRUE, CHECKPOINTS, PICTURES = 0.65, 10, 40
LUCK = expected_best(TRUE, CHECKPOINTS, PICTURES) - TRUE
_ERROR = float(np.sqrt(TRUE * (1 - TRUE) / PICTURES))
_TOLERANCE = 0.006


def _judge_luck(answer: Any, exercise: Exercise) -> Verdict:
    values = as_numbers([answer], 1)
    if values is None:
        return exercise.unexpected(answer)
    if abs(values[0] - LUCK) <= _TOLERANCE:
        return right("So much of a validation score can be luck, with nothing learned at all.")
    for mistake in exercise.mistakes:
        if abs(values[0] - mistake.example) <= _TOLERANCE:
            return exercise.wrong(mistake.name)
    return other("Simulate it: ten columns of binomial draws, the best of each row, minus 0.65.")


LUCK_OF_THE_BEST = Exercise(
    id="06.5",
    question=(
        "Ten independent checkpoints, all truly 65 % right, are scored on 40 validation pictures. "
        "By how much does the best score exceed 0.65 on average?"
    ),
    expects="one number, a difference of accuracies such as 0.03",
    judge=_judge_luck,
    mistakes=(
        Mistake(
            "unbiased",
            0.0,
            "Each score is unbiased. The largest of ten is not: it was chosen for its luck.",
        ),
        Mistake(
            "one standard error",
            _ERROR,
            "That is the standard error of one score. The best of ten lies further out.",
        ),
        Mistake(
            "an interval",
            1.96 * _ERROR,
            "1.96 standard errors is the end of an interval, not the mean of a maximum.",
        ),
        Mistake(
            "not subtracted",
            LUCK + TRUE,
            "That is the best score itself. How far is it above the true accuracy?",
        ),
        Mistake(
            "swapped",
            expected_best(TRUE, PICTURES, CHECKPOINTS) - TRUE,
            "You have the two numbers swapped: there are ten checkpoints and forty pictures.",
        ),
    ),
)
