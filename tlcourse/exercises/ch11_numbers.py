"""Exercises 11.2, 11.3 and 11.5: answered with one number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, other, right
from tlcourse.field.costs import break_even
from tlcourse.field.prevalence import ppv

SENSITIVITY, SPECIFICITY, PREVALENCE, BENCH = 0.75, 0.95, 0.01, 0.15
SICK, HEALTHY = 84, 551
LOSS, MARGIN, DEFAULT_RATE = 4500.0, 600.0, 0.12
Judge = Callable[..., Verdict]


def _number(answer: Any) -> float | None:
    """Return one number, written plainly or in a list or array of one."""
    values = as_numbers(answer, 1)
    if values is None:
        values = as_numbers([getattr(answer, "item", lambda: answer)()], 1)
    return None if values is None else float(values[0])


def _judge(target: float, tolerance: float, praise: str, lost: str) -> Judge:
    """Return a check for one number; the closest listed mistake gets its hint."""

    def judge(answer: Any, exercise: Exercise) -> Verdict:
        value = _number(answer)
        if value is None:
            return exercise.unexpected(answer)
        if abs(value - target) <= tolerance:
            return right(praise)
        if abs(value - 100 * target) <= 100 * tolerance:
            return other("The value is right, in percent. Give a share between 0 and 1.")
        closest = min(exercise.mistakes, key=lambda m: abs(value - m.example))
        if abs(value - closest.example) <= 1.5 * tolerance:
            return exercise.wrong(closest.name)
        return other(lost)

    return judge


WHOSE_ALARM = Exercise(
    id="11.3",
    question="Sensitivity 0.75, specificity 0.95, prevalence 0.01: which share of alarms is true?",
    expects="one number, a share such as 0.5",
    judge=_judge(
        float(ppv(SENSITIVITY, SPECIFICITY, PREVALENCE)),
        0.001,
        "One alarm in seven or eight is true. The test did not get worse; the place is different.",
        "Count heads: of 100,000 people, how many are sick and flagged, how many healthy and "
        "flagged? Divide the first by both together.",
    ),
    mistakes=(
        Mistake(
            "equal groups",
            SENSITIVITY / (SENSITIVITY + 1 - SPECIFICITY),
            "You compared 0.75 with 0.05 as if both groups were equally large. Weigh each by how "
            "many people are in it.",
        ),
        Mistake(
            "bench",
            float(ppv(SENSITIVITY, SPECIFICITY, BENCH)),
            "That is the bench, where 15 of 100 patches have a lesion. Use the prevalence of the "
            "clinic.",
        ),
        Mistake(
            "joint",
            SENSITIVITY * PREVALENCE,
            "That share of all people is sick and flagged. The question is about the flagged only.",
        ),
        Mistake(
            "specificity",
            SPECIFICITY,
            "Specificity is given that a person is healthy. Asked is: given that the alarm rang.",
        ),
        Mistake(
            "sensitivity",
            SENSITIVITY,
            "Sensitivity is given that a person is sick. Asked is the other way round: given the "
            "alarm.",
        ),
    ),
)

_OFFSET = -1.881027  # ln(84/551)

UNDO_THE_WEIGHTS = Exercise(
    id="11.2",
    question=(
        "Trained with class_weight='balanced' on 84 sick and 551 healthy patches: what must be "
        "added to the logit of being sick to undo it?"
    ),
    expects="one number, to be added to the logit",
    judge=_judge(
        _OFFSET,
        0.01,
        "Exact for the intercept of a well-specified logistic model, close with regularization.",
        "Weighting acts as if both groups were equally frequent. By how much does that change the "
        "log-odds of the base rate?",
    ),
    mistakes=(
        Mistake(
            "sign",
            -_OFFSET,
            "That is what balancing added to the logit. To undo it, go the other way.",
        ),
        Mistake(
            "no logarithm",
            -HEALTHY / SICK,
            "That is the ratio of the two groups. Logits live on a logarithmic scale.",
        ),
        Mistake(
            "decimal logarithm",
            -0.816920,
            "A logarithm to base 10. The logistic function uses the natural one.",
        ),
        Mistake(
            "share",
            -2.022871,
            "You used the share of the sick among all. Odds compare the sick with the healthy.",
        ),
    ),
)

BREAK_EVEN = Exercise(
    id="11.5",
    question=(
        "A loan earns 600 if it is repaid and loses 4,500 if it defaults. Below which probability "
        "of default do you accept?"
    ),
    expects="one number, a probability such as 0.3",
    judge=_judge(
        break_even(LOSS, MARGIN),
        0.0007,
        "At that probability the expected profit is zero. Nothing but the two amounts went in.",
        "Write the expected profit of accepting, with p for the probability of default, and set "
        "it to zero.",
    ),
    mistakes=(
        Mistake("half", 0.5, "One half is right only where both mistakes cost the same."),
        Mistake(
            "odds",
            MARGIN / LOSS,
            "Those are odds, margin to loss. Turn them into a probability.",
        ),
        Mistake(
            "repayment",
            1 - break_even(LOSS, MARGIN),
            "That is the probability of repayment you need. Asked is the probability of default.",
        ),
        Mistake(
            "default rate",
            DEFAULT_RATE,
            "Close by accident: that is the default rate abroad. Costs do not know it.",
        ),
    ),
)
