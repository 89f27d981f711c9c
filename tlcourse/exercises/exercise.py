"""What an exercise is: a question, a check, and the mistakes that people make."""

from __future__ import annotations

import numbers
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer.

    Args:
        name: Short name, unique within the exercise.
        example: An answer that makes this mistake; for exercises that need materials, a
            function that takes them and returns the answer.
        hint: What to tell who makes it: the cause, and where to look. Not the answer.
    """

    name: str
    example: Any
    hint: str


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    Args:
        right: Whether the answer is accepted.
        message: One or two sentences for the learner.
        mistake: Name of the recognized mistake, or "".
        attempted: False where the answer is still the untouched stub.
    """

    right: bool
    message: str
    mistake: str = ""
    attempted: bool = True


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Args:
        id: Two-digit chapter, point, number: "03.2".
        question: The task in words.
        expects: What kind of answer is expected, completing "Expected ...".
        judge: Function (answer, exercise, **materials) -> Verdict. It may raise anything; an
            answer that makes it raise is wrong.
        mistakes: The typical wrong answers.
        materials: Keyword arguments that `check` needs besides the answer.
        optional: Further keyword arguments, with their defaults.
    """

    id: str
    question: str
    expects: str
    judge: Callable[..., Verdict]
    mistakes: tuple[Mistake, ...]
    materials: tuple[str, ...] = ()
    optional: Mapping[str, Any] = field(default_factory=dict)

    def wrong(self, mistake: str, extra: str = "") -> Verdict:
        """Return the verdict for a recognized mistake, by its name."""
        found = next(m for m in self.mistakes if m.name == mistake)
        return Verdict(False, f"{found.hint}{' ' + extra if extra else ''}", mistake)

    def unexpected(self, answer: Any) -> Verdict:
        """Return the verdict for an answer of the wrong kind."""
        return Verdict(False, f"Received {describe(answer)}. Expected {self.expects}.")


def right(message: str) -> Verdict:
    """Return an accepting verdict."""
    return Verdict(True, message)


def other(message: str) -> Verdict:
    """Return a refusing verdict for a mistake without a name."""
    return Verdict(False, message)


NOT_ATTEMPTED = Verdict(False, "Not attempted yet: replace the stub and run the cell.", "", False)


class AnswerFailedError(Exception):
    """The learner's own function raised; the message says what and where."""


def call(function: Callable[..., Any], *args: Any) -> Any:
    """Call a learner's function; turn whatever it raises into `AnswerFailedError`.

    A function that is still the stub says so with NotImplementedError, or returns None.
    """
    try:
        return function(*args)
    except NotImplementedError:
        return None
    except (Exception, SystemExit) as error:
        raise AnswerFailedError(_where(error, function)) from error


def _where(error: BaseException, function: Any) -> str:
    """Say which exception came, and at which line of the learner's own function."""
    frames = traceback.extract_tb(error.__traceback__)
    own_file = getattr(getattr(function, "__code__", None), "co_filename", None)
    own = [frame for frame in frames if frame.filename == own_file] or list(frames[1:])[:1]
    place = ""
    if own:
        line = (own[-1].line or "").strip()
        place = f" in line {own[-1].lineno}" + (f" (`{line[:80]}`)" if line else "")
    message = " ".join(str(error).split())
    message = f": {message[:200]}" if message else ""
    return f"Your function stopped with {type(error).__name__}{place}{message}"


def untouched(answer: Any, depth: int = 3) -> bool:
    """Tell whether an answer is a stub: None, `...`, an empty container, or only such things."""
    if answer is None or answer is ...:
        return True
    if type(answer) in (list, tuple, set, frozenset, dict) and depth:
        parts = answer.values() if isinstance(answer, dict) else answer
        return all(untouched(part, depth - 1) for part in parts)
    return isinstance(answer, str) and not answer.strip(" ._?")


def as_numbers(answer: Any, count: int) -> np.ndarray | None:
    """Return `count` finite real numbers from a list, tuple, array or tensor, else None."""
    if hasattr(answer, "numpy") and callable(answer.numpy):
        answer = answer.numpy()
    if isinstance(answer, np.ndarray):
        answer = answer.reshape(-1)[: count + 1].tolist()
    if not isinstance(answer, (list, tuple)) or len(answer) != count:
        return None
    if not all(isinstance(x, (numbers.Real, np.number)) for x in answer):
        return None
    if any(isinstance(x, (bool, np.bool_)) for x in answer):
        return None
    values = np.array([float(x) for x in answer])
    return values if np.isfinite(values).all() else None


def describe(answer: Any) -> str:
    """Name an answer for a message without ever failing or filling the screen."""
    kind = type(answer).__name__
    article = "an" if kind[:1].lower() in "aeiou" else "a"
    if isinstance(answer, np.ndarray):
        return f"an array of shape {answer.shape}"
    if isinstance(answer, (int, float, str, bool)):
        text = repr(answer) if sys.getsizeof(answer) < 200 else "..."
        return f"{article} {kind} ({text[:60]})"
    if type(answer) in (list, tuple, set, frozenset, dict):
        return f"{article} {kind} of {len(answer)}"
    return f"{article} {kind}"
