"""Exercise 0.6: may two trials be compared as a pair?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from tlcourse.evaluation.evaluate import measure
from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    call,
    other,
    right,
)
from tlcourse.recipes.trials import Trial

Function = Callable[[Trial, Trial], bool]
_TRAIN = tuple(f"train-{i}" for i in range(8))
_TEST = tuple(f"test-{i}" for i in range(6))
EXPECTED = (True, False, False, False, True, False)


def _trial(name: str, right_answers: int, **changes: Any) -> Trial:
    tested = changes.get("tested_on", _TEST)
    hits = np.arange(len(tested)) < right_answers
    result = measure(np.eye(2)[hits.astype(int)], np.ones(len(tested), int), name=name)
    return replace(Trial(name, 0, _TRAIN, _TEST, result), **changes)


@lru_cache(maxsize=1)
def pairs() -> tuple[tuple[Trial, Trial], ...]:
    """Return six pairs of trials, of which the first and the fifth may be compared."""
    mixed = (*_TEST[:3], *_TRAIN[:3])
    return (
        (_trial("scratch", 3), _trial("transfer", 5)),
        (
            _trial("scratch", 3),
            _trial("transfer", 5, tested_on=tuple(f"new-{i}" for i in range(6))),
        ),
        (
            _trial("scratch", 3),
            _trial("transfer", 5, trained_on=(*_TRAIN, *(f"more-{i}" for i in range(8)))),
        ),
        (
            _trial("scratch", 3),
            _trial("transfer", 5, trained_on=tuple(f"other-{i}" for i in range(8))),
        ),
        (
            _trial("scratch", 3),
            _trial("transfer", 5, trained_on=_TRAIN[::-1], tested_on=_TEST[::-1]),
        ),
        (
            _trial("scratch", 3, tested_on=mixed),
            _trial("transfer", 5, tested_on=mixed),
        ),
    )


def fair(a: Trial, b: Trial) -> bool:
    """Return a right answer: same training pictures, same test pictures, none in both."""
    same = set(a.trained_on) == set(b.trained_on) and set(a.tested_on) == set(b.tested_on)
    return same and not set(a.trained_on) & set(a.tested_on)


def _ignores_training(a: Trial, b: Trial) -> bool:
    return set(a.tested_on) == set(b.tested_on)


def _ignores_test(a: Trial, b: Trial) -> bool:
    return set(a.trained_on) == set(b.trained_on)


def _only_sizes(a: Trial, b: Trial) -> bool:
    return len(a.trained_on) == len(b.trained_on) and len(a.tested_on) == len(b.tested_on)


def _ordered(a: Trial, b: Trial) -> bool:
    same = a.trained_on == b.trained_on and a.tested_on == b.tested_on
    return same and not set(a.trained_on) & set(a.tested_on)


def _no_overlap_check(a: Trial, b: Trial) -> bool:
    return set(a.trained_on) == set(b.trained_on) and set(a.tested_on) == set(b.tested_on)


def _equal_outcome(a: Trial, b: Trial) -> bool:
    return fair(a, b) and a.accuracy == b.accuracy


def _as_bool(value: Any) -> bool | None:
    return bool(value) if isinstance(value, (bool, np.bool_)) else None


def _judge_fair(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    raw = [call(answer, a, b) for a, b in pairs()]
    if all(value is None or value is ... for value in raw):
        return NOT_ATTEMPTED
    given = tuple(_as_bool(value) for value in raw)
    if None in given:
        return other("Return True or False for every pair; one of your answers is something else.")
    if given == EXPECTED:
        return right("Same pictures to learn from, same to be tested on, none in both.")
    for mistake in exercise.mistakes:
        if given == tuple(bool(mistake.example(a, b)) for a, b in pairs()):
            return exercise.wrong(mistake.name)
    wrong = next(i for i, (g, e) in enumerate(zip(given, EXPECTED, strict=True)) if g != e)
    a, b = pairs()[wrong]
    return other(
        f"Pair {wrong + 1}: you said {given[wrong]}. Its trials were trained on "
        f"{len(a.trained_on)} and {len(b.trained_on)} pictures; print their hashes and compare."
    )


FAIR = Exercise(
    id="00.6",
    question=(
        "Write fair(a, b): True only if two trials may be compared as a pair. A trial has "
        "`trained_on`, `tested_on` (content hashes) and `accuracy`."
    ),
    expects="a function that takes two trials and returns True or False",
    judge=_judge_fair,
    mistakes=(
        Mistake(
            "ignores training",
            _ignores_training,
            "Pair 3 passed, but one of its trials had twice the labels. Compare what they learned "
            "from, too.",
        ),
        Mistake(
            "ignores test",
            _ignores_test,
            "Pair 2 passed, but its trials were asked different questions. Compare the tests, too.",
        ),
        Mistake(
            "only sizes",
            _only_sizes,
            "Pair 4 passed: equally many pictures, but different ones. Compare the pictures.",
        ),
        Mistake(
            "order",
            _ordered,
            "Pair 5 was refused: the same pictures, shuffled. Order does not matter to a "
            "comparison.",
        ),
        Mistake(
            "overlap",
            _no_overlap_check,
            "Pair 6 passed, but three of its test pictures were trained on.",
        ),
        Mistake(
            "equal outcome",
            _equal_outcome,
            "You ask for the same outcome. Then nothing could ever win.",
        ),
    ),
)
