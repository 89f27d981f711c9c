"""Quizzes: five questions for each chapter, with the reason for every option.

Each chapter has a module `chNN` with a tuple `QUESTIONS`.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from tlcourse.errors import CourseError
from tlcourse.exercises.quizzes.question import Option, Question, Quiz
from tlcourse.exercises.quizzes.shown import show_quiz
from tlcourse.plots.display import is_live

__all__ = ["Option", "Question", "Quiz", "load_quiz", "quiz"]


def quiz(chapter: str, *, interactive: bool | None = None) -> None:
    """Show the quiz of a chapter.

    Every question is shown as HTML that needs no kernel and no JavaScript: the options, and
    behind them the answer with a reason for each option, unfold on a click. With a running
    kernel, radio buttons below each question answer at once.

    Args:
        chapter: Two-digit chapter, such as "03".
        interactive: Add the radio buttons. None adds them where a notebook kernel runs.

    Raises:
        CourseError: If the chapter has no quiz.
    """
    found = load_quiz(chapter)
    show_quiz(found, interactive=is_live() if interactive is None else interactive)


def load_quiz(chapter: str) -> Quiz:
    """Return the quiz of a chapter.

    Raises:
        CourseError: If there is none, naming the chapters that have one.
    """
    known = sorted(m.name[2:] for m in pkgutil.iter_modules(__path__) if m.name[:2] == "ch")
    if chapter not in known:
        raise CourseError(
            f"There is no quiz {chapter!r}. Expected a two-digit chapter in quotes, one of "
            f"{', '.join(repr(name) for name in known)}."
        )
    return Quiz(chapter, import_module(f"{__name__}.ch{chapter}").QUESTIONS)
