"""Texts as rows of word shares: the mean of word vectors is one matrix product.

With A the share of each known word in each text (n × |V|, rows sum to 1) and E the vectors
(|V| × d), the averaged vectors of all texts are A E. Written so, an embedding layer followed by
average pooling is a linear layer on word counts, and tuning E is cheap.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from tlcourse.datasets.glove import WordVectors


def count_matrix(texts: Sequence[Sequence[str]], vectors: WordVectors) -> csr_matrix:
    """Return the share of each known word in each text, float32 (n, |V|).

    Args:
        texts: n tokenized texts.
        vectors: The words that are known. Unknown words are skipped, not averaged in as zeros.

    Returns:
        Rows that sum to 1; the row of a text without a known word is empty, so that its mean is
        the zero vector.
    """
    columns, values, ends = [], [], [0]
    for tokens in texts:
        rows = vectors.rows(list(tokens))
        words, times = np.unique(rows[rows >= 0], return_counts=True)
        columns.append(words)
        values.append(times / max(times.sum(), 1))
        ends.append(ends[-1] + len(words))
    flat = np.concatenate([np.zeros(0), *values]).astype(np.float32)
    where = np.concatenate([np.zeros(0, np.int64), *columns])
    return csr_matrix((flat, where, ends), shape=(len(texts), len(vectors)))


def mean_vectors(counts: csr_matrix, matrix: np.ndarray) -> np.ndarray:
    """Return the averaged word vectors of each text, float32 (n, d): A E."""
    return np.asarray(counts @ matrix, dtype=np.float32)


def random_vectors(like: WordVectors, *, seed: int = 0) -> WordVectors:
    """Return vectors that know nothing: the same words, normal numbers of the same size.

    The control of every claim about pretraining: same model, same head, same words, and no
    knowledge.

    Args:
        like: Whose words and whose mean and standard deviation (of each number) are taken.
        seed: Seed of the numbers.
    """
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=like.matrix.shape)
    matrix = like.matrix.mean(axis=0) + like.matrix.std(axis=0) * noise
    return WordVectors(like.words, matrix.astype(np.float32), like.index)
