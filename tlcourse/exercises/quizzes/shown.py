"""Show a quiz: HTML first, and radio buttons where a kernel can answer them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from tlcourse.exercises.quizzes.question import LETTERS, Question, Quiz
from tlcourse.learner.record import record_answer
from tlcourse.plots.display import display_widget


def show_quiz(quiz: Quiz, *, interactive: bool) -> None:
    """Show the questions one below the other; outside IPython as plain text.

    Args:
        quiz: What to show.
        interactive: Put radio buttons below each question.
    """
    if "IPython" not in sys.modules:
        sys.stdout.write(f"{quiz}\n")
        return
    from IPython.display import publish_display_data

    for number, question in enumerate(quiz.questions, 1):
        bundle = {
            "text/html": question.to_html(number),
            "text/markdown": question.to_markdown(number),
            "text/plain": question.to_text(number),
        }
        publish_display_data(bundle)
        if interactive:
            instead = f"With a running kernel, question {number} is answered here."
            note = partial(record_answer, quiz.chapter, question.text)
            display_widget(radio_buttons(question, number, note=note), instead=instead)


def radio_buttons(
    question: Question, number: int, *, note: Callable[..., None] | None = None
) -> Any:
    """Return radio buttons for a question with a line of feedback, for ipywidgets 7.7 and later.

    Choosing calls a function in the kernel's own thread; ipykernel 7 loses the output of others.

    Args:
        question: What is asked.
        number: Its number on the page.
        note: Called with `right=` at every answer.
    """
    import ipywidgets as widgets

    options = [(f"{LETTERS[i]}) {o.text}", i) for i, o in enumerate(question.options)]
    buttons = widgets.RadioButtons(
        options=options,
        value=None,
        description=f"Question {number}, your answer:",
        layout=widgets.Layout(width="auto"),
        style={"description_width": "initial"},
    )
    feedback = widgets.HTML()

    def answered(change: dict[str, Any]) -> None:
        feedback.value = question.feedback_html(change["new"])
        if note is not None and change["new"] is not None:
            note(right=question.options[change["new"]].right)

    buttons.observe(answered, names="value")
    return widgets.VBox([buttons, feedback])
