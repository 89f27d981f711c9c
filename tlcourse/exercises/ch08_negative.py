"""Exercise 8.4: which pairs show negative transfer beyond doubt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, other, right


def negative(*, gains: Mapping[str, Any]) -> set[str] | str:
    """Return the worked answer: pairs whose whole interval lies below zero, or "none"."""
    return {pair for pair, found in gains.items() if found.high < 0} or "none"


def _every_minus(*, gains: Mapping[str, Any]) -> set[str]:
    return {pair for pair, found in gains.items() if found.estimate < 0}


def _lower_end(*, gains: Mapping[str, Any]) -> set[str]:
    return {pair for pair, found in gains.items() if found.low < 0}


def _reversed(*, gains: Mapping[str, Any]) -> set[str]:
    return {pair for pair, found in gains.items() if found.low > 0}


def _judge(answer: Any, exercise: Exercise, *, gains: Mapping[str, Any]) -> Verdict:
    """Judge a set of pairs, or the word none."""
    if isinstance(answer, str):
        answer = "none" if answer.strip().lower() == "none" else {answer.strip()}
    if answer != "none":
        if not isinstance(answer, (set, frozenset, list, tuple)):
            return exercise.unexpected(answer)
        answer = {str(pair) for pair in answer}
        unknown = sorted(answer - set(gains))
        if unknown:
            return other(
                f"'{unknown[0][:40]}' is not a pair. Expected {exercise.expects}; the pairs are "
                f"{', '.join(gains)}."
            )
    if answer == negative(gains=gains):
        return right("Negative beyond doubt: the whole interval lies below zero.")
    for name, wrong in (
        ("every minus", _every_minus),
        ("lower end", _lower_end),
        ("reversed", _reversed),
    ):
        if answer == wrong(gains=gains):
            return exercise.wrong(name)
    return other(
        "Go through the pairs one by one: where are both ends of the interval, and where is zero?"
    )


NEGATIVE = Exercise(
    id="08.4",
    question=(
        "From gains (source labels alone minus a few target labels), return the set of pairs with "
        "negative transfer beyond doubt; the word none if there is no such pair."
    ),
    expects='a set of pairs such as {"amazon → films"}, or "none"',
    judge=_judge,
    materials=("gains",),
    mistakes=(
        Mistake(
            "every minus",
            _every_minus,
            "These are all pairs with a minus sign. At least one of their intervals includes zero: "
            "print both ends.",
        ),
        Mistake(
            "lower end",
            _lower_end,
            "You looked at one end of the interval. Beyond doubt asks for more than that end.",
        ),
        Mistake(
            "reversed",
            _reversed,
            "In these pairs the source labels helped. The difference is source minus target labels "
            "alone; which sign is a loss?",
        ),
    ),
)
