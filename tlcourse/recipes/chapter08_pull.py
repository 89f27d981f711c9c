"""Chapter 08: the walk from pretrained to tuned vectors, E(α) = E₀ + α (E − E₀)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tlcourse.datasets.glove import WordVectors
from tlcourse.errors import CourseError
from tlcourse.recipes.chapter08_protocol import Domain
from tlcourse.text.tokenize import tokenize
from tlcourse.text.tune import TunedVectors, tune_vectors


@dataclass(frozen=True, eq=False)
class Walk:
    """Everything that a step on the walk needs: votes of all words, and accuracies.

    Attributes:
        vectors: The words.
        alphas: Steps; 0 is pretrained, 1 is tuned.
        votes: Labels → (votes at 0, votes at 1), each (|V|,).
        moved: Labels → whether a word's vector moved, bool (|V|,).
        constants: Labels → what the logit has beside the mean vote.
        accuracy: Labels → domain → balanced accuracy at each step, (draws, steps).
    """

    vectors: WordVectors
    alphas: tuple[float, ...]
    votes: dict[int, tuple[np.ndarray, np.ndarray]]
    moved: dict[int, np.ndarray]
    constants: dict[int, float]
    accuracy: dict[int, dict[str, np.ndarray]]

    def contributions(
        self, text: str, alpha: float, size: int
    ) -> tuple[list[tuple[str, float, bool]], float]:
        """Return (word, what it adds, whether its vector moved) of known words, and the logit.

        Raises:
            CourseError: If the setting was not computed.
        """
        if size not in self.votes:
            raise CourseError(f"{size} labels were not computed; choose from {list(self.votes)}.")
        rows = self.vectors.rows(tokenize(text))
        rows = rows[rows >= 0]
        start, end = self.votes[size]
        votes = (start[rows] + alpha * (end[rows] - start[rows])) / max(len(rows), 1)
        words = [
            (self.vectors.words[r], float(v), bool(self.moved[size][r]))
            for r, v in zip(rows, votes, strict=True)
        ]
        return words, float(votes.sum() + self.constants[size])


def walk(
    home: Domain,
    others: Sequence[Domain],
    vectors: WordVectors,
    *,
    sizes: Sequence[int],
    alphas: Sequence[float],
    seeds: Sequence[int],
) -> Walk:
    """Tune at home with a fitted head, and measure every step of the walk everywhere.

    Args:
        home: Where labels come from.
        others: Domains that are only asked about.
        vectors: Pretrained vectors.
        sizes: Numbers of labels.
        alphas: Steps of the walk.
        seeds: One draw for each; the votes are those of the first.
    """
    votes, moved, constants, accuracy = {}, {}, {}, {}
    for size in sizes:
        tables: dict[str, list] = {d.name: [] for d in (home, *others)}
        for seed in seeds:
            rows = home.draw(size, seed)
            found = tune_vectors(
                home.counts[rows], home.labels[rows], vectors.matrix,
                groups=home.groups[rows], seed=seed,
            )  # fmt: skip
            for domain in (home, *others):
                tables[domain.name].append(_steps(found, domain, vectors.matrix, alphas))
            if seed == seeds[0]:
                start, constants[size] = found.word_weights(vectors.matrix)
                votes[size] = (start, found.word_weights()[0])
                moved[size] = np.any(found.matrix != vectors.matrix, axis=1)
        accuracy[size] = {name: np.array(rows) for name, rows in tables.items()}
    return Walk(vectors, tuple(alphas), votes, moved, constants, accuracy)


def _steps(
    found: TunedVectors, domain: Domain, start: np.ndarray, alphas: Sequence[float]
) -> list[float]:
    """Return balanced accuracy at each step; the logit is linear in α, so two are enough."""
    rows = domain.evaluation
    y, A = domain.labels[rows], domain.counts[rows]
    first, last = found.logits(A, matrix=start), found.logits(A)
    steps = []
    for alpha in alphas:
        right = ((first + alpha * (last - first)) > 0) == (y == 1)
        steps.append(float(np.mean([right[y == c].mean() for c in (0, 1)])))
    return steps
