"""NCE: negative conditional entropy of the target labels, given the source model's answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.errors import DataError
from tlcourse.evaluation.checks import check_labels


def nce(source_labels: Any, labels: Any) -> float:
    """Return the negative conditional entropy −H(Y|Z), in nats; 0 is the ceiling.

    The hard forerunner of LEEP: keep only the source model's first choice z = argmax θ(x), count
    the pairs, P̂(y, z), and ask how uncertain the label y remains when z is known:

        NCE = Σ_{y,z} P̂(y, z)·ln P̂(y|z)

    It lies between −H(Y), where z says nothing, and 0, where z determines y. Like LEEP it
    flatters sources with many classes, by up to about (C−1)(Z−1)/(2n) nats.

    Args:
        source_labels: The source model's answer for each target item, shape (n,).
        labels: Target classes, shape (n,).

    Returns:
        The score in nats, at most 0. Source classes that never occur, and pairs that never occur
        (0·ln 0 = 0), add nothing. Cost: O(n log n).

    Raises:
        DataError: If lengths differ, an array is not one class for each item, or there is one
            target class only.

    Source:
        Tran, Nguyen and Hassner 2019, "Transferability and Hardness of Supervised Classification
        Tasks", ICCV, equation 4.

    Example:
        >>> round(nce([0, 1, 1, 1], [0, 0, 1, 1]), 4)
        -0.4774
    """
    classes, codes = check_labels(labels)
    sources, source_codes = check_labels(source_labels, min_classes=1, name="source labels")
    if len(codes) != len(source_codes):
        raise DataError(
            f"There are {len(source_codes)} source labels and {len(codes)} target labels; expected "
            f"one pair for each item. Index both with the same indices."
        )
    counts = np.zeros((len(classes), len(sources)))
    np.add.at(counts, (codes, source_codes), 1)
    joint = counts / len(codes)  # P(y, z)
    given_source = counts / counts.sum(axis=0)  # P(y|z); every column was seen at least once
    seen = counts > 0
    return min(float((joint[seen] * np.log(given_source[seen])).sum()), 0.0)
