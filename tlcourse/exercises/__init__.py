"""Exercises: `check` answers with one line, and knows the usual mistakes.

Each chapter has a module `chNN` with a tuple `EXERCISES`. A check never raises because of
an answer, never stops a notebook, and never gives the solution away.
"""

from __future__ import annotations

import difflib
import os
import pkgutil
from functools import lru_cache
from importlib import import_module
from typing import Any

from tlcourse.errors import CourseError
from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    AnswerFailedError,
    Exercise,
    Mistake,
    Verdict,
    other,
    untouched,
)
from tlcourse.exercises.outcome import CheckOutcome
from tlcourse.learner.record import record_exercise

STRICT = "TLCOURSE_STRICT_CHECKS"

__all__ = ["CheckOutcome", "Exercise", "Mistake", "Verdict", "check", "exercise_ids", "find"]


def check(exercise: str, answer: Any, **materials: Any) -> CheckOutcome:
    """Check an answer and show one line: right, not attempted yet, or a hint.

    A right answer is noted on this computer for `tl.progress()`.

    Args:
        exercise: Its id, two-digit chapter and number: "03.2".
        answer: Your answer, of any type. None, `...` and the untouched stub mean that the
            exercise was not attempted.
        **materials: What some exercises need besides: for "03.4" `backbone=`, for "03.6"
            `features=`, `labels=`, `holdouts=` and `split=`.

    Returns:
        The outcome, which a notebook does not show again. `outcome.status` is "right",
        "not yet" or "not attempted".

    Raises:
        CourseError: For an unknown exercise or wrong materials; never because of the answer,
            unless `TLCOURSE_STRICT_CHECKS` is set, as it is for tests of worked answers.
    """
    found = find(exercise)
    _check_materials(found, materials)
    outcome = CheckOutcome.of(found.id, judge(found, answer, **materials))
    outcome.tell()
    if outcome.status == "right":
        record_exercise(found.id)
    if os.environ.get(STRICT) and outcome.status != "right":
        raise CourseError(
            f"The worked answer to exercise {found.id} was refused: {outcome.message}"
        )
    return outcome


def judge(exercise: Exercise, answer: Any, **materials: Any) -> Verdict:
    """Judge an answer without showing anything; an answer that fails is a wrong answer."""
    try:
        if untouched(answer):
            return NOT_ATTEMPTED
        return exercise.judge(answer, exercise, **{**exercise.optional, **materials})
    except AnswerFailedError as error:
        return other(f"{error}. Mend that line and run the cell again.")
    except (Exception, SystemExit) as error:
        return other(
            f"The answer could not be used ({type(error).__name__}: {str(error)[:120]}). "
            f"Expected {exercise.expects}."
        )


@lru_cache(maxsize=1)
def _registry() -> dict[str, Exercise]:
    """Load every chapter's exercises; a repeated id is the author's mistake."""
    found: dict[str, Exercise] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        if not (module.startswith("ch") and module[2:].isdigit()):
            continue
        for exercise in import_module(f"{__name__}.{module}").EXERCISES:
            if exercise.id in found:
                raise CourseError(f"Exercise {exercise.id} is defined twice. Renumber one.")
            found[exercise.id] = exercise
    return found


def exercise_ids() -> tuple[str, ...]:
    """Return the ids of all exercises in order."""
    return tuple(sorted(_registry()))


def find(exercise: str) -> Exercise:
    """Return an exercise by its id.

    Raises:
        CourseError: If there is none, naming the closest ids.
    """
    registry = _registry()
    if isinstance(exercise, str) and exercise in registry:
        return registry[exercise]
    word = str(exercise) if isinstance(exercise, (str, int, float)) else ""
    close = difflib.get_close_matches(word, registry, n=3, cutoff=0.3) or list(registry)[:3]
    raise CourseError(
        f"There is no exercise {exercise!r}. Expected two digits for the chapter, a point and the "
        f"number, in quotes; the closest are {', '.join(repr(name) for name in close)}."
    )


def _check_materials(exercise: Exercise, given: dict[str, Any]) -> None:
    missing = [name for name in exercise.materials if name not in given]
    unknown = [name for name in given if name not in (*exercise.materials, *exercise.optional)]
    if missing or unknown:
        wanted = [f"{name}=..." for name in (*exercise.materials, *exercise.optional)]
        call = ", ".join([f'tl.check("{exercise.id}", answer', *wanted]) + ")"
        what = f"lacks {missing[0]}=" if missing else f"does not take {unknown[0]}="
        raise CourseError(f"The check of exercise {exercise.id} {what}. Expected {call}.")
