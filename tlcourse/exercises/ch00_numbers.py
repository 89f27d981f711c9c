"""Exercises 0.1 to 0.3: answered with one number."""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, other, right


def _number(answer: Any) -> float | None:
    """Return one finite number, however it is wrapped."""
    values = as_numbers(answer if isinstance(answer, (list, tuple)) else [answer], 1)
    return None if values is None else float(values[0])


def _near(value: float, target: float, share: float = 0.01) -> bool:
    return abs(value - target) <= share * abs(target)


# 0.1 What guessing scores

EMOJI_CLASSES, EMOJI_MAJORITY = 8, 0.219


def _judge_guessing(answer: Any, exercise: Exercise, *, n_classes: int, majority: float) -> Verdict:
    value = _number(answer)
    if value is None:
        return exercise.unexpected(answer)
    chance = 1 / n_classes
    if _near(value, chance):
        return right("Every number in this chapter stands above that line.")
    if _near(value, 100 * chance):
        return exercise.wrong("percent")
    if abs(value - majority) <= 0.02:
        return exercise.wrong("majority")
    if _near(value, 0.5):
        return exercise.wrong("two classes")
    if _near(value, n_classes):
        return exercise.wrong("number of classes")
    return other(
        "Imagine a die with one side for each class. How often does it name the right one?"
    )


GUESSING = Exercise(
    id="00.1",
    question=(
        "If you answer one of the classes at random, each of them equally likely, which fraction "
        "of pictures is right on average?"
    ),
    expects="one number between 0 and 1",
    judge=_judge_guessing,
    optional={"n_classes": EMOJI_CLASSES, "majority": EMOJI_MAJORITY},
    mistakes=(
        Mistake(
            "percent",
            100 / EMOJI_CLASSES,
            "That is percent. The course writes fractions between 0 and 1.",
        ),
        Mistake(
            "majority",
            EMOJI_MAJORITY,
            "That is always answering the largest class. Here you guess evenly, so the sizes of "
            "the classes do not matter.",
        ),
        Mistake(
            "two classes", 0.5, "That is guessing between two classes. How many are there here?"
        ),
        Mistake(
            "number of classes",
            EMOJI_CLASSES,
            "That is the number of classes, not a chance of being right.",
        ),
    ),
)

# 0.2 How many numbers the head sees

_WIDTH, _LAST, _PICTURES, _SIZE = 1280, 512, 534, 96


def _judge_width(answer: Any, exercise: Exercise, *, n_pictures: int, image_size: int) -> Verdict:
    if isinstance(answer, (tuple, list)) and len(answer) > 1:
        return (
            exercise.wrong("shape")
            if as_numbers(answer, len(answer)) is not None
            else (exercise.unexpected(answer))
        )
    value = _number(answer)
    if value is None:
        return exercise.unexpected(answer)
    if value == _WIDTH:
        return right("Three blocks, averaged over positions and joined.")
    for name, wrong in (
        ("pictures", n_pictures),
        ("one block", _LAST),
        ("pixels", image_size * image_size * 3),
        ("bias", _WIDTH + 1),
    ):
        if value == wrong:
            return exercise.wrong(name)
    return other("Not that number. Print `features.shape`: which of its two numbers is it?")


WIDTH = Exercise(
    id="00.2",
    question="How many numbers does the head see for one picture?",
    expects="one whole number",
    judge=_judge_width,
    optional={"n_pictures": _PICTURES, "image_size": _SIZE},
    mistakes=(
        Mistake(
            "pictures", _PICTURES, "That is the first axis of the feature array: the pictures."
        ),
        Mistake(
            "one block", _LAST, "That is block 5 alone. Three blocks were averaged and joined."
        ),
        Mistake(
            "pixels",
            _SIZE * _SIZE * 3,
            "Those are the pixels going in: side times side times three colors.",
        ),
        Mistake("bias", _WIDTH + 1, "The bias belongs to the head, not to the picture."),
        Mistake(
            "shape",
            (_PICTURES, _WIDTH),
            "That is the shape of the whole array. Which of its axes is asked for?",
        ),
    ),
)

# 0.3 How long ten thousand pictures take

_MANY, _BATCH = 10_000, 32


def seconds_for_many(report: dict[str, Any]) -> float:
    """Return the time for ten thousand pictures on the machine of the report, s."""
    return report["seconds_per_100"] * _MANY / 100


def _unit(report: dict[str, Any]) -> float:
    return report["seconds_per_100"] * _MANY


def _one_hundred(report: dict[str, Any]) -> float:
    return report["seconds_per_100"]


def _wrong_count(report: dict[str, Any]) -> float:
    return seconds_for_many(report) / 10


def _first_batch(report: dict[str, Any]) -> float:
    return report["first_batch_seconds"] * _MANY / _BATCH


def _batch_as_hundred(report: dict[str, Any]) -> float:
    return float(np.median(report["batch_seconds"])) * _MANY / 100


def _judge_seconds(answer: Any, exercise: Exercise, *, report: dict[str, Any]) -> Verdict:
    value = _number(answer)
    if value is None:
        return exercise.unexpected(answer)
    truth = seconds_for_many(report)
    if _near(value, truth):
        return right(f"About {truth / 60:.1f} minutes, once: the answers are kept.")
    for name, wrong in (
        ("unit", _unit(report)),
        ("one hundred", _one_hundred(report)),
        ("wrong count", truth / 10),
        ("wrong count", truth * 10),
        ("batch", _batch_as_hundred(report)),
        ("first batch", _first_batch(report)),
    ):
        if _near(value, wrong):
            return exercise.wrong(name)
    return other(
        "Not that number of seconds. How many times a hundred pictures are ten thousand, and what "
        "does one hundred take here?"
    )


SECONDS = Exercise(
    id="00.3",
    question=(
        "How many seconds will 10,000 pictures take on this machine? Use what the preflight "
        "measured."
    ),
    expects="one number, seconds",
    judge=_judge_seconds,
    materials=("report",),
    mistakes=(
        Mistake("unit", _unit, "The unit of `seconds_per_100` is seconds for a hundred pictures."),
        Mistake("one hundred", _one_hundred, "That is the time for one hundred pictures alone."),
        Mistake(
            "wrong count",
            _wrong_count,
            "Off by ten. Count again: how many hundreds are there in ten thousand?",
        ),
        Mistake(
            "batch",
            _batch_as_hundred,
            "That takes a timed batch for a hundred pictures. A batch holds 32.",
        ),
        Mistake(
            "first batch",
            _first_batch,
            "That comes from the first batch, which also built the graph. Use the ones after it.",
        ),
    ),
)
