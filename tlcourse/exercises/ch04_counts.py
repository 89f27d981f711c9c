"""Exercises 4.1 and 4.5: what trains, and when BatchNorm's moving averages move."""

from __future__ import annotations

from typing import Any

from tlcourse.exercises.ch03_numbers import BASE_WEIGHTS
from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, other, right

# 4.1 Count what trains

_CHANNELS, _CONVOLUTIONS, EMOJI_CLASSES = 512, 3, 8


def counts(n_classes: int) -> dict[str, int]:
    """Return the right count and the usual wrong ones."""
    kernels = _CONVOLUTIONS * 3 * 3 * _CHANNELS * _CHANNELS
    block = kernels + _CONVOLUTIONS * _CHANNELS
    head = _CHANNELS * n_classes + n_classes
    return {
        "right": block + head,
        "only the head": head,
        "no head": block,
        "no biases": kernels + _CHANNELS * n_classes,
        "whole base": BASE_WEIGHTS + head,
    }


def _judge_count(answer: Any, exercise: Exercise, *, n_classes: int) -> Verdict:
    values = as_numbers(answer if isinstance(answer, (list, tuple)) else [answer], 1)
    if values is None:
        return exercise.unexpected(answer)
    table = counts(n_classes)
    if values[0] == table["right"]:
        return right(f"{table['right'] / BASE_WEIGHTS:.0%} of the size of the whole base.")
    for mistake in exercise.mistakes:
        if values[0] == table[mistake.name]:
            return exercise.wrong(mistake.name)
    return other(
        "Three convolutions of 3 by 3 lead from 512 channels to 512, and the head reads 512 "
        "numbers. Count kernels and biases of each."
    )


_EMOJI = counts(EMOJI_CLASSES)

WHAT_TRAINS = Exercise(
    id="04.1",
    question=(
        "Block 5 and a Dense head on pooled block-5 features train. How many weights, biases "
        "included, is that?"
    ),
    expects="one whole number",
    judge=_judge_count,
    optional={"n_classes": EMOJI_CLASSES},
    mistakes=(
        Mistake(
            "only the head",
            _EMOJI["only the head"],
            "That is the head alone. The plan also trains block 5.",
        ),
        Mistake("no head", _EMOJI["no head"], "That is block 5 without your head."),
        Mistake(
            "no biases",
            _EMOJI["no biases"],
            "Kernels only. Biases train too: one for each output of a layer.",
        ),
        Mistake(
            "whole base",
            _EMOJI["whole base"],
            "That includes all of VGG16. Print the plan: four of its blocks are frozen.",
        ),
    ),
)

# 4.5 When the moving averages move

MOVES = frozenset({(True, True)})
EVERY = frozenset((a, b) for a in (True, False) for b in (True, False))


def _pairs(answer: Any) -> frozenset[tuple[bool, bool]] | None:
    if not isinstance(answer, (set, frozenset, list, tuple)):
        return None
    found = set()
    for pair in answer:
        if not isinstance(pair, tuple) or len(pair) != 2:
            return None
        if not all(isinstance(part, bool) for part in pair):
            return None
        found.add(pair)
    return frozenset(found)


def _judge_moves(answer: Any, exercise: Exercise) -> Verdict:
    pairs = _pairs(answer)
    if pairs is None:
        return exercise.unexpected(answer)
    if pairs == MOVES:
        return right("A layer that trains, called in training mode. Nothing else moves them.")
    if pairs == EVERY:
        return exercise.wrong("all")
    if (False, True) in pairs:
        return exercise.wrong("frozen moves")
    if (True, False) in pairs:
        return exercise.wrong("inference moves")
    return exercise.wrong("neither")


MOVING_AVERAGES = Exercise(
    id="04.5",
    question=(
        "For which pairs (layer.trainable, training=) does a call of a BatchNorm layer move its "
        "moving mean and variance?"
    ),
    expects="a set of pairs of True and False, such as {(False, False), (True, False)}",
    judge=_judge_moves,
    mistakes=(
        Mistake(
            "frozen moves",
            {(True, True), (False, True)},
            "That was so in the first TensorFlow. In Keras a frozen BatchNorm runs in inference "
            "mode, whatever it is called with.",
        ),
        Mistake(
            "inference moves",
            {(True, True), (True, False)},
            "The scale and the shift can train there, but a call in inference mode does not "
            "update the averages.",
        ),
        Mistake(
            "all", set(EVERY), "All four? Run the one-layer cell and compare before and after."
        ),
        Mistake(
            "neither",
            {(False, False)},
            "That layer is frozen and not in training. How would it ever get its averages?",
        ),
    ),
)
