"""What a quiz is, and how it reads as HTML, as markdown and as plain text."""

from __future__ import annotations

import html
from dataclasses import dataclass

LETTERS = "abcdefgh"
# A pale ground with dark text is readable in light and dark themes alike.
_BOX = (
    "background:#f7f8fa;color:#1a1a1a;border-left:4px solid #3f90da;padding:0.6em 1em;"
    "margin:0.6em 0;max-width:60em"
)


@dataclass(frozen=True)
class Option:
    """One possible answer.

    Args:
        text: The answer.
        why: Why it is right or wrong, one sentence or two.
        right: Whether it is the right one.
    """

    text: str
    why: str
    right: bool = False

    @property
    def verdict(self) -> str:
        """The reason with its verdict in front."""
        return f"{'Right' if self.right else 'Wrong'}. {self.why}"


@dataclass(frozen=True)
class Question:
    """One multiple-choice question with exactly one right option."""

    text: str
    options: tuple[Option, ...]

    def to_html(self, number: int) -> str:
        """Return the question; its options and then its answers unfold, without JavaScript."""
        # Letters are written out: notebook styles turn <ol type="a"> into 1, 2, 3.
        options, whys = "", ""
        for letter, option in zip(LETTERS, self.options, strict=False):
            text = f"{letter}) {html.escape(option.text)}"
            options += f"<li>{text}</li>"
            text = f"<strong>{text}</strong>" if option.right else text
            whys += f"<li>{text}<br>{html.escape(option.verdict)}</li>"
        return (
            f'<div style="{_BOX}"><p style="margin:0 0 0.4em"><strong>Question {number}.</strong> '
            f"{html.escape(self.text)}</p>"
            f"<details><summary>Options of question {number}</summary>"
            f'<ul style="list-style:none">{options}</ul>'
            f"<details><summary>Answer to question {number}, with the reason for each option"
            f'</summary><ul style="list-style:none">{whys}</ul></details></details></div>'
        )

    def to_markdown(self, number: int) -> str:
        """Return the question with its options, and the answers behind a fold."""
        lines = [f"**Question {number}.** {self.text}", ""]
        lines += [f"- {LETTERS[i]}) {o.text}" for i, o in enumerate(self.options)]
        lines += ["", f"<details><summary>Answer to question {number}</summary>", ""]
        lines += [f"- {LETTERS[i]}) {o.verdict}" for i, o in enumerate(self.options)]
        return "\n".join([*lines, "", "</details>"])

    def to_text(self, number: int) -> str:
        """Return the question and its options as plain text, without the answer."""
        options = [f"  {LETTERS[i]}) {o.text}" for i, o in enumerate(self.options)]
        return "\n".join([f"Question {number}. {self.text}", *options])

    def feedback_html(self, chosen: int | None) -> str:
        """Return what to say to an answer: its verdict and reason, or nothing."""
        if chosen is None:
            return ""
        option = self.options[chosen]
        border, ground = ("#1b7837", "#edf7ee") if option.right else ("#a65200", "#fdf4ea")
        return (
            f'<div role="status" style="border-left:4px solid {border};background:{ground};'
            f'color:#1a1a1a;padding:0.3em 0.8em;line-height:1.5">'
            f"<strong>{'✓ Right.' if option.right else '→ Not this one.'}</strong> "
            f"{html.escape(option.why)}</div>"
        )


@dataclass(frozen=True)
class Quiz:
    """The questions of one chapter."""

    chapter: str
    questions: tuple[Question, ...]

    def to_markdown(self) -> str:
        """Return the whole quiz as markdown with folded answers."""
        parts = [question.to_markdown(i) for i, question in enumerate(self.questions, 1)]
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        return "".join(question.to_html(i) for i, question in enumerate(self.questions, 1))

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def __str__(self) -> str:
        return "\n\n".join(question.to_text(i) for i, question in enumerate(self.questions, 1))
