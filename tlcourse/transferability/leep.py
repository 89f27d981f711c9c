"""LEEP: how well do the source model's own classes foretell the target labels?"""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.evaluation.checks import check_labels, check_probabilities


def leep(source_probabilities: Any, labels: Any) -> float:
    """Return LEEP, the Log Expected Empirical Prediction, in nats; 0 is the ceiling.

    The source model looks at the target items and names its own classes z, with probabilities
    θ(x)_z. Counting how they go together with the target labels y gives the joint distribution
    P̂(y, z) = 1/n · Σ_i θ(x_i)_z·[y_i = y] and from it P̂(y|z) = P̂(y, z) / P̂(z). LEEP is the mean
    log likelihood of the true labels when z is drawn from θ and y from P̂(y|z):

        LEEP = 1/n · Σ_i ln Σ_z P̂(y_i|z)·θ(x_i)_z

    It lies between −H(Y), a source that says the same about every item, and 0, a source whose
    classes determine the label. P̂ is counted on the same items, which flatters sources with many
    classes: before comparing sources with different Z, subtract the score on shuffled labels.

    Args:
        source_probabilities: Softmax output of the source model on the target items, (n, Z).
        labels: Target classes, shape (n,).

    Returns:
        The score in nats, at most 0. A source class that never gets any probability has no
        P̂(y|z); it adds nothing. Cost: O(n·Z·C).

    Raises:
        DataError: If rows are not probabilities, lengths differ or there is one class only.

    Source:
        Nguyen, Hassner, Seeger and Archambeau 2020, "LEEP: A New Measure to Evaluate
        Transferability of Learned Representations", ICML, equations 1 and 2.

    Example:
        >>> theta = [[0.95, 0.05], [0.40, 0.60], [0.10, 0.90], [0.20, 0.80]]
        >>> round(leep(theta, [0, 0, 1, 1]), 4)
        -0.4572
    """
    classes, codes = check_labels(labels)
    theta = check_probabilities(source_probabilities, rows=len(codes))
    joint = np.eye(len(classes))[codes].T @ theta / len(codes)  # P(y, z), shape (C, Z)
    of_source = joint.sum(axis=0)  # P(z), shape (Z,)
    given_source = joint / np.where(of_source > 0, of_source, 1)  # P(y|z); 0 in place of 0/0
    expected = (given_source[codes] * theta).sum(axis=1)  # shape (n,)
    return min(float(np.log(expected).mean()), 0.0)
