"""Exercise 02.3: which sentences does this run support?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, right
from tlcourse.recipes.chapter02_ranking import Statement

NONE = "none"

Statements = Mapping[str, Statement]


def solution(statements: Statements) -> set[str]:
    """Return the letters of the supported sentences, or {"none"}."""
    return {letter for letter, s in statements.items() if s.supported} or {NONE}


def _letters(answer: Any, known: Statements) -> set[str] | None:
    """Read letters from a set, list, tuple or text."""
    if isinstance(answer, str):
        answer = re.findall(r"\w+", answer)
        if len(answer) == 1 and answer[0].lower() != NONE:
            answer = list(answer[0])
    if not isinstance(answer, (set, frozenset, list, tuple)):
        return None
    if not all(isinstance(word, str) for word in answer):
        return None
    found = {word.strip().lower() for word in answer}
    return found if found <= {*known, NONE} else None


def _judge(answer: Any, exercise: Exercise, *, statements: Statements) -> Verdict:
    letters = _letters(answer, statements)
    if not letters:
        return exercise.unexpected(answer)
    truth = solution(statements)
    if letters == truth:
        return right("Those and no others: the rest is undecided, turned round, or no comparison.")
    chosen = [statements[letter] for letter in sorted(letters - {NONE})]
    if any(s.difference is None for s in chosen):
        return exercise.wrong("scale")
    if any(s.difference.high < 0 for s in chosen):
        return exercise.wrong("turned round")
    if any(not s.supported for s in chosen):
        return exercise.wrong("undecided")
    return exercise.wrong("left out")


def _with(test: Callable[[Statement], Any]) -> Callable[..., set[str]]:
    """Return an example that adds the first sentence for which a test holds."""

    def example(statements: Statements) -> set[str]:
        extra = next(letter for letter, s in statements.items() if test(s))
        return (solution(statements) - {NONE}) | {extra}

    return example


def _left_out(statements: Statements) -> set[str]:
    return set(sorted(solution(statements))[1:]) or {NONE}


SUPPORTED = Exercise(
    id="02.3",
    question="Which of the six sentences does this run support? Answer with their letters.",
    expects='a set of letters, such as {"a", "b"}, or {"none"}',
    judge=_judge,
    materials=("statements",),
    mistakes=(
        Mistake(
            "undecided",
            _with(
                lambda s: s.difference is not None and s.difference.low <= 0 <= s.difference.high
            ),
            "You chose a difference whose interval includes zero. Undecided is an answer, too.",
        ),
        Mistake(
            "turned round",
            _with(lambda s: s.difference and s.difference.high < 0),
            "You chose a sentence whose interval lies below zero: this run shows the opposite.",
        ),
        Mistake(
            "scale",
            _with(lambda s: s.difference is None),
            "Scores rank. None of them is an accuracy, even where it lies between 0 and 1: compare "
            "it with the truth.",
        ),
        Mistake(
            "left out",
            _left_out,
            "What you chose is supported, and you left out a sentence whose interval excludes "
            "zero.",
        ),
    ),
)
