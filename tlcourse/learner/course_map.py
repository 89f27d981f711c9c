"""`tl.progress()`: the learner's map of the course, as text and as HTML."""

from __future__ import annotations

import html
import pkgutil
from dataclasses import asdict, dataclass
from typing import Any

from tlcourse.errors import CourseError
from tlcourse.learner.record import State, change_record, progress_file, question_key
from tlcourse.plots.display import publish

_STYLE = (
    "background:#f7f8fa;color:#1a1a1a;border-left:4px solid #3f90da;padding:0.6em 1em;"
    "max-width:60em;overflow-x:auto"
)
_CELL = "text-align:left;color:#1a1a1a;background:#f7f8fa;padding:0.2em 1em 0.2em 0"
_DONE, _OPEN = "✓", "○"


@dataclass(frozen=True)
class ChapterProgress:
    """What has been done in one chapter.

    Args:
        number: Two digits.
        title: Its heading without the number.
        exercises: Exercise id -> whether it was answered right.
        questions: Number of questions in its quiz; 0 where it has none.
        answered: Questions that have been answered.
        right: Questions whose last answer was right.
        right_at_once: Questions whose first answer was right.
    """

    number: str
    title: str
    exercises: dict[str, bool]
    questions: int
    answered: int
    right: int
    right_at_once: int

    @property
    def done(self) -> int:
        """Exercises answered right."""
        return sum(self.exercises.values())

    @property
    def name(self) -> str:
        """Number and title."""
        return f"{self.number} {self.title}".strip()

    @property
    def quiz_words(self) -> str:
        """The quiz in words."""
        if not self.questions:
            return "no quiz"
        return f"{self.answered} of {self.questions} answered, {self.right} right"


@dataclass(frozen=True)
class CourseMap:
    """The learner's map. It is shown already, so a notebook shows nothing more.

    Args:
        chapters: One entry for each chapter, in reading order.
        file: Where it is kept, or "".
        not_recorded: Why nothing can be recorded, or "".
    """

    chapters: tuple[ChapterProgress, ...]
    file: str
    not_recorded: str = ""

    @property
    def summary(self) -> str:
        """One sentence."""
        done = sum(c.done for c in self.chapters)
        exercises = sum(len(c.exercises) for c in self.chapters)
        answered = sum(c.answered for c in self.chapters)
        questions = sum(c.questions for c in self.chapters)
        return f"{done} of {exercises} exercises done, {answered} of {questions} quiz questions."

    @property
    def next_step(self) -> str:
        """The first open exercise, or what there is to say when none is open."""
        open_ = [name for c in self.chapters for name, done in c.exercises.items() if not done]
        return f"Next: exercise {open_[0]}." if open_ else "Every exercise is done."

    @property
    def where(self) -> str:
        """Where the record is, or why there is none."""
        if self.not_recorded:
            return f"Not recorded: {self.not_recorded}."
        return f"Kept in {self.file}, on this computer only."

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        chapters = [{**asdict(c), "done": c.done} for c in self.chapters]
        return {"chapters": chapters, "file": self.file, "not_recorded": self.not_recorded}

    def rows(self) -> list[tuple[str, str, str]]:
        """Return chapter, exercises and quiz in words, one row for each chapter."""
        return [(c.name, f"{c.done} of {len(c.exercises)}", c.quiz_words) for c in self.chapters]

    def __str__(self) -> str:
        width = max([len(c.name) for c in self.chapters] + [7])
        bars = [
            "".join(_DONE if done else _OPEN for done in c.exercises.values())
            for c in self.chapters
        ]
        bar = max([len(b) for b in bars] + [0])
        lines = [
            f"{name:{width}}  {marks:{bar}}  {exercises:>7}  {quiz}"
            for (name, exercises, quiz), marks in zip(self.rows(), bars, strict=True)
        ]
        return "\n".join([*lines, self.summary, self.next_step, self.where])

    @property
    def html(self) -> str:
        """The map as HTML: dark words on a pale ground, readable on any theme."""
        head = "".join(
            f'<th scope="col" style="{_CELL}">{name}</th>'
            for name in ("Chapter", "Exercises", "Quiz")
        )
        body = "".join(map(_row, self.chapters))
        words = "<br>".join(html.escape(x) for x in (self.summary, self.next_step, self.where))
        return (
            f'<div style="{_STYLE}"><table style="border-collapse:collapse;color:#1a1a1a">'
            f'<caption style="text-align:left;color:#1a1a1a"><strong>Your progress</strong> '
            f"({_DONE} done, {_OPEN} open)</caption><thead><tr>{head}</tr></thead>"
            f'<tbody>{body}</tbody></table><p style="margin:0.6em 0 0">{words}</p></div>'
        )

    def tell(self) -> None:
        """Show the map where the learner works."""
        publish(self.html, str(self))

    def _ipython_display_(self) -> None:
        """Show nothing: `tell` has spoken."""


def progress(*, show: bool = True) -> CourseMap:
    """Draw your map of the course: exercises done and quiz answers, chapter by chapter.

    `tl.check` notes right answers, `tl.quiz` every answer. The record is one JSON file in your
    data folder (`TLCOURSE_PROGRESS` names another, or "off"); it is sent nowhere.

    Args:
        show: Show the map now, as HTML in a notebook and as text elsewhere.

    Returns:
        The map, which a notebook does not show again.
    """
    # Writing what was read finds out whether the next right answer can be recorded.
    state, not_recorded = change_record(lambda state: None)
    file = progress_file()
    found = CourseMap(_chapters(state), str(file or ""), not_recorded)
    if show:
        found.tell()
    return found


def _chapters(state: State) -> tuple[ChapterProgress, ...]:
    from tlcourse.exercises import exercise_ids

    ids, titles, questions = exercise_ids(), _titles(), _questions()
    numbers = sorted({*titles, *questions, *(name[:2] for name in ids)})
    found = []
    for number in numbers:
        answers = state["quiz"].get(number, {})
        keys = questions.get(number, ())
        known = [answers[key] for key in keys if key in answers]
        found.append(
            ChapterProgress(
                number,
                titles.get(number, ""),
                {name: name in state["exercises"] for name in ids if name[:2] == number},
                len(keys),
                len(known),
                sum(bool(answer["right"]) for answer in known),
                sum(bool(answer["first"]) for answer in known),
            )
        )
    return tuple(found)


def _titles() -> dict[str, str]:
    from tlcourse.execute import find_chapters
    from tlcourse.paths import asset_dir

    try:
        chapters = find_chapters(asset_dir("notebooks").parent)
    except CourseError:  # installed without notebooks: the exercises are there all the same
        return {}
    return {chapter.number: chapter.title for chapter in chapters}


def _questions() -> dict[str, list[str]]:
    from tlcourse.exercises import quizzes

    names = [m.name[2:] for m in pkgutil.iter_modules(quizzes.__path__) if m.name[:2] == "ch"]
    return {
        name: [question_key(question.text) for question in quizzes.load_quiz(name).questions]
        for name in sorted(names)
    }


def _row(chapter: ChapterProgress) -> str:
    marks = " ".join(
        f'<span style="white-space:nowrap">{_DONE if done else _OPEN} {name}</span>'
        for name, done in chapter.exercises.items()
    )
    return (
        f'<tr><th scope="row" style="{_CELL};font-weight:normal">{html.escape(chapter.name)}</th>'
        f'<td style="{_CELL}"><strong>{chapter.done} of {len(chapter.exercises)}</strong> {marks}'
        f'</td><td style="{_CELL}">{chapter.quiz_words}</td></tr>'
    )
