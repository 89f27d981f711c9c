"""Exercises 01.1 and 01.2: name four experiments, and count what is trained."""

from __future__ import annotations

import numbers
from itertools import pairwise
from typing import Any

from tlcourse.exercises.ch03_numbers import BASE_WEIGHTS, dense_weights
from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, other, right

# 01.1 Name the four experiments

FOUR = {"A": "traditional", "B": "scratch", "C": "multitask", "D": "transfer"}
_SIGNS = {
    "traditional": ("tradition", "classic", "hand"),
    "scratch": ("scratch",),
    "multitask": ("multitask",),
    "transfer": ("transfer", "pretrain"),
}


def _kind(word: Any) -> str | None:
    """Read a name generously: "Multi-task learning" is "multitask"."""
    if not isinstance(word, str):
        return None
    text = "".join(c for c in word.lower() if c.isalpha())
    found = [kind for kind, signs in _SIGNS.items() if any(sign in text for sign in signs)]
    return found[0] if len(found) == 1 else None


def _judge_names(answer: Any, exercise: Exercise) -> Verdict:
    if not isinstance(answer, dict):
        return exercise.unexpected(answer)
    given = {str(k).strip().upper(): v for k, v in answer.items()}
    missing = [letter for letter in FOUR if letter not in given or given[letter] is None]
    if missing and set(given) & set(FOUR):
        return exercise.wrong("missing", f"Missing: {', '.join(missing)}.")
    if missing:
        return exercise.unexpected(answer)
    kinds = {letter: _kind(given[letter]) for letter in FOUR}
    unread = [letter for letter, kind in kinds.items() if kind is None]
    if unread:
        return other(
            f"The name for {unread[0]} could not be read. Expected one of {', '.join(_SIGNS)}."
        )
    if kinds == FOUR:
        return right("They differ in what is learned, where, and when.")
    tests = (
        ("A transfer", "A", "transfer"),
        ("B multitask", "B", "multitask"),
        ("C transfer", "C", "transfer"),
        ("D traditional", "D", "traditional"),
    )
    for name, letter, kind in tests:
        if kinds[letter] == kind:
            return exercise.wrong(name)
    wrong = [letter for letter, kind in FOUR.items() if kinds[letter] != kind]
    return other(
        f"Not right: {', '.join(wrong)}. Ask of each: who made the features, from which pictures, "
        f"and how many losses are there?"
    )


NAME_THE_FOUR = Exercise(
    id="01.1",
    question=(
        "Name the four experiments: A) HOG and logistic regression; B) a CNN trained on 80 "
        "pictures with one loss; C) a CNN with a class head and a color head, trained together; "
        "D) VGG16, frozen, with a new head."
    ),
    expects=(
        'a dict from the letters "A" to "D" to one of "traditional", "scratch", "multitask" and '
        '"transfer"'
    ),
    judge=_judge_names,
    mistakes=(
        Mistake(
            "A transfer",
            {**FOUR, "A": "transfer", "D": "traditional"},
            "Experiment A: nobody *learned* HOG on another task; it was written by people.",
        ),
        Mistake(
            "B multitask",
            {**FOUR, "B": "multitask", "C": "scratch"},
            "Experiment B: how many losses does it have?",
        ),
        Mistake(
            "C transfer",
            {**FOUR, "C": "transfer"},
            "Experiment C: both tasks are learned at the same time, from the same pictures.",
        ),
        Mistake(
            "D traditional",
            {**FOUR, "D": "traditional"},
            "Experiment D: the head is classical, but where did its inputs come from?",
        ),
        Mistake(
            "missing",
            {"A": "traditional", "B": "scratch"},
            "Each of the four letters A to D needs a name.",
        ),
    ),
)

# 01.2 How many numbers are trained?

CLASSES, WIDTH = 8, 512
TRAINED = dense_weights(WIDTH, CLASSES)
_CHANNELS = (3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512)  # of blocks 1 to 4
UP_TO_BLOCK4 = sum(9 * a * b + b for a, b in pairwise(_CHANNELS))


def _judge_count(answer: Any, exercise: Exercise) -> Verdict:
    if isinstance(answer, bool) or not isinstance(answer, numbers.Real):
        return exercise.unexpected(answer)
    if answer == TRAINED:
        return right("A few thousand numbers are learned; millions are used.")
    for mistake in exercise.mistakes:
        if answer == mistake.example:
            return exercise.wrong(mistake.name)
    if answer in (UP_TO_BLOCK4 + TRAINED, BASE_WEIGHTS + TRAINED):
        return other("That adds the frozen network to the head. Which of the two is trained?")
    return other(
        "That is not the count. How many numbers enter the head for one picture, how many leave, "
        "and what does each output have besides?"
    )


COUNT_TRAINED = Exercise(
    id="01.2",
    question=(
        "A softmax head for 8 classes sits on pooled block 4 (512 channels) of a frozen VGG16. "
        "How many numbers are trained?"
    ),
    expects="one whole number",
    judge=_judge_count,
    mistakes=(
        Mistake(
            "no bias",
            dense_weights(WIDTH, CLASSES, bias=False),
            "One kind of number is missing: each class also has a bias.",
        ),
        Mistake(
            "flattened",
            dense_weights(6 * 6 * WIDTH, CLASSES),
            "That is 6 × 6 × 512 numbers, flattened. Ours are pooled: averaged over the 6 × 6 "
            "positions.",
        ),
        Mistake(
            "three blocks",
            dense_weights(256 + 512 + 512, CLASSES),
            "That is the head on blocks 3 to 5 together. The question is about block 4 alone.",
        ),
        Mistake(
            "blocks 1 to 4",
            UP_TO_BLOCK4,
            "Those are blocks 1 to 4. They are used, but do they train?",
        ),
        Mistake(
            "all of VGG16",
            BASE_WEIGHTS,
            "That is all of VGG16 without its top. How much of it trains when it is frozen?",
        ),
    ),
)
