"""A linear student: one convex problem, with the teacher's probabilities in place of labels.

The hidden layer of `distill` needs epochs, a rate and a seed. Where the trunk is good, a
linear head learns the same answers, and there is one best solution. How strong its penalty
must be is read from the answers too: the one whose answers on things left out are closest to
the teacher's. So no label is needed, neither to fit nor to choose.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from tlcourse.errors import DataError
from tlcourse.heads import LinearHead

PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3)
_SLACK = 1e-3  # added to deviations: a feature that never varies must not rule


def fit_soft_head(
    features: np.ndarray | Sequence[np.ndarray],
    probabilities: np.ndarray,
    *,
    groups: np.ndarray,
    penalties: Sequence[float] = PENALTIES,
    folds: int = 3,
    iterations: int = 100,
    seed: int = 0,
) -> LinearHead:
    """Fit a linear head to the teacher's probabilities.

    Minimizes the mean cross-entropy with the probabilities + penalty/2 · |weights|² over
    standardized features, by L-BFGS.

    Args:
        features: (n, d), or several views of the same pictures, each (n, d).
        probabilities: The teacher's answer to each picture, (n, C).
        groups: What must stay together when the penalty is chosen, (n,): the things.
        penalties: Candidates. One value skips the choice.
        folds: Parts of the groups; each is left out once.
        iterations: At most so many steps of L-BFGS.
        seed: Seed of the parts.

    Returns:
        A head; `strength` is the inverse penalty, and `inner_scores` are minus the
        cross-entropies with the teacher on groups left out, by inverse penalty.

    Raises:
        DataError: If views, answers and groups do not pair.

    Cost: 3 s for 3,400 rows of 1,280 features on one core.
    """
    views = [features] if isinstance(features, np.ndarray) else list(features)
    answers = np.asarray(probabilities, np.float32)
    groups = np.asarray(groups)
    if any(len(v) != len(answers) for v in views) or len(groups) != len(answers) or not views:
        raise DataError(
            f"There are {[len(v) for v in views]} pictures, {len(answers)} answers and "
            f"{len(groups)} groups. Expected as many of each."
        )
    x = np.concatenate(views).astype(np.float32)
    y = np.concatenate([answers] * len(views))
    part = _parts(groups, folds, seed)
    part = np.concatenate([part] * len(views))
    scores: dict[float, float] = {}
    with threadpool_limits(1, user_api="blas"):
        if len(penalties) > 1:
            for penalty in penalties:
                scores[1 / penalty] = _closeness(x, y, part, penalty, iterations)
        strength = max(scores, key=scores.__getitem__) if scores else 1 / penalties[0]
        mean, scale, weights, bias = _fit(x, y, 1 / strength, iterations)
    return LinearHead(mean, scale, weights, bias, strength=strength, inner_scores=scores)


def _parts(groups: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Deal the groups into parts, (n,)."""
    names, codes = np.unique(groups, return_inverse=True)
    dealt = np.random.default_rng(seed).permutation(len(names)) % folds
    return dealt[codes]


def _closeness(
    x: np.ndarray, y: np.ndarray, part: np.ndarray, penalty: float, iterations: int
) -> float:
    """Return minus the cross-entropy with the teacher's answers on rows left out."""
    total = 0.0
    for k in np.unique(part):
        train, held_out = part != k, part == k
        parts = _fit(x[train], y[train], penalty, iterations)
        logits = LinearHead(*parts, strength=1 / penalty).logits(x[held_out])
        total += float(np.sum(y[held_out] * _log_softmax(logits)))
    return total / len(y)


def _fit(
    x: np.ndarray, y: np.ndarray, penalty: float, iterations: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    mean, scale = x.mean(axis=0), x.std(axis=0) + _SLACK
    z = (x - mean) / scale
    (n, d), classes = z.shape, y.shape[1]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights, bias = _unpack(flat, d, classes)
        log_p = _log_softmax(z @ weights + bias)
        slope = (np.exp(log_p) * y.sum(axis=1, keepdims=True) - y) / n
        value = -float(np.sum(y * log_p)) / n + penalty / 2 * float(np.sum(weights**2))
        gradient = np.r_[(z.T @ slope + penalty * weights).ravel(), slope.sum(axis=0)]
        return value, gradient.astype(float)

    start = np.zeros(d * classes + classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": iterations})
    return mean, scale, *_unpack(found.x, d, classes)


def _unpack(flat: np.ndarray, d: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    flat = flat.astype(np.float32)
    return flat[: d * classes].reshape(d, classes), flat[d * classes :]


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    logits = logits - logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
