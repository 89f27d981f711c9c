"""Scores of candidates for every setting that a learner can choose, computed beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import weightedtau

from tlcourse.errors import CourseError
from tlcourse.plots.choosing import ranks

Setting = tuple[str, int, str]


@dataclass(frozen=True, eq=False)
class Choice:
    """What one score says about the candidates of one target.

    Args:
        rank: Rank of each candidate by the score, 1 is the first choice, int (m,).
        truth: Accuracy of each candidate, (m,).
        tau: Weighted Kendall's τ between score and truth.
        first: Number of the first choice.
        regret: Accuracy given up by taking it.
    """

    rank: np.ndarray
    truth: np.ndarray
    tau: float
    first: int
    regret: float


@dataclass(frozen=True, eq=False)
class ChoiceTable:
    """Choices for each setting (target, labeled pictures, score).

    Args:
        names: The m candidates.
        kinds: Kind of each, a key of `tlcourse.plots.choosing.KINDS`.
        targets: Names of the targets.
        sizes: Numbers of labeled pictures.
        scores: Names of the scores.
        choices: One `Choice` for each setting.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    targets: tuple[str, ...]
    sizes: tuple[int, ...]
    scores: tuple[str, ...]
    choices: dict[Setting, Choice]

    def choice(self, target: str, size: int, score: str) -> Choice:
        """Return one choice, or raise `CourseError` naming what is unknown."""
        if (target, size, score) not in self.choices:
            raise CourseError(
                f"Unknown setting {(target, size, score)!r}. Expected one of the targets "
                f"{', '.join(self.targets)}, of the sizes {self.sizes} and of the scores "
                f"{', '.join(self.scores)}."
            )
        return self.choices[target, size, score]

    def describe(self, target: str, size: int, score: str) -> str:
        """Say in words what the score would choose, and what that costs."""
        found = self.choice(target, size, score)
        best = self.names[int(found.truth.argmax())]
        return (
            f"{score} with {size} labeled pictures of {target}: weighted τ {found.tau:.2f}; first "
            f"choice {self.names[found.first]}, best {best}, regret {100 * found.regret:.1f} points"
        )


def choice_table(
    scores: Mapping[Setting, np.ndarray],
    truths: Mapping[str, np.ndarray],
    *,
    names: tuple[str, ...],
    kinds: Mapping[str, str],
) -> ChoiceTable:
    """Rank the candidates for each setting.

    Args:
        scores: (target, labeled pictures, score) → one value for each candidate, higher is
            better, (m,). Every target needs every size and score.
        truths: Target → accuracy of each candidate, (m,).
        names: The m candidates.
        kinds: Candidate → kind.

    Raises:
        CourseError: If a setting is missing, or arrays do not pair.
    """
    targets, sizes, kinds_of_score = (tuple(dict.fromkeys(k[i] for k in scores)) for i in range(3))
    missing = [
        (t, n, s) for t in targets for n in sizes for s in kinds_of_score if (t, n, s) not in scores
    ]
    if missing or not scores:
        raise CourseError(f"Scores for {missing[:1] or 'any setting'} are missing. Expected all.")
    lengths = {len(values) for values in scores.values()} | {len(truths[t]) for t in targets}
    if lengths != {len(names)}:
        raise CourseError(
            f"There are {len(names)} candidates and arrays of {sorted(lengths)} values. Expected "
            f"one value for each candidate."
        )
    choices = {key: _choice(np.asarray(v), np.asarray(truths[key[0]])) for key, v in scores.items()}
    return ChoiceTable(
        tuple(names), tuple(kinds[name] for name in names), targets, sizes, kinds_of_score, choices
    )


def _choice(scores: np.ndarray, truth: np.ndarray) -> Choice:
    flat = np.ptp(scores) == 0 or np.ptp(truth) == 0
    first = int(scores.argmax())
    return Choice(
        rank=ranks(scores),
        truth=truth,
        tau=0.0 if flat else float(weightedtau(scores, truth).statistic),
        first=first,
        regret=float(truth.max() - truth[first]),
    )
