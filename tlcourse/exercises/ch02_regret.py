"""Exercise 02.1: the regret of a first choice, read from the chapter's own tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, other, right

if TYPE_CHECKING:
    import pandas as pd

TRUTH = "truth"
_TOLERANCE = 1.5e-3

Rule = Callable[[np.ndarray, np.ndarray], float]  # (scores, truths) -> one number


def answer_with(tables: Mapping[str, pd.DataFrame], rule: Rule) -> dict[str, dict[str, float]]:
    """Apply a rule to every score of every target: score → target → number."""
    scores = [name for name in next(iter(tables.values())).columns if name != TRUTH]
    return {
        score: {
            target: float(rule(table[score].to_numpy(), table[TRUTH].to_numpy()))
            for target, table in tables.items()
        }
        for score in scores
    }


def _regret(scores: np.ndarray, truth: np.ndarray) -> float:
    return truth.max() - truth[scores.argmax()]


RULES: dict[str, Rule] = {
    "negative": lambda s, t: t[s.argmax()] - t.max(),
    "scores": lambda s, t: s.max() - s[t.argmax()],
    "mean candidate": lambda s, t: t.mean() - t[s.argmax()],
    "second best": lambda s, t: np.sort(t)[-2] - t[s.argmax()],
    "points": lambda s, t: 100 * _regret(s, t),
    "zero": lambda s, t: 0.0,
}


def solution(tables: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, float]]:
    """Return the right answer."""
    return answer_with(tables, _regret)


def _judge(answer: Any, exercise: Exercise, *, tables: Mapping[str, pd.DataFrame]) -> Verdict:
    expected = solution(tables)
    given = _read(answer, expected)
    if given is None:
        return exercise.unexpected(answer)
    truth = _flat(expected)
    if np.abs(given - truth).max() <= _TOLERANCE:
        return right("Regret is in accuracy, so it compares scores that have different scales.")
    for name, rule in RULES.items():
        if np.abs(given - _flat(answer_with(tables, rule))).max() <= _TOLERANCE:
            return exercise.wrong(name)
    where = int(np.abs(given - truth).argmax())
    score, target = [(s, t) for s in expected for t in expected[s]][where]
    return other(
        f"The number for {score} on {target} is not right. Find the candidate that the score "
        f"ranks first, then look up two numbers in the truth column."
    )


def _read(answer: Any, expected: dict[str, dict[str, float]]) -> np.ndarray | None:
    """Return the numbers of a nested dictionary in the order of the expected one, or None."""
    if not isinstance(answer, Mapping) or set(answer) != set(expected):
        return None
    numbers = []
    for score, targets in expected.items():
        inner = answer[score]
        if not isinstance(inner, Mapping) or set(inner) != set(targets):
            return None
        numbers += [inner[target] for target in targets]
    return as_numbers(numbers, len(numbers))


def _flat(values: dict[str, dict[str, float]]) -> np.ndarray:
    return np.array([number for targets in values.values() for number in targets.values()])


def _example(name: str) -> Callable[..., Any]:
    def example(tables: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, float]]:
        return answer_with(tables, RULES[name])

    return example


REGRET = Exercise(
    id="02.1",
    question=(
        "From the printed tables: how much accuracy is given up by trusting each score's first "
        "choice, on each target?"
    ),
    expects=(
        "a dictionary from scores to dictionaries from targets to numbers, such as "
        '{"k-NN": {"near": 0.1, ...}, ...}, with the names of the tables'
    ),
    judge=_judge,
    materials=("tables",),
    mistakes=(
        Mistake(
            "negative",
            _example("negative"),
            "The sign is turned: regret is the best minus the chosen one, so it is never negative.",
        ),
        Mistake(
            "scores",
            _example("scores"),
            "Those are differences of scores. Regret is in accuracy: take both numbers from the "
            "truth column.",
        ),
        Mistake(
            "mean candidate",
            _example("mean candidate"),
            "You compared with the mean candidate. Regret compares with the best one there was.",
        ),
        Mistake(
            "second best",
            _example("second best"),
            "You compared with the second-best candidate. Regret compares with the best.",
        ),
        Mistake(
            "points",
            _example("points"),
            "Those are points of a hundred. Answer as shares, in the unit of the truth column.",
        ),
        Mistake(
            "zero",
            _example("zero"),
            "Zero everywhere: you looked the best one up in the truth. Choose by the score, then "
            "look at its truth.",
        ),
    ),
)
