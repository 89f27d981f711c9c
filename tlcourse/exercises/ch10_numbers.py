"""Exercises 10.1 and 10.5: one overlap and one average precision, by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, other, right

FIRST, SECOND = (10, 10, 50, 50), (30, 30, 70, 70)
_SIDE, _SHARED = 40, 20
_AREA, _OVERLAP = _SIDE**2, _SHARED**2
IOU = _OVERLAP / (2 * _AREA - _OVERLAP)

HITS, OBJECTS = (True, False, True, True, False, False), 4


def _precisions() -> list[float]:
    """Return precision at each hit, going down the list."""
    found, values = 0, []
    for rank, hit in enumerate(HITS, 1):
        found += hit
        if hit:
            values.append(found / rank)
    return values


def _envelope(values: list[float]) -> list[float]:
    return [max(values[i:]) for i in range(len(values))]


AP = sum(_envelope(_precisions())) / OBJECTS


def _one_number(
    wanted: float, tolerance: float, praise: str, otherwise: str
) -> Callable[[Any, Exercise], Verdict]:
    """Return a judge of one number that knows the numbers of the listed mistakes."""

    def judge(answer: Any, exercise: Exercise) -> Verdict:
        values = as_numbers(answer if isinstance(answer, (list, tuple)) else [answer], 1)
        if values is None:
            return exercise.unexpected(answer)
        given = float(values[0])
        if abs(given - wanted) <= tolerance:
            return right(praise)
        for mistake in exercise.mistakes:
            if abs(given - mistake.example) <= max(tolerance, 1e-3 * abs(mistake.example)):
                return exercise.wrong(mistake.name)
        return other(otherwise)

    return judge


OVERLAP = Exercise(
    id="10.1",
    question="What is the IoU of the boxes (10, 10, 50, 50) and (30, 30, 70, 70)?",
    expects="one number from 0 to 1, right to three decimals",
    judge=_one_number(
        IOU,
        0.001,
        "Two boxes that share a quarter of each other's area agree by a seventh only.",
        "That is not the IoU. Draw both boxes; write down the shared area, then the area that at "
        "least one of them covers.",
    ),
    mistakes=(
        Mistake(
            "one box",
            _OVERLAP / _AREA,
            "You divided by one box, or computed 2·overlap over the sum of areas. Divide by the "
            "area that at least one of the two covers.",
        ),
        Mistake(
            "sum of areas",
            _OVERLAP / (2 * _AREA),
            "The sum of both areas counts the shared part twice. How often should it count?",
        ),
        Mistake(
            "inclusive pixels",
            21**2 / (2 * 41**2 - 21**2),
            "You added 1 to every length, as for pixel numbers. Here the numbers are edges: the "
            "width is x2 − x1.",
        ),
        Mistake(
            "area",
            float(_OVERLAP),
            "That is the shared area in square pixels. IoU is a ratio of two areas.",
        ),
        Mistake(
            "one side",
            _SHARED / (2 * _SIDE - _SHARED),
            "That is the overlap along one axis. Areas have two.",
        ),
    ),
)

AVERAGE_PRECISION = Exercise(
    id="10.5",
    question=(
        "Six detections from the best score down: right, wrong, right, right, wrong, wrong. There "
        "are four true objects. What is the average precision, with the precision envelope?"
    ),
    expects="one number from 0 to 1, right to three decimals",
    judge=_one_number(
        AP,
        0.002,
        "Each object counts once: what was never found enters with zero.",
        "That is not it. Write precision at each right detection, replace it by the best value "
        "further down, and average over all true objects.",
    ),
    mistakes=(
        Mistake(
            "over the found",
            sum(_precisions()) / len(_precisions()),
            "You averaged over the objects that were found. An object that is never found counts "
            "too: what is precision there?",
        ),
        Mistake(
            "found with envelope",
            sum(_envelope(_precisions())) / len(_precisions()),
            "The envelope is right, the divisor is not: how many true objects are there, found or "
            "not?",
        ),
        Mistake(
            "no envelope",
            sum(_precisions()) / OBJECTS,
            "The envelope is missing: at each recall take the best precision at that or any higher "
            "recall.",
        ),
        Mistake(
            "precision",
            sum(HITS) / len(HITS),
            "That is the precision of the whole list. Average precision looks at every length of "
            "the list.",
        ),
        Mistake(
            "recall",
            sum(HITS) / OBJECTS,
            "That is the recall of the whole list. It does not know in which order things came.",
        ),
    ),
)
