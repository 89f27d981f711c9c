"""Who lives next door: cosines between words and lists of nearest words."""

from __future__ import annotations

import numpy as np

from tlcourse.datasets.glove import WordVectors
from tlcourse.errors import DataError


def cosine(vectors: WordVectors, a: str, b: str) -> float:
    """Return the cosine between two words: 1 same direction, 0 unrelated.

    Raises:
        DataError: If a word has no vector.
    """
    x, y = (vectors.matrix[_row(vectors, word)] for word in (a, b))
    return float(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)))


def neighbors(vectors: WordVectors, word: str, *, n: int = 8) -> list[tuple[str, float]]:
    """Return the n words with the largest cosine to a word, and the cosines.

    Raises:
        DataError: If the word has no vector.

    Cost: O(|V| d).
    """
    row = _row(vectors, word)
    lengths = np.maximum(np.linalg.norm(vectors.matrix, axis=1), 1e-12)
    cosines = vectors.matrix @ vectors.matrix[row] / (lengths * lengths[row])
    order = [i for i in np.argsort(-cosines)[: n + 1] if i != row][:n]
    return [(vectors.words[i], float(cosines[i])) for i in order]


def _row(vectors: WordVectors, word: str) -> int:
    if word not in vectors:
        raise DataError(
            f"'{word}' has no vector. The words are lower case and cut as by tokenize; look with "
            f"`word in vectors`."
        )
    return vectors.index[word]
