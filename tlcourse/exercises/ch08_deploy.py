"""Exercise 8.3: four situations, and what to use in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, other, right

# Case → the two rivals of its interval: first − second.
RIVALS = {
    "A": ("frozen GloVe", "TF-IDF"),
    "B": ("frozen GloVe", "TF-IDF"),
    "C": ("frozen GloVe", "TF-IDF"),
    "D": ("source + target", "target only"),
}
CHOICES = (
    "frozen GloVe", "plain tuning", "TF-IDF", "source only", "target only", "source + target",
    "undecided",
)  # fmt: skip


def accepted(case: str, interval: Any) -> set[str]:
    """Return the answers that one's own interval of first − second supports."""
    first, second = RIVALS[case]
    if interval.low > 0:
        return {first}
    if interval.high < 0:
        return {second}
    return {"undecided", first if interval.estimate > 0 else second}


def choices(*, intervals: Mapping[str, Any]) -> dict[str, str]:
    """Return a worked answer: the winner, or "undecided" where the interval includes zero."""
    return {
        case: "undecided" if "undecided" in accepted(case, found) else accepted(case, found).pop()
        for case, found in intervals.items()
    }


def _changed(case: str, choice: str) -> Any:
    def example(*, intervals: Mapping[str, Any]) -> dict[str, str]:
        return {**choices(intervals=intervals), case: choice}

    return example


def _judge(answer: Any, exercise: Exercise, *, intervals: Mapping[str, Any]) -> Verdict:
    """Judge a choice for each of the cases A to D."""
    if not isinstance(answer, Mapping) or set(answer) != set(RIVALS):
        return exercise.unexpected(answer)
    given = {case: str(choice).strip() for case, choice in answer.items()}
    unknown = [c for c in given.values() if c not in CHOICES]
    if unknown:
        return other(f"'{unknown[0]}' is not a choice. Choose from: {', '.join(CHOICES)}.")
    wrong = [case for case in RIVALS if given[case] not in accepted(case, intervals[case])]
    for case in wrong:
        if (case, given[case]) in _NAMED:
            return exercise.wrong(_NAMED[case, given[case]])
    if wrong:
        found = intervals[wrong[0]]
        return other(
            f"Case {wrong[0]}: the interval of {' − '.join(RIVALS[wrong[0]])} is "
            f"[{100 * found.low:+.1f}, {100 * found.high:+.1f}] points. Does it support that?"
        )
    return right("Each choice follows from an interval that you measured.")


_NAMED = {
    ("A", "plain tuning"): "tuning few",
    ("B", "frozen GloVe"): "pretrained wins",
    ("C", "TF-IDF"): "winner at home",
    ("D", "source only"): "more labels",
}

DEPLOY = Exercise(
    id="08.3",
    question="For the cases A, B, C and D, what do your measurements support?",
    expects=f"a dict with the keys A, B, C, D and values from: {', '.join(CHOICES)}",
    judge=_judge,
    materials=("intervals",),
    mistakes=(
        Mistake(
            "tuning few",
            _changed("A", "plain tuning"),
            "Case A: with a few dozen labels a random head pulls before it knows where to. Look at "
            "the left end of the curves of section 6.",
        ),
        Mistake(
            "pretrained wins",
            _changed("B", "frozen GloVe"),
            "Case B: pretrained is no argument, a measurement is. Look at the right end of the "
            "tweets' panel in section 4.",
        ),
        Mistake(
            "winner at home",
            _changed("C", "TF-IDF"),
            "Case C: it may win at home; the question is about another domain. Read the cells off "
            "the diagonal in section 9.",
        ),
        Mistake(
            "more labels",
            _changed("D", "source only"),
            "Case D: many labels of the wrong kind. Which row of section 10's figure is this, and "
            "which of its two marks lies further right?",
        ),
    ),
)
