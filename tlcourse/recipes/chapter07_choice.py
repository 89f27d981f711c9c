"""Choosing among adapted classifiers in several situations, and what each choice was worth."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tlcourse.adaptation import RULES, DomainFold, Evidence, Method, adapt, select
from tlcourse.datasets.dataset import Dataset
from tlcourse.recipes.chapter07_folds import one_thread, pose

ORACLE = "oracle (needs target labels)"


@dataclass(frozen=True, eq=False)
class Candidate:
    """One fitted method in one fold.

    Args:
        evidence: What a rule may look at.
        accuracy: On the sealed test items; read by the scorer after everything is chosen.
    """

    evidence: Evidence
    accuracy: float


@dataclass(frozen=True, eq=False)
class Situation:
    """The same candidates over several folds of one pair of domains.

    Args:
        name: For tables.
        rounds: For each fold, candidates by name.
        graded: Whether an exercise grades it.
    """

    name: str
    rounds: tuple[dict[str, Candidate], ...]
    graded: bool = True

    def mean_accuracy(self, name: str) -> float:
        """Return the mean accuracy of one candidate."""
        return float(np.mean([found[name].accuracy for found in self.rounds]))

    def oracle(self) -> float:
        """Return the mean accuracy of the best single candidate. Needs target labels."""
        return max(self.mean_accuracy(name) for name in self.rounds[0])


@dataclass(frozen=True)
class Chosen:
    """What a rule's choices were worth in one situation.

    Args:
        rule: Its name.
        situation: Where.
        accuracy: Mean accuracy of what it chose.
        regret: Accuracy of the best single candidate minus that.
        choices: What it chose in each fold.
        needs_target_labels: True for the oracle.
    """

    rule: str
    situation: str
    accuracy: float
    regret: float
    choices: tuple[str, ...]
    needs_target_labels: bool = False


@one_thread
def situation(
    name: str,
    methods: Sequence[Method],
    data: Dataset,
    features: np.ndarray,
    folds: Sequence[DomainFold],
    *,
    target_classes: Iterable[int] | None = None,
    graded: bool = True,
    seed: int = 0,
) -> Situation:
    """Fit every candidate in every fold: once for the evidence, once for the score.

    For the evidence a quarter of the source is held out, as `select` does; the candidate that
    is scored is fitted on the whole source.
    """
    rounds = []
    for fold in folds:
        problem, sealed = pose(data, features, fold, target_classes=target_classes)
        kept: list[Evidence] = []

        def keep(evidence: Evidence, kept: list[Evidence] = kept) -> float:
            kept.append(evidence)
            return 0.0

        with warnings.catch_warnings():  # a class with fewer pictures than parts is no fault
            warnings.filterwarnings("ignore", message="The least populated class")
            select(methods, problem, rules={"keep": keep}, seed=seed)
        runs = [adapt(method, problem, seed=seed) for method in methods]
        rounds.append(
            {
                run.name: Candidate(evidence, sealed.score(run.predict(sealed.test_features)))
                for run, evidence in zip(runs, kept, strict=True)
            }
        )
    return Situation(name, tuple(rounds), graded)


def choose(
    situations: Sequence[Situation],
    rules: Mapping[str, Callable[[Evidence], float]] = RULES,
    *,
    doing_nothing: str = "source only",
) -> list[Chosen]:
    """Let each rule choose in each fold of each situation; the oracle comes last, marked.

    Args:
        situations: See `situation`.
        rules: Name → function of `Evidence`, higher is better.
        doing_nothing: Candidate that is shown as the row "do nothing".
    """
    found = []
    for where in situations:
        best = where.oracle()
        for name, rule in rules.items():
            picks = tuple(_pick(candidates, rule) for candidates in where.rounds)
            reached = [c[p].accuracy for c, p in zip(where.rounds, picks, strict=True)]
            accuracy = float(np.mean(reached))
            found.append(Chosen(name, where.name, accuracy, best - accuracy, picks))
        stay = where.mean_accuracy(doing_nothing)
        found.append(Chosen("do nothing", where.name, stay, best - stay, (doing_nothing,)))
        top = max(where.rounds[0], key=where.mean_accuracy)
        found.append(Chosen(ORACLE, where.name, best, 0.0, (top,), needs_target_labels=True))
    return found


def _pick(candidates: Mapping[str, Candidate], rule: Callable[[Evidence], float]) -> str:
    return max(candidates, key=lambda name: rule(candidates[name].evidence))
