"""Exercise 9.5: one comparison, two causes. Which run would part them, and what does it say?"""

from __future__ import annotations

from typing import Any

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, right
from tlcourse.recipes.scores import decided

OPTIONS = {
    "A": "the same comparison with more seeds",
    "B": "the speech network pretrained on noisy digits in place of noisy words",
    "C": "the speech network pretrained on the same words without noise",
    "D": "a larger head on both",
    "E": "VGG16 on larger pictures",
}
VERDICTS = ("supported", "not supported", "undecided")
_RIGHT = "C"
_WORD = {"better": "supported", "worse": "not supported", "undecided": "undecided"}


def _judge(answer: Any, exercise: Exercise, *, difference: Any) -> Verdict:
    """Judge (letter, verdict); `difference` is clean-pretrained minus VGG16, in noise."""
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        return exercise.unexpected(answer)
    if not all(isinstance(part, str) for part in answer):
        return exercise.unexpected(answer)
    letter, verdict = answer[0].strip().upper(), " ".join(answer[1].lower().split())
    if letter not in OPTIONS or verdict not in VERDICTS:
        return exercise.unexpected(answer)
    if letter != _RIGHT:
        return exercise.wrong({"A": "seeds", "B": "digits", "D": "head", "E": "pictures"}[letter])
    if verdict != _WORD[decided(difference)]:
        return exercise.wrong("verdict")
    return right(
        f"Nearness without noise: {100 * difference.difference:+.1f} points "
        f"[{100 * difference.low:+.1f}, {100 * difference.high:+.1f}] against VGG16, {verdict}."
    )


def worked(difference: Any) -> tuple[str, str]:
    """Return the condition that parts the causes, and what its interval says."""
    return _RIGHT, _WORD[decided(difference)]


def _with_letter(letter: str):
    return lambda difference: (letter, worked(difference)[1])


def _misread(difference: Any) -> tuple[str, str]:
    return _RIGHT, next(v for v in VERDICTS if v != worked(difference)[1])


MISSING_CELL = Exercise(
    id="09.5",
    question=(
        "A report: 'In noise, the speech network pretrained on noisy words is a better start than "
        "VGG16, because words are nearer to digits than photographs.' Which run tests the "
        "'because'? "
        + " ".join(f"{letter}: {text}." for letter, text in OPTIONS.items())
        + " And what does it say: 'supported', 'not supported' or 'undecided'?"
    ),
    expects="a pair such as ('A', 'undecided'): a letter from A to E, and a verdict",
    judge=_judge,
    materials=("difference",),
    mistakes=(
        Mistake(
            "seeds",
            _with_letter("A"),
            "That tightens the same comparison. Two things differ in it, and they stay mixed.",
        ),
        Mistake(
            "digits",
            _with_letter("B"),
            "Now the labels overlap as well: a third cause. Change one thing, and take one away.",
        ),
        Mistake(
            "head",
            _with_letter("D"),
            "Neither cause is in the head. What did one network meet that the other never met?",
        ),
        Mistake(
            "pictures",
            _with_letter("E"),
            "That changes VGG16, and the claim is about what the speech network had learned from.",
        ),
        Mistake(
            "verdict",
            _misread,
            "The right run. Read its interval against VGG16 again: where does zero lie?",
        ),
    ),
)
