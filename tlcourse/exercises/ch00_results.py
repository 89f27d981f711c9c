"""Exercises 0.4 and 0.5: train with more labels, and read a confusion matrix."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from tlcourse.datasets.splits import few_labels
from tlcourse.evaluation.result import Result
from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, other, right
from tlcourse.recipes.trials import Trial, trial

# 0.4 Fifteen labels

PER_CLASS, BEFORE, SEED = 15, 10, 0


def _judge_more(
    answer: Any, exercise: Exercise, *, data: Any, pool: np.ndarray, unseen: np.ndarray,
    per_class: int,
) -> Verdict:  # fmt: skip
    if isinstance(answer, (numbers.Real, np.number, Result)) and not isinstance(answer, bool):
        return exercise.wrong("a number")
    if not isinstance(answer, Trial):
        return exercise.unexpected(answer)
    trained, tested = set(answer.trained_on), set(answer.tested_on)

    def drawn(n: int, seed: int) -> set[str]:
        return {data.hashes[i] for i in few_labels(data.labels, pool, n, seed=seed)}

    if tested <= trained:
        return exercise.wrong("asked about training")
    if len(trained) == per_class:
        return exercise.wrong("in all")
    if tested != {data.hashes[i] for i in unseen}:
        return exercise.wrong("other test")
    if trained == drawn(per_class, SEED):
        return right(
            f"Accuracy {answer.accuracy:.3f} with {len(trained)} labels: one draw, so compare it "
            f"with draw {SEED} only."
        )
    if len(trained) == len(drawn(BEFORE, SEED)):
        return exercise.wrong("still ten")
    if len(trained) == len(drawn(per_class, SEED)):
        return exercise.wrong("other draw")
    return other(
        f"It learned from {len(trained)} pictures. {per_class} of each class are "
        f"{per_class * data.n_classes}."
    )


def _made(train: Callable[..., np.ndarray], test: Callable[..., np.ndarray] | None = None) -> Any:
    """Return a maker of trials that answer class 0 for everything; only the rows matter."""

    def with_materials(*, data: Any, pool: np.ndarray, unseen: np.ndarray, **_: Any) -> Trial:
        rows = train(data, pool)
        asked = unseen if test is None else test(rows, unseen)
        answers = np.eye(data.n_classes)[np.zeros(len(asked), int)]
        return trial("transfer", answers, data, train=rows, test=asked, seed=SEED)

    return with_materials


def _few(n: int, seed: int = SEED) -> Callable[..., np.ndarray]:
    return lambda data, pool: few_labels(data.labels, pool, n, seed=seed)


worked_more = _made(_few(PER_CLASS))


def _only_number(**materials: Any) -> float:
    return worked_more(**materials).accuracy


MORE_LABELS = Exercise(
    id="00.4",
    question=(
        f"Train the head with {PER_CLASS} pictures of each class, draw 0, and hand in the trial."
    ),
    expects="a trial, as `transfer(...)` returns it",
    judge=_judge_more,
    materials=("data", "pool", "unseen"),
    optional={"per_class": PER_CLASS},
    mistakes=(
        Mistake(
            "asked about training",
            _made(_few(PER_CLASS), lambda rows, unseen: rows),
            "You asked it about the pictures it learned from.",
        ),
        Mistake(
            "in all",
            _made(
                lambda data, pool: few_labels(data.labels, pool, PER_CLASS, seed=SEED)[:PER_CLASS]
            ),
            "That many pictures of each class were asked for. Yours has that many in all.",
        ),
        Mistake(
            "other test",
            _made(_few(PER_CLASS), lambda rows, unseen: unseen[::2]),
            "The test pictures are not the unseen ones. Then two things changed at once: keep the "
            "test as it is.",
        ),
        Mistake(
            "still ten",
            _made(_few(BEFORE)),
            f"It still learned from {BEFORE} pictures of each class. Draw more.",
        ),
        Mistake(
            "other draw",
            _made(_few(PER_CLASS, seed=3)),
            "The number of pictures is right, but they are those of another draw. Compare within "
            "draw 0.",
        ),
        Mistake(
            "a number",
            _only_number,
            "Hand in the whole trial: the check looks at what was trained on what.",
        ),
    ),
)

# 0.5 The hardest class

_TIE = 0.01


def recall(result: Result) -> np.ndarray:
    """Return the share of each class's own pictures that was found, float (C,)."""
    table = np.asarray(result.confusion, float)
    return np.diag(table) / np.maximum(table.sum(axis=1), 1)


def precision(result: Result) -> np.ndarray:
    """Return the share of right ones among the pictures that were given each class, (C,)."""
    table = np.asarray(result.confusion, float)
    answered = table.sum(axis=0)
    return np.where(answered > 0, np.diag(table) / np.maximum(answered, 1), np.inf)


def _errors(result: Result) -> np.ndarray:
    table = np.asarray(result.confusion, float)
    return table.sum(axis=1) - np.diag(table)


def hardest(result: Result) -> str:
    """Return the class with the smallest recall."""
    return result.class_names[int(recall(result).argmin())]


def _most_errors(result: Result) -> str:
    return result.class_names[int(_errors(result).argmax())]


def _least_precise(result: Result) -> str:
    return result.class_names[int(precision(result).argmin())]


def _rarest(result: Result) -> str:
    return result.class_names[int(np.sum(result.confusion, axis=1).argmin())]


def _easiest(result: Result) -> str:
    return result.class_names[int(recall(result).argmax())]


def _judge_hardest(answer: Any, exercise: Exercise, *, result: Result) -> Verdict:
    if isinstance(answer, (numbers.Integral, np.integer)) and not isinstance(answer, bool):
        return exercise.wrong("an index")
    if not isinstance(answer, str):
        return exercise.unexpected(answer)
    names = [name.lower() for name in result.class_names]
    word = answer.strip().lower()
    if word not in names:
        return other(f"There is no such class. Expected {exercise.expects}.")
    share = recall(result)
    if share[names.index(word)] <= share.min() + _TIE:
        return right(f"{share[names.index(word)]:.0%} of its own pictures are found.")
    for name, wrong in (
        ("most errors", _most_errors),
        ("precision", _least_precise),
        ("rarest", _rarest),
        ("easiest", _easiest),
    ):
        if word == wrong(result).lower():
            return exercise.wrong(name)
    return other("Another class loses a larger share of its row. Divide the diagonal by row sums.")


HARDEST = Exercise(
    id="00.5",
    question=(
        "Which class is hardest for the transferred classifier: the one with the smallest share "
        "of its own pictures right?"
    ),
    expects='the name of a class, in quotes, such as "face"',
    judge=_judge_hardest,
    materials=("result",),
    mistakes=(
        Mistake(
            "most errors",
            _most_errors,
            "It has the most errors, but it also has many pictures. Divide by the row sum.",
        ),
        Mistake(
            "precision",
            _least_precise,
            "You divided by the column: that is how far the answer can be trusted, not how many "
            "are found.",
        ),
        Mistake(
            "rarest",
            _rarest,
            "It has the fewest pictures. Rare is not the same as hard: look at its row.",
        ),
        Mistake("easiest", _easiest, "That class has the largest share right, not the smallest."),
        Mistake("an index", lambda result: 2, "Give the name of the class, not its number."),
    ),
)
