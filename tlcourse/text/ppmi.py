"""Word vectors from one's own texts: PPMI and a singular value decomposition.

Count which words stand near each other, compare the counts with chance, and compress. Levy and
Goldberg (2014) showed that Word2Vec factorizes nearly the same matrix, shifted.

    PPMI(w, c) = max(0, log P(w, c) / (P(w) P(c)^0.75-smoothed)),     PPMI ≈ U S Vᵀ,  E = U √S
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import svds
from threadpoolctl import threadpool_limits

from tlcourse.datasets.glove import WordVectors
from tlcourse.errors import DataError


def cooccurrences(
    texts: Sequence[Sequence[str]], *, window: int = 5, min_count: int = 2
) -> tuple[tuple[str, ...], csr_matrix]:
    """Return the words and how often each pair stands within `window` of each other.

    Args:
        texts: Tokenized texts; pairs never cross the border between two.
        window: Largest distance in words.
        min_count: Words that occur less often are left out before distances are measured.

    Returns:
        The words, most frequent first, and the symmetric counts (|V|, |V|).
    """
    counts = Counter(token for text in texts for token in text)
    words = tuple(
        w for w, n in sorted(counts.items(), key=lambda x: (-x[1], x[0])) if n >= min_count
    )
    index = {word: i for i, word in enumerate(words)}
    rows = [np.array([index[t] for t in text if t in index], dtype=np.int64) for text in texts]
    border = np.full(window, -1)
    flat = np.concatenate([border, *(part for row in rows for part in (row, border))])
    left, right = [], []
    for distance in range(1, window + 1):
        a, b = flat[:-distance], flat[distance:]
        both = (a >= 0) & (b >= 0)
        left += [a[both], b[both]]
        right += [b[both], a[both]]
    left, right = np.concatenate(left), np.concatenate(right)
    shape = (len(words), len(words))
    return words, csr_matrix((np.ones(len(left)), (left, right)), shape=shape)


def ppmi(counts: csr_matrix, *, power: float = 0.75) -> csr_matrix:
    """Return positive pointwise mutual information of co-occurrence counts, sparse.

    Args:
        counts: Co-occurrences (|V|, |V|).
        power: Contexts are counted to this power, so that rare ones are not overrated.
    """
    total = counts.sum()
    word = np.asarray(counts.sum(axis=1)).ravel() / total
    context = np.asarray(counts.sum(axis=0)).ravel() ** power
    context = context / context.sum()
    pairs = counts.tocoo()
    expected = word[pairs.row] * context[pairs.col]
    values = np.maximum(0, np.log(pairs.data / total / expected))
    result = csr_matrix((values, (pairs.row, pairs.col)), shape=counts.shape)
    result.eliminate_zeros()
    return result


def ppmi_vectors(
    texts: Sequence[Sequence[str]],
    *,
    dimension: int = 50,
    window: int = 5,
    power: float = 0.75,
    min_count: int = 2,
) -> WordVectors:
    """Train word vectors on one's own texts.

    Args:
        texts: Tokenized texts. Texts that will be judged must not be among them, or the result
            must be called transductive.
        dimension: Numbers in one vector.
        window: As for `cooccurrences`.
        power: As for `ppmi`.
        min_count: As for `cooccurrences`.

    Raises:
        DataError: If there are not more words than numbers in a vector.

    Cost: about two seconds for 16,000 short texts.
    """
    words, counts = cooccurrences(texts, window=window, min_count=min_count)
    if len(words) <= dimension:
        raise DataError(
            f"{len(words)} words occur {min_count} times or more, which is too few for vectors of "
            f"{dimension} numbers. Pass more texts, or a smaller dimension."
        )
    with threadpool_limits(limits=1):  # many small products: threads would wait for each other
        U, S, _ = svds(ppmi(counts, power=power), k=dimension, v0=np.ones(len(words)))
    order = np.argsort(-S)
    U, S = U[:, order], S[order]
    U = U * np.sign(U[np.abs(U).argmax(axis=0), np.arange(dimension)])  # svds may flip signs
    return WordVectors(words, (U * np.sqrt(S)).astype(np.float32))
