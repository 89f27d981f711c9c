"""Exercise 6.6: choose a plan by validation, open the test once, say what was shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, other, right
from tlcourse.recipes.chapter06_plans import SealedPlans, verdict

VERDICTS = ("better", "worse", "not shown")
Losses = Mapping[str, np.ndarray]


def choose(losses: Losses) -> str:
    """Return the plan with the lowest mean loss over the draws; the first of equals."""
    return min(losses, key=lambda name: float(np.mean(losses[name])))


def _choose_last(losses: Losses) -> str:
    return min(losses, key=lambda name: float(losses[name][0]))


def _judge(
    answer: Any, exercise: Exercise, *, validation: Losses, train: Losses, sealed: SealedPlans
) -> Verdict:
    if not (isinstance(answer, (list, tuple)) and len(answer) == 2):
        return exercise.unexpected(answer)
    plan, word = answer
    if not (isinstance(plan, str) and isinstance(word, str)) or plan not in validation:
        return exercise.unexpected(answer)
    if len(sealed.opened) > 1:
        return exercise.wrong("opened twice")
    best, word = choose(validation), word.strip().lower()
    if plan != best:
        if plan == choose(train):
            return exercise.wrong("training")
        if plan == _choose_last(validation):
            return exercise.wrong("one draw")
        return other("Another plan has a lower mean validation loss over the draws.")
    if sealed.opened != (best,):
        return exercise.wrong("not opened")
    _, low, high = sealed.open(best)
    true = verdict(low, high)
    if word == true:
        return right("Chosen by validation, opened once, and the word is the interval's.")
    if word in VERDICTS:
        return exercise.wrong("word")
    return exercise.unexpected(answer)


def worked(*, validation: Losses, sealed: SealedPlans, **_: Any) -> tuple[str, str]:
    """Return a right answer."""
    plan = choose(validation)
    _, low, high = sealed.open(plan)
    return plan, verdict(low, high)


def _opened(plan: str, sealed: SealedPlans) -> tuple[str, str]:
    _, low, high = sealed.open(plan)
    return plan, verdict(low, high)


def _twice(*, validation: Losses, sealed: SealedPlans, **_: Any) -> tuple[str, str]:
    return max((_opened(plan, sealed) for plan in validation), key=lambda pair: pair[1])


def _by_training(*, train: Losses, sealed: SealedPlans, **_: Any) -> tuple[str, str]:
    return _opened(choose(train), sealed)


def _by_one_draw(*, validation: Losses, sealed: SealedPlans, **_: Any) -> tuple[str, str]:
    return _opened(_choose_last(validation), sealed)


def _other_word(**materials: Any) -> tuple[str, str]:
    plan, word = worked(**materials)
    return plan, "better" if word != "better" else "not shown"


def _unopened(*, validation: Losses, **_: Any) -> tuple[str, str]:
    return choose(validation), "better"


def _mistake(name: str, example: Callable[..., tuple[str, str]], hint: str) -> Mistake:
    return Mistake(name, example, hint)


PRESCRIBE = Exercise(
    id="06.6",
    question=(
        "Choose the plan with the lowest mean validation loss over the draws, open the test for it "
        "with sealed.open(plan), once, and say 'better', 'worse' or 'not shown', compared with the "
        "scaled patient."
    ),
    expects="a pair of words: (name of the plan, 'better', 'worse' or 'not shown')",
    judge=_judge,
    materials=("validation", "train", "sealed"),
    mistakes=(
        _mistake(
            "opened twice",
            _twice,
            "The seal says that the test was opened for more than one plan. Seal it again with the "
            "cell above, and choose first.",
        ),
        _mistake(
            "training",
            _by_training,
            "That plan has the lowest loss in training. Memorizing is no sign of health.",
        ),
        _mistake(
            "one draw",
            _by_one_draw,
            "That plan is best in the first draw only. Take the mean over all draws.",
        ),
        _mistake(
            "not opened",
            _unopened,
            "The plan is right, but the test was never opened for it, so nothing is known yet.",
        ),
        _mistake(
            "word",
            _other_word,
            "The word does not fit the interval. Where does zero lie in it?",
        ),
    ),
)
