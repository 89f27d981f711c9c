"""Merge groups: whatever is linked, directly or through others, belongs together."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def connected(n: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the component of each of n items in the graph with an edge for each pair.

    Args:
        n: Number of items.
        first: One end of each edge, int (m,).
        second: The other end, int (m,).

    Returns:
        Component numbers from 0, int64 (n,), in the order of the first item of each.
    """
    edges = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(n, n))
    number = connected_components(edges, directed=False)[1]
    _, start, which = np.unique(number, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(start))[which].astype(np.int64)


def merge_groups(groups: np.ndarray, *others: np.ndarray) -> np.ndarray:
    """Return groups in which items that share a value in any of the arrays are together.

    Args:
        groups: Group names, (n,).
        others: Further arrays (n,), such as content hashes or cluster numbers.

    Returns:
        Group names (n,); a merged group has the name that sorts first among its own.
    """
    n = len(groups)
    firsts, rows = [], []
    for values in (groups, *others):
        _, start, which = np.unique(values, return_index=True, return_inverse=True)
        firsts.append(start[which])
        rows.append(np.arange(n))
    if not n:
        return groups
    number = connected(n, np.concatenate(firsts), np.concatenate(rows))
    order = np.argsort(groups, kind="stable")  # the first name of each component wins
    _, first = np.unique(number[order], return_index=True)
    return groups[order][first][number]
