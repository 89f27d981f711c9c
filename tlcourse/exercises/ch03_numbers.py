"""Exercises 3.1 and 3.2: answered with numbers.

Right answers and typical wrong ones are computed from the facts that the lesson uses: the
channel means, and the arithmetic of layers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, other, right
from tlcourse.preprocessing import CHANNEL_MEANS_BGR

# 3.1 What VGG16 sees

PIXEL = np.array([10.0, 20.0, 30.0])  # red, green, blue
_BGR = np.array(CHANNEL_MEANS_BGR)
SEEN = PIXEL[::-1] - _BGR
_TOLERANCE = 0.01


def _judge_pixel(answer: Any, exercise: Exercise) -> Verdict:
    values = as_numbers(answer, 3)
    if values is None:
        return exercise.unexpected(answer)
    if np.abs(values - SEEN).max() <= _TOLERANCE:
        return right("Blue first, the mean of each channel subtracted, nothing divided.")
    for mistake in exercise.mistakes:
        if np.abs(values - mistake.example).max() <= _TOLERANCE:
            return exercise.wrong(mistake.name)
    if np.abs(np.sort(values) - np.sort(SEEN)).max() <= _TOLERANCE:
        return other("The three numbers are right, their order is not. Which channel comes first?")
    return other(
        "These are not the numbers. Two steps lead from the pixel to the network: the order of "
        "the channels, then one subtraction for each channel."
    )


WHAT_VGG_SEES = Exercise(
    id="03.1",
    question="One pixel is RGB (10, 20, 30). Which three numbers enter block1_conv1?",
    expects="three numbers in the order the network reads them, such as (1.5, 2.5, 3.5)",
    judge=_judge_pixel,
    mistakes=(
        Mistake(
            "rgb order",
            PIXEL - _BGR[::-1],
            "Right numbers, RGB order: VGG16 wants blue first.",
        ),
        Mistake(
            "divided by 255",
            PIXEL / 255,
            "That is ÷255, another network's contract. VGG16 was trained without any division.",
        ),
        Mistake(
            "minus one to one",
            PIXEL / 127.5 - 1,
            "That is [−1, 1], the contract of other networks. VGG16 subtracts a mean from each "
            "channel.",
        ),
        Mistake(
            "means swapped only",
            PIXEL - _BGR,
            "Means swapped, channels not: the blue mean was subtracted from red. Turn both round.",
        ),
        Mistake(
            "twice",
            SEEN[::-1] - _BGR,
            "Preprocessed twice: the channels were turned round again, and the means subtracted "
            "again.",
        ),
        Mistake(
            "subtracted twice",
            SEEN - _BGR,
            "The means were subtracted twice. Once is what the network was trained on.",
        ),
        Mistake(
            "not preprocessed",
            PIXEL,
            "That is the pixel itself. What does VGG16 do to each channel before its first layer?",
        ),
        Mistake(
            "only reordered",
            PIXEL[::-1],
            "Blue first is right. Now subtract the mean of each channel.",
        ),
    ),
)

# 3.2 Count the head


def dense_weights(inputs: int, outputs: int, *, bias: bool = True) -> int:
    """Return the number of weights of a Dense layer: a kernel and one bias for each output."""
    return inputs * outputs + (outputs if bias else 0)


def _heads(grid: int, *, bias: bool = True, channels: int = 512) -> tuple[int, int]:
    """Return weights of Flatten + Dense 1024 + Dense 8, and of pooling + Dense 8."""
    flat = grid * grid * channels
    classic = dense_weights(flat, 1024, bias=bias) + dense_weights(1024, 8, bias=bias)
    return classic, dense_weights(channels, 8, bias=bias)


def _conv_weights(inputs: int, outputs: int) -> int:
    return 3 * 3 * inputs * outputs + outputs


_VGG_CHANNELS = (3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
BASE_WEIGHTS = sum(map(_conv_weights, _VGG_CHANNELS[:-1], _VGG_CHANNELS[1:]))
COUNTS = _heads(224 // 32)  # five poolings halve the side five times
_ON_PIXELS = (
    dense_weights(224 * 224 * 3, 1024) + dense_weights(1024, 8),
    dense_weights(3, 8),
)


def _is_slip(value: float, slip: int, truth: int) -> bool:
    """Compare with a wrong count; one above a hundred million may be rounded ("154 million")."""
    slack = 0.002 * slip if slip > 1e8 else 0
    return slip != truth and abs(value - slip) <= slack


def _judge_counts(answer: Any, exercise: Exercise) -> Verdict:
    values = as_numbers(answer, 2)
    if values is None:
        return exercise.unexpected(answer)
    if tuple(values) == COUNTS:
        return right(f"The classic head is {COUNTS[0] // COUNTS[1]:,} times larger.")
    if tuple(values) == COUNTS[::-1]:
        return exercise.wrong("swapped")
    wrong = [i for i in (0, 1) if values[i] != COUNTS[i]]
    for i in wrong:
        for mistake in exercise.mistakes:
            if _is_slip(values[i], mistake.example[i], COUNTS[i]):
                return exercise.wrong(mistake.name)
    which = ("first", "second")[wrong[0]]
    return other(
        f"The {which} count is not right{', and neither is the second' if len(wrong) == 2 else ''}."
        f" How many numbers enter the first Dense layer, and what does each output add?"
    )


_AT_96, _NO_BIAS = _heads(96 // 32), _heads(7, bias=False)

COUNT_THE_HEAD = Exercise(
    id="03.2",
    question=(
        "VGG16 at 224 px, 8 classes: how many weights are in Flatten + Dense 1024 + Dense 8, and "
        "how many in pooling + Dense 8?"
    ),
    expects="a pair of whole numbers, (weights of the first head, weights of the second)",
    judge=_judge_counts,
    mistakes=(
        Mistake(
            "biases missing",
            _NO_BIAS,
            "Biases missing: each output of a Dense layer has one weight more than its inputs.",
        ),
        Mistake(
            "96 px",
            (_AT_96[0], COUNTS[1]),
            "That is 96 px. At 224 px the last pooling leaves a larger grid.",
        ),
        Mistake(
            "base included",
            (COUNTS[0] + BASE_WEIGHTS, COUNTS[1] + BASE_WEIGHTS),
            "That includes the frozen base: count only what trains.",
        ),
        Mistake(
            "on pixels",
            _ON_PIXELS,
            "The head sees 7×7×512 numbers, not the picture.",
        ),
        Mistake(
            "swapped",
            COUNTS[::-1],
            "Both counts are right, in the wrong order: Flatten first, then pooling.",
        ),
    ),
)
