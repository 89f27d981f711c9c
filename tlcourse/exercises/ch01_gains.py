"""Exercises 01.3 and 01.4: make a transfer gain, and find one that is negative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, other, right

_TOLERANCE = 1e-6

# 01.3 The gain of each draw


def _judge_gain(
    answer: Any, exercise: Exercise, *, pretrained: Any, random: Any, scratch: Any
) -> Verdict:
    """Judge the gains.

    Args:
        answer: The learner's array.
        exercise: This exercise.
        pretrained: Accuracy of each draw with pretrained weights, (J,).
        random: The same with random weights.
        scratch: The same for the network from scratch.
    """
    wanted = _gain(pretrained, random)
    single = as_numbers([answer], 1) if np.ndim(answer) == 0 else None
    if single is not None or (np.size(answer) == 1 and as_numbers(np.ravel(answer), 1) is not None):
        return exercise.wrong("one number")
    values = as_numbers(answer, len(wanted))
    if values is None:
        return exercise.unexpected(answer)
    if _close(values, wanted):
        return right(f"{int((wanted > 0).sum())} of {len(wanted)} draws gain.")
    materials = {"pretrained": pretrained, "random": random, "scratch": scratch}
    for mistake in exercise.mistakes:
        example = np.asarray(mistake.example(**materials))
        if example.shape == wanted.shape and _close(values, example):
            return exercise.wrong(mistake.name)
    if _close(values / 100, wanted):
        return other("Those are points. Keep fractions here: 0.05 is five points.")
    return other(
        "These are not the gains. Two accuracies of the same draw meet, and one is taken from the "
        "other."
    )


def _gain(with_transfer: Any, without: Any) -> np.ndarray:
    return np.asarray(with_transfer, float) - np.asarray(without, float)


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.abs(a - b).max() <= _TOLERANCE)


PAIRED_GAIN = Exercise(
    id="01.3",
    question=(
        "Make the transfer gain of each draw from acc_pretrained, acc_random and acc_scratch, "
        "one accuracy for each draw: the weights' own share, everything else equal."
    ),
    expects="an array with one gain for each draw",
    judge=_judge_gain,
    materials=("pretrained", "random", "scratch"),
    mistakes=(
        Mistake(
            "opposite sign",
            lambda pretrained, random, scratch: _gain(random, pretrained),
            "The sign is turned round: positive must mean that transfer helped.",
        ),
        Mistake(
            "quotient",
            lambda pretrained, random, scratch: (
                np.asarray(pretrained, float) / np.maximum(np.asarray(random, float), 1e-12)
            ),
            "A gain is a difference of accuracies, in points, and not a factor.",
        ),
        Mistake(
            "sorted",
            lambda pretrained, random, scratch: _gain(np.sort(pretrained), np.sort(random)),
            "Sorted before subtracting: draw 3 must meet draw 3. The pairing takes the luck of the "
            "draw out.",
        ),
        Mistake(
            "one number",
            lambda pretrained, random, scratch: float(np.mean(_gain(pretrained, random))),
            "That is one number. Keep one for each draw: the mean hides whether all of them agree.",
        ),
        Mistake(
            "scratch as rival",
            lambda pretrained, random, scratch: _gain(pretrained, scratch),
            "That rival has another architecture as well. Which row differs in the weights alone?",
        ),
    ),
)

# 01.4 Find negative transfer

Cell = tuple[str, int, int]


def _judge_cell(
    answer: Any, exercise: Exercise, *, gain_table: Mapping[Cell, Any], rivals: Mapping[Cell, Any]
) -> Verdict:
    """Judge the cell.

    Args:
        answer: (target, block, labels per class), or "none".
        exercise: This exercise.
        gain_table: For each cell the paired gain over the random twin: `difference`, `low`, `high`.
        rivals: For some cells the difference to a rival that is no twin (raw pixels).
    """
    negative = [cell for cell, gain in gain_table.items() if gain.high < 0]
    if isinstance(answer, str) and answer.strip().lower() == "none":
        if negative:
            return exercise.wrong("none")
        return right("Right: no cell of this run has its whole interval below zero.")
    cell = _cell(answer)
    if cell is None:
        return exercise.unexpected(answer)
    if cell not in gain_table:
        targets = ", ".join(dict.fromkeys(target for target, _, _ in gain_table))
        return other(
            f"There is no cell {cell}. Expected a target ({targets}), a block from 1 to 5 and a "
            f"number of labels per class that is in gain_table."
        )
    gain = gain_table[cell]
    numbers = (
        f"Gain {100 * gain.difference:+.1f} points, 95 % interval {100 * gain.low:+.1f} to "
        f"{100 * gain.high:+.1f}."
    )
    if gain.high < 0:
        return right(f"Negative transfer. {numbers}")
    if cell[0] == next(iter(gain_table))[0]:
        return exercise.wrong("nearest target", numbers)
    if gain.difference < 0:
        return exercise.wrong("undecided", numbers)
    if cell in rivals and rivals[cell].high < 0:
        return exercise.wrong("loses to a rival", numbers)
    return exercise.wrong("positive", numbers)


def _cell(answer: Any) -> Cell | None:
    if not isinstance(answer, (tuple, list)) or len(answer) != 3:
        return None
    target, rest = answer[0], as_numbers(list(answer[1:]), 2)
    if not isinstance(target, str) or rest is None or (rest % 1).any():
        return None
    return target.strip().lower(), int(rest[0]), int(rest[1])


def _first(gain_table: Mapping[Cell, Any], wanted: Any) -> Cell:
    """Return the first cell beyond the nearest target for which `wanted` holds."""
    nearest = next(iter(gain_table))[0]
    return next(c for c, g in gain_table.items() if c[0] != nearest and wanted(c, g))


NEGATIVE = Exercise(
    id="01.4",
    question=(
        "Find a cell (target, block, labels per class) of gain_table in which transfer is "
        "negative: the whole interval lies below zero."
    ),
    expects='a triple such as ("emoji", 3, 5), or "none" where no cell is negative',
    judge=_judge_cell,
    materials=("gain_table", "rivals"),
    mistakes=(
        Mistake(
            "undecided",
            lambda gain_table, rivals: _first(
                gain_table, lambda c, g: g.difference < 0 and g.high >= 0
            ),
            "The mean is below zero, but the interval crosses zero: cannot tell.",
        ),
        Mistake(
            "positive",
            lambda gain_table, rivals: _first(
                gain_table,
                lambda c, g: g.difference > 0 and not (c in rivals and rivals[c].high < 0),
            ),
            "Here transfer gains on average. Look where the curve of a target falls below zero.",
        ),
        Mistake(
            "loses to a rival",
            lambda gain_table, rivals: _first(
                gain_table, lambda c, g: g.difference > 0 and c in rivals and rivals[c].high < 0
            ),
            "It loses to raw pixels there. Negative transfer compares with the same network "
            "without the transferred weights.",
        ),
        Mistake(
            "nearest target",
            lambda gain_table, rivals: next(iter(gain_table)),
            "That is the nearest target of the three. Look at the other end.",
        ),
        Mistake(
            "none",
            lambda gain_table, rivals: "none",
            "There is such a cell in this table. Look for an interval whose upper end is negative.",
        ),
    ),
)
