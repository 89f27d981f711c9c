"""Exercise 7.6: write a rule that chooses without target labels.

The learner's rule meets the candidates of several situations, recorded before. In each round it
scores every candidate; the one with the highest score is chosen. The regret is what the best
single candidate reaches more, on average over the rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from tlcourse.adaptation.selection import Evidence, mutual_information, negative_entropy
from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    call,
    describe,
    other,
    right,
)

MARGIN = 0.06
Rule = Callable[[np.ndarray, np.ndarray, np.ndarray], float]


class _NotAScoreError(Exception):
    """The rule returned something that cannot be compared."""


def _score(rule: Rule, evidence: Evidence) -> float | None:
    """Return what the rule says of one candidate; None where it is still a stub."""
    parts = (
        evidence.target_probabilities,
        evidence.validation_probabilities,
        evidence.validation_labels,
    )
    first, again = (call(rule, *(part.copy() for part in parts)) for _ in range(2))
    if first is None or first is ...:
        return None
    try:
        pair = [float(np.asarray(x, dtype=np.float64)) for x in (first, again)]
    except (TypeError, ValueError):
        raise _NotAScoreError(f"Your rule returned {describe(first)}.") from None
    if not np.isfinite(pair).all():
        raise _NotAScoreError("Your rule returned a value that is not finite. Is there a log of 0?")
    if pair[0] != pair[1]:
        raise _NotAScoreError("Your rule gave two answers for the same candidate. Fix its seed.")
    return pair[0]


def _scores(rule: Rule, situations: Sequence[Any]) -> list[list[dict[str, float]]] | None:
    table = []
    for situation in situations:
        rounds = []
        for candidates in situation.rounds:
            scores = {name: _score(rule, found.evidence) for name, found in candidates.items()}
            if None in scores.values():
                return None
            rounds.append(scores)
        table.append(rounds)
    return table


def regrets(situations: Sequence[Any], table: Sequence[Sequence[Mapping[str, float]]]) -> list:
    """Return for each situation what the best single candidate reaches more than the choices."""
    result = []
    for situation, rounds in zip(situations, table, strict=True):
        chosen = [
            candidates[max(scores, key=scores.get)].accuracy
            for candidates, scores in zip(situation.rounds, rounds, strict=True)
        ]
        names = situation.rounds[0]
        means = [np.mean([found[name].accuracy for found in situation.rounds]) for name in names]
        result.append(float(max(means) - np.mean(chosen)))
    return result


def _as_rule(of_evidence: Callable[[Evidence], float]) -> Rule:
    """Turn a rule of the course into one with the exercise's three arguments."""

    def score(p_target: np.ndarray, p_source_val: np.ndarray, y_source_val: np.ndarray) -> float:
        return of_evidence(
            Evidence(p_target, p_source_val, y_source_val, np.ones(len(y_source_val)))
        )

    return score


def _graded(situations: Sequence[Any], values: Sequence[float]) -> float:
    pairs = zip(situations, values, strict=True)
    return float(np.mean([value for situation, value in pairs if situation.graded]))


def _judge(answer: Any, exercise: Exercise, *, situations: Sequence[Any]) -> Verdict:
    """Judge a rule by the regret of its choices.

    Args:
        answer: Function (p_target, p_source_val, y_source_val) -> float.
        exercise: The exercise.
        situations: `Situation`s of `tlcourse.recipes.chapter07_choice`.
    """
    if not callable(answer):
        return exercise.unexpected(answer)
    try:
        table = _scores(answer, situations)
    except _NotAScoreError as error:
        return other(f"{error} Expected one finite number for each candidate, higher is better.")
    if table is None:
        return NOT_ATTEMPTED
    if all(len(set(scores.values())) == 1 for rounds in table for scores in rounds):
        return exercise.wrong("constant")
    own = regrets(situations, table)
    words = "; ".join(f"{s.name} {value:.2f}" for s, value in zip(situations, own, strict=True))
    numbers = f"Regret: {words}."
    if _blind(answer, situations):
        return exercise.wrong("source only", numbers)
    limit = _limit(situations)
    if _graded(situations, own) <= limit:
        return right(f"{numbers} {_last_question(situations, own)}")
    entropy = _scores(_as_rule(negative_entropy), situations)
    if _choices(table) == _choices(entropy) and _agree(table, entropy):
        return exercise.wrong("entropy", numbers)
    turned = [[{k: -v for k, v in scores.items()} for scores in rounds] for rounds in table]
    if _graded(situations, regrets(situations, turned)) <= limit:
        return exercise.wrong("sign", numbers)
    return other(
        f"{numbers} Sure of its answers is one half of a good candidate. What should the answers "
        f"look like over all target pictures together?"
    )


def _limit(situations: Sequence[Any]) -> float:
    """Return the largest regret that is accepted: clearly below entropy's, or as good as MI's."""
    reached = []
    for rule in (negative_entropy, mutual_information):
        table = _scores(_as_rule(rule), situations)
        reached.append(_graded(situations, regrets(situations, table)))
    return max(reached[0] - MARGIN, reached[1]) + 1e-9


def _blind(rule: Rule, situations: Sequence[Any]) -> bool:
    """Tell whether the rule gives the same score whatever the target predictions are."""
    rng = np.random.default_rng(0)
    for found in situations[0].rounds[0].values():
        shape = found.evidence.target_probabilities.shape
        random = rng.dirichlet(np.full(shape[1], 0.3), size=shape[0])
        evidence = Evidence(
            random,
            found.evidence.validation_probabilities,
            found.evidence.validation_labels,
            found.evidence.validation_weights,
        )
        try:
            if _score(rule, evidence) != _score(rule, found.evidence):
                return False
        except _NotAScoreError:
            return False
    return True


def _choices(table: Sequence[Sequence[Mapping[str, float]]]) -> list[str]:
    return [max(scores, key=scores.get) for rounds in table for scores in rounds]


def _agree(
    table: Sequence[Sequence[Mapping[str, float]]], other: Sequence[Sequence[Mapping[str, float]]]
) -> bool:
    """Tell whether two tables of scores put nearly all candidates in the same order."""
    same = total = 0
    for rounds, others in zip(table, other, strict=True):
        for a, b in zip(rounds, others, strict=True):
            for first, second in combinations(a, 2):
                same += (a[first] - a[second]) * (b[first] - b[second]) > 0
                total += 1
    return same > 0.9 * total


def _last_question(situations: Sequence[Any], own: Sequence[float]) -> str:
    open_ones = [v for s, v in zip(situations, own, strict=True) if not s.graded]
    if open_ones and max(open_ones) > MARGIN:
        return "Where it fails: which assumption about the shares of classes did you make?"
    return ""


def _negative_mutual_information(p: np.ndarray, p_val: np.ndarray, y_val: np.ndarray) -> float:
    return -_as_rule(mutual_information)(p, p_val, y_val)


def _source_validation(p: np.ndarray, p_val: np.ndarray, y_val: np.ndarray) -> float:
    return float(np.mean(p_val.argmax(axis=1) == y_val))


JUDGE = Exercise(
    id="07.6",
    question=(
        "Write score(p_target, p_source_val, y_source_val): a number, higher is better, from "
        "which the best candidate can be chosen without target labels."
    ),
    expects="a function of three arrays that returns one finite number, higher is better",
    judge=_judge,
    materials=("situations",),
    mistakes=(
        Mistake(
            "entropy",
            lambda situations: _as_rule(negative_entropy),
            "Your choices are those of the entropy: the surest candidate. Section 2 showed a model "
            "that was sure and wrong; what gave it away?",
        ),
        Mistake(
            "sign",
            lambda situations: _negative_mutual_information,
            "Turned round, your rule would choose well. Higher must mean better.",
        ),
        Mistake(
            "source only",
            lambda situations: _source_validation,
            "The score does not change with the target predictions, so it is blind to the target: "
            "the source alone cannot tell which candidate fits it.",
        ),
        Mistake(
            "constant",
            lambda situations: lambda p, p_val, y_val: 1.0,
            "All candidates get the same score, so nothing can be chosen. What differs between "
            "their predictions?",
        ),
    ),
)
