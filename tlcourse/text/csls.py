"""Find translations: cosine, and CSLS, which punishes words that are near to everything.

    CSLS(x, y) = 2 cos(x, y) − r_Y(x) − r_X(y)

with r_Y(x) the mean cosine of x to its 10 nearest targets, and r_X(y) that of y to its 10 nearest
sources. A "hub" y that is everybody's neighbor has a large r_X(y). Conneau et al. 2018.
"""

from __future__ import annotations

import numpy as np

from tlcourse.text.procrustes import _unit

BLOCK = 500


def cosines(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Return the cosine of every row of X (n, d) with every row of Y (m, d): (n, m)."""
    return _unit(np.asarray(X)) @ _unit(np.asarray(Y)).T


def neighborhood(X: np.ndarray, Y: np.ndarray, *, k: int = 10, block: int = BLOCK) -> np.ndarray:
    """Return the mean cosine of each row of X to its k nearest rows of Y, (n,).

    Works in blocks of rows: the whole matrix of 20,000 × 8,000 would take a gigabyte.
    """
    k = min(k, len(Y))
    means = [
        np.partition(cosines(X[i : i + block], Y), -k, axis=1)[:, -k:].mean(axis=1)
        for i in range(0, len(X), block)
    ]
    return np.concatenate(means)


def csls(
    queries: np.ndarray, targets: np.ndarray, sources: np.ndarray, *, k: int = 10
) -> np.ndarray:
    """Return the CSLS score of every query with every target, (q, m).

    Args:
        queries: Mapped source words that are asked about, (q, d).
        targets: All target words, (m, d).
        sources: All mapped source words, which say which targets are hubs, (n, d).
        k: Neighbors in a neighborhood.
    """
    return (
        2 * cosines(queries, targets)
        - neighborhood(queries, targets, k=k)[:, None]
        - neighborhood(targets, sources, k=k)[None, :]
    )


def ranks(scores: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return how many targets score higher than the right one, for each query: 0 is a hit.

    Args:
        scores: (q, m).
        right: Row of the right target for each query, (q,).
    """
    own = scores[np.arange(len(right)), right]
    return (scores > own[:, None]).sum(axis=1)
