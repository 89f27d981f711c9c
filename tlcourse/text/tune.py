"""Fine-tune word vectors: E starts pretrained, and the head may start random or fitted.

The model is logit = w · (A E − μ)/σ + b, with A the word shares of the texts, μ and σ the mean and
standard deviation of the averaged vectors *before* tuning. The gradient reaches only rows of E
whose words occur in the training texts: g Aᵀ spread along w/σ. All other words stay where
pretraining left them, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from tlcourse.errors import CourseError
from tlcourse.text.heads import fit_text_head

Start = Literal["fitted head", "random head"]


@dataclass(frozen=True, eq=False)
class TunedVectors:
    """Word vectors and their head after training.

    Attributes:
        matrix: E, float32 (|V|, d).
        w: Weights of the head on standardized averages, (d,).
        b: Its intercept.
        mean: μ, (d,).
        scale: σ, (d,).
        rows: Words of the training texts, whose vectors could move.
        steps: Steps until the best validation loss.
    """

    matrix: np.ndarray
    w: np.ndarray
    b: float
    mean: np.ndarray
    scale: np.ndarray
    rows: np.ndarray
    steps: int

    def logits(self, counts: csr_matrix, *, matrix: np.ndarray | None = None) -> np.ndarray:
        """Return the logit of each text, (n,); `matrix` replaces E, for a walk between two."""
        averaged = counts @ (self.matrix if matrix is None else matrix)
        return (averaged - self.mean) / self.scale @ self.w + self.b

    def word_weights(self, matrix: np.ndarray | None = None) -> tuple[np.ndarray, float]:
        """Return each word's vote w/σ·e (|V|,) and the constant b − w·μ/σ.

        The logit of a text is the constant plus the mean vote of its known words.
        """
        direction = self.w / self.scale
        E = self.matrix if matrix is None else matrix
        return E @ direction, float(self.b - self.mean @ direction)


def tune_vectors(
    counts: csr_matrix,
    labels: np.ndarray,
    matrix: np.ndarray,
    *,
    start: Start = "fitted head",
    groups: np.ndarray | None = None,
    rate: float = 0.02,
    steps: int = 200,
    patience: int = 20,
    penalty: float = 1e-3,
    seed: int = 0,
) -> TunedVectors:
    """Train the vectors and the head together with full-batch Adam and early stopping.

    "fitted head" is LP-FT (Kumar et al. 2022): the head is fitted on frozen vectors first, and
    only then may everything move. "random head" is plain fine-tuning.

    Args:
        counts: Word shares A of the labeled texts, (n, |V|).
        labels: 0 or 1, (n,).
        matrix: E before training, float32 (|V|, d); it is copied.
        start: Where the head starts.
        groups: What stays together when the head chooses its strength, (n,).
        rate: Adam's learning rate.
        steps: Most steps.
        patience: Steps without a better validation loss until it stops.
        penalty: L2 penalty of the head.
        seed: Seed of the random head and of the fifth of the labels kept for stopping.

    Raises:
        CourseError: If `start` is unknown.

    Cost: about a second for 5,000 short texts.
    """
    if start not in ("fitted head", "random head"):
        raise CourseError(f"start={start!r} is unknown. Choose 'fitted head' or 'random head'.")
    rng = np.random.default_rng(seed)
    y = np.asarray(labels, dtype=np.float32)
    learn, hold = _fifth(y, rng)
    rows = np.unique(counts[learn].indices)  # only words of texts that are learned from
    A, A_hold = counts[learn][:, rows], counts[hold]
    averaged = counts @ matrix
    mean, scale = averaged.mean(axis=0), np.maximum(averaged.std(axis=0), 1e-6)
    if start == "fitted head":
        own = None if groups is None else groups[learn]
        head = fit_text_head(averaged[learn], labels[learn], groups=own, seed=seed)
        inner = head[0]
        w = head[-1].coef_[0] / inner.scale_ * scale
        b = float(head[-1].intercept_[0] + (w / scale) @ (mean - inner.mean_))
    else:
        w, b = rng.normal(size=len(mean)) * np.sqrt(1 / len(mean)), 0.0
    E = matrix.astype(np.float32).copy()
    start_point = (E[rows].copy(), w.astype(np.float32), np.float32(b))
    with threadpool_limits(limits=1):  # small matrices: threads cost more than they bring
        best, taken = _adam(
            start_point, A, y[learn], A_hold, y[hold], E, rows, mean, scale, rate, steps, patience,
            penalty,
        )  # fmt: skip
    E[rows] = best[0]
    return TunedVectors(E, best[1], float(best[2]), mean, scale, rows, taken)


def _adam(
    point, A, y, A_hold, y_hold, E, rows, mean, scale, rate, steps, patience, penalty
) -> tuple[tuple, int]:
    """Return the point with the lowest loss on the held-out fifth, and its step."""
    seen = A_hold[:, rows]
    unseen = A_hold @ E - seen @ E[rows]  # what words outside the training texts add: constant
    point = [np.array(p, dtype=np.float32) for p in point]
    m, v = [np.zeros_like(p) for p in point], [np.zeros_like(p) for p in point]
    best, best_loss, best_step = None, np.inf, 0
    turned = A.T.tocsr()
    for step in range(steps + 1):
        Z, w, b = point
        loss = _loss((unseen + seen @ Z - mean) / scale @ w + b, y_hold)
        if loss < best_loss - 1e-5:
            best, best_loss, best_step = [p.copy() for p in point], loss, step
        if step - best_step >= patience:
            break
        x = (A @ Z - mean) / scale
        g = (1 / (1 + np.exp(-(x @ w + b))) - y) / len(y)
        gradient = (np.outer(turned @ g, w / scale), x.T @ g + penalty * w, g.sum())
        for i, d in enumerate(gradient):
            m[i] = 0.9 * m[i] + 0.1 * d
            v[i] = 0.999 * v[i] + 0.001 * d**2
            up = m[i] / (1 - 0.9 ** (step + 1))
            point[i] = point[i] - rate * up / (np.sqrt(v[i] / (1 - 0.999 ** (step + 1))) + 1e-7)
    return tuple(best), best_step


def _loss(logits: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(np.logaddexp(0, logits) - y * logits))


def _fifth(y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return rows to learn from and a fifth of each class to stop by."""
    hold = []
    for c in (0, 1):
        own = rng.permutation(np.flatnonzero(y == c))
        hold.append(own[: max(1, len(own) // 5)])
    hold = np.sort(np.concatenate(hold))
    return np.setdiff1d(np.arange(len(y)), hold), hold
