"""Tell the learner what a check found: one line, in the notebook or in a terminal."""

from __future__ import annotations

import html
from dataclasses import dataclass

from tlcourse.exercises.exercise import Verdict
from tlcourse.plots.display import publish

# Sign, word, border, background. The word carries the meaning, the color repeats it.
_LOOKS = {
    "right": ("✓", "Right.", "#1b7837", "#edf7ee"),
    "not attempted": ("○", "", "#6b6b6b", "#f5f5f5"),
    "not yet": ("→", "Not yet.", "#a65200", "#fdf4ea"),
}


@dataclass(frozen=True)
class CheckOutcome:
    """Result of `tl.check`. Its line is shown already, so a notebook shows nothing more.

    Args:
        exercise: Its id.
        status: "right", "not yet" or "not attempted".
        message: What the learner read.
        mistake: Name of the recognized mistake, or "".
    """

    exercise: str
    status: str
    message: str
    mistake: str = ""

    @classmethod
    def of(cls, exercise: str, verdict: Verdict) -> CheckOutcome:
        """Turn a verdict into an outcome."""
        status = "right" if verdict.right else "not yet" if verdict.attempted else "not attempted"
        return cls(exercise, status, " ".join(verdict.message.split()), verdict.mistake)

    @property
    def line(self) -> str:
        """The line as plain text."""
        sign, word, _, _ = _LOOKS[self.status]
        return " ".join(part for part in (sign, self.exercise, word, self.message) if part)

    @property
    def html(self) -> str:
        """The line as HTML: dark text on a pale ground, readable on any theme."""
        sign, word, border, ground = _LOOKS[self.status]
        strong = f"{sign} {self.exercise}" + (f" {word}" if word else "")
        return (
            f'<div role="status" style="border-left:4px solid {border};background:{ground};'
            f'color:#1a1a1a;padding:0.4em 0.8em;max-width:60em">'
            f"<strong>{strong}</strong> {html.escape(self.message)}</div>"
        )

    def tell(self) -> None:
        """Show the line where the learner works."""
        publish(self.html, self.line)

    def _ipython_display_(self) -> None:
        """Show nothing: `tell` has spoken."""
