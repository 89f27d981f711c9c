"""Exercise 6.1: four charts, four causes; answered with a dictionary of words."""

from __future__ import annotations

from typing import Any

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, right

CAUSES = ("recipe", "overconfident", "damaged", "leak")
ANSWER = {"A": "recipe", "B": "damaged", "C": "leak", "D": "overconfident"}
PATIENTS = (
    {"name": "A", "training": 1.0, "validation": 0.57, "test": 0.57, "NLL": 7.9,
     "after one change": "activations divided by one number: test 0.65, NLL 1.6"},
    {"name": "B", "training": 0.24, "validation": 0.23, "test": 0.24, "NLL": 2.0,
     "after one change": "trained twice as long: test 0.24"},
    {"name": "C", "training": 1.0, "validation": 0.96, "test": 0.64, "NLL": 1.6,
     "after one change": "validated on other things: validation 0.65"},
    {"name": "D", "training": 1.0, "validation": 0.66, "test": 0.65, "NLL": 1.6,
     "after one change": "one temperature: test 0.65, NLL 1.1"},
)  # fmt: skip


def _read(answer: Any) -> dict[str, str] | None:
    """Return letter -> cause in lower case, or None if this is no such dictionary."""
    if not isinstance(answer, dict) or len(answer) != len(ANSWER):
        return None
    if not all(isinstance(k, str) and isinstance(v, str) for k, v in answer.items()):
        return None
    found = {k.strip().upper(): v.strip().lower() for k, v in answer.items()}
    known = set(found) == set(ANSWER) and set(found.values()) <= set(CAUSES)
    return found if known else None


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    causes = _read(answer)
    if causes is None:
        return exercise.unexpected(answer)
    if causes == ANSWER:
        return right("Four gaps or none, four causes. The gap alone would not have told them.")
    tests = (
        ("leak missed", causes["C"] != "leak"),
        ("damage missed", causes["B"] != "damaged"),
        ("only confidence", causes["A"] == "overconfident" and causes["D"] == "recipe"),
        ("recipe missed", causes["A"] != "recipe"),
    )
    name = next((name for name, made in tests if made), "confidence missed")
    return exercise.wrong(name)


def _with(**changed: str) -> dict[str, str]:
    return {**ANSWER, **changed}


NAME_THE_DISEASE = Exercise(
    id="06.1",
    question=(
        "Four patients, A to D, each with accuracy in training, validation and test, NLL, and what "
        "one change did. Name the cause: 'recipe' (broken recipe), 'overconfident', 'damaged' "
        "(features destroyed) or 'leak'."
    ),
    expects=(
        "a dictionary with the keys A, B, C, D; each value one of 'recipe', 'overconfident', "
        "'damaged', 'leak'"
    ),
    judge=_judge,
    mistakes=(
        Mistake(
            "leak missed",
            _with(C="overconfident"),
            "In C, validation lies far above test. Two honest samples of one thing would agree: "
            "who is in both parts?",
        ),
        Mistake(
            "damage missed",
            _with(B="recipe"),
            "In B, the training accuracy is as low as the test accuracy, and time does not help. "
            "What is left to train?",
        ),
        Mistake(
            "only confidence",
            _with(A="overconfident", D="recipe"),
            "You have A and D the wrong way round: in which of them did the change raise the "
            "accuracy itself?",
        ),
        Mistake(
            "recipe missed",
            _with(A="leak"),
            "In A, a change before training raised the accuracy. What was wrong lay upstream of "
            "the head.",
        ),
        Mistake(
            "confidence missed",
            _with(D="leak"),
            "In D, the change left accuracy alone and repaired the likelihood. Which complaint is "
            "that?",
        ),
    ),
)
