"""Chapter 08: ways to fit a sentiment classifier, each a function (domain, rows, seed) → asker."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tlcourse.datasets.glove import WordVectors
from tlcourse.recipes.chapter08_protocol import Domain, Fit
from tlcourse.text.counts import count_matrix, mean_vectors
from tlcourse.text.encoder import GruClassifier
from tlcourse.text.heads import fit_text_head, fit_word_counts
from tlcourse.text.tune import tune_vectors

Ask = Callable[[Domain, np.ndarray], np.ndarray]


def averaged(*sets: WordVectors) -> Fit:
    """Return a fit of a head on averaged vectors; several sets are put side by side.

    Averages are computed once for each domain and kept.
    """
    kept: dict[str, np.ndarray] = {}

    def features(domain: Domain) -> np.ndarray:
        if domain.name not in kept:
            parts = [mean_vectors(_counts(domain, vectors), vectors.matrix) for vectors in sets]
            kept[domain.name] = np.concatenate(parts, axis=1)
        return kept[domain.name]

    def fit(domain: Domain, rows: np.ndarray, seed: int) -> Ask:
        x, y, groups = features(domain)[rows], domain.labels[rows], domain.groups[rows]
        head = fit_text_head(x, y, groups=groups, seed=seed)
        return lambda other, asked: head.decision_function(features(other)[asked])

    return fit


def word_counts(domain: Domain, rows: np.ndarray, seed: int) -> Ask:
    """Fit TF-IDF with logistic regression."""
    head = fit_word_counts(
        domain.tokens[rows], domain.labels[rows], groups=domain.groups[rows], seed=seed
    )
    return lambda other, asked: head.decision_function(other.tokens[asked])


def tuned(vectors: WordVectors, start: str) -> Fit:
    """Return a fit that trains the vectors too, from a fitted or a random head."""

    def fit(domain: Domain, rows: np.ndarray, seed: int) -> Ask:
        found = tune_vectors(
            domain.counts[rows], domain.labels[rows], vectors.matrix, start=start,
            groups=domain.groups[rows], seed=seed,
        )  # fmt: skip
        return lambda other, asked: found.logits(other.counts[asked])

    return fit


def recurrent(vectors: WordVectors, network: GruClassifier, *, epochs: int) -> Fit:
    """Return a fit of a recurrent encoder on frozen vectors."""

    def fit(domain: Domain, rows: np.ndarray, seed: int) -> Ask:
        order = np.random.default_rng(seed).permutation(rows)
        network.fit(domain.tokens[order], domain.labels[order], vectors, epochs=epochs, seed=seed)
        return lambda other, asked: network.logits(other.tokens[asked], vectors)

    return fit


def _counts(domain: Domain, vectors: WordVectors):
    """Return the shares of these vectors' words; GloVe's are there already."""
    if domain.counts.shape[1] == len(vectors) and vectors.index is _glove_index():
        return domain.counts
    return count_matrix(domain.tokens, vectors)


def _glove_index() -> dict[str, int]:
    from tlcourse.datasets.glove import load_glove

    return load_glove().index
