"""Chapter 11, retina: a filter as a rival, folds by stripe, weights, contrast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from tlcourse.datasets.dataset import Dataset
from tlcourse.evaluation.intervals import Interval, bootstrap
from tlcourse.field.lesions import draw_lesion
from tlcourse.field.retina import SIDE, corners, read_retina, render
from tlcourse.field.thresholds import decide, threshold_at_specificity

STRIPES = 5


def filter_scores(images: np.ndarray) -> np.ndarray:
    """Return the strongest dark spot of each picture: a difference of Gaussians in green.

    What an engineer would try first: blur a little, blur more, subtract, take the maximum.
    Three sizes; float (n,).
    """
    from scipy.ndimage import gaussian_filter

    green = images[..., 1].astype(float)
    best = np.full(len(images), -np.inf)
    for size in (2.0, 3.0, 4.5):  # pixels of the enlarged patch
        narrow = gaussian_filter(green, (0, size, size))
        wide = gaussian_filter(green, (0, 1.6 * size, 1.6 * size))
        best = np.maximum(best, (wide - narrow).max(axis=(1, 2)))
    return best


def stripe_folds(data: Dataset, rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Cut one half of the eye into five vertical stripes: train on four, score the fifth.

    Training patches that share a pixel with a held-out one are left out, so no pixel is on
    both sides.

    Args:
        data: From `load_retina`.
        rows: Rows of one half.
    """
    columns = np.array([int(data.ids[row].split("_")[1]) for row in rows])
    edges = np.quantile(columns, np.linspace(0, 1, STRIPES + 1)[1:-1])
    stripe = np.searchsorted(edges, columns, side="left")
    for i in range(STRIPES):
        inside = stripe == i
        low, high = columns[inside].min(), columns[inside].max()
        apart = (columns + SIDE <= low) | (columns >= high + SIDE)
        yield rows[apart & ~inside], rows[inside]


@dataclass(frozen=True, eq=False)
class RareHead:
    """A two-class logistic head that may weigh its classes; gives log-odds of a lesion."""

    scaler: StandardScaler
    model: LogisticRegression

    def log_odds(self, features: np.ndarray) -> np.ndarray:
        """Return the log-odds of class 1, (n,)."""
        return self.model.decision_function(self.scaler.transform(features))


def fit_rare(
    features: np.ndarray, labels: np.ndarray, *, strength: float, balanced: bool = False
) -> RareHead:
    """Fit a logistic head, with class_weight="balanced" if asked for.

    Args:
        features: (n, d).
        labels: 0 or 1, (n,).
        strength: C of scikit-learn.
        balanced: Weigh each class as if both were equally frequent.
    """
    scaler = StandardScaler().fit(features.astype(np.float64))
    weight = "balanced" if balanced else None
    with threadpool_limits(1, user_api="blas"):
        model = LogisticRegression(C=strength, class_weight=weight, max_iter=500)
        model.fit(scaler.transform(features), labels)
    return RareHead(scaler, model)


@dataclass(frozen=True, eq=False)
class RareResult:
    """A head for rare findings, trained on one half and asked about the other.

    Args:
        name: Which features or method.
        head: Fitted on the whole training half; None for the filter.
        strength: C, chosen on the stripes; None for the filter.
        threshold: From out-of-fold scores of the training half.
        threshold_rows: Rows whose scores decided the threshold.
        scores: Log-odds (or filter values) of the test half, (m,).
    """

    name: str
    head: RareHead | None
    strength: float | None
    threshold: float
    threshold_rows: np.ndarray
    scores: np.ndarray


def rare_result(
    name: str,
    features: np.ndarray,
    data: Dataset,
    *,
    specificity: float = 0.95,
    strengths: Sequence[float] = (1e-4, 1e-3, 1e-2),
    balanced: bool = False,
    train: str = "train",
) -> RareResult:
    """Choose C and the threshold on stripes of one half, then score the other half once.

    Args:
        name: For tables.
        features: (n, d), rows as in `data`.
        data: From `load_retina`.
        specificity: What the threshold must keep out of fold.
        strengths: Candidates for C; the best log loss out of fold wins.
        balanced: See `fit_rare`.
        train: Which half to learn from, by `presplit`.
    """
    rows = np.flatnonzero(data.presplit == train)
    others = np.flatnonzero(data.presplit != train)
    y = data.labels
    held_out = {}
    for strength in strengths:
        scores = np.full(len(data), np.nan)
        for fit_rows, out in stripe_folds(data, rows):
            head = fit_rare(features[fit_rows], y[fit_rows], strength=strength, balanced=balanced)
            scores[out] = head.log_odds(features[out])
        held_out[strength] = scores[rows]
    best = min(strengths, key=lambda s: _loss(held_out[s], y[rows]))
    threshold = threshold_at_specificity(held_out[best], y[rows], specificity)
    head = fit_rare(features[rows], y[rows], strength=best, balanced=balanced)
    return RareResult(name, head, best, threshold, rows, head.log_odds(features[others]))


def filter_result(data: Dataset, *, specificity: float = 0.95) -> RareResult:
    """Do the same with the filter, which has nothing to learn but a threshold."""
    rows = np.flatnonzero(data.presplit == "train")
    scores = filter_scores(data.images)
    threshold = threshold_at_specificity(scores[rows], data.labels[rows], specificity)
    return RareResult("filter", None, None, threshold, rows, scores[data.presplit != "train"])


def _loss(scores: np.ndarray, y: np.ndarray) -> float:
    return float(np.logaddexp(0, np.where(y > 0, -scores, scores)).mean())


def over_tiles(statistic, labels: np.ndarray, groups: np.ndarray, *, draws: int = 300) -> Interval:
    """Bootstrap a statistic of (rows) over tiles of the test half; both classes must occur."""

    def of(rows: np.ndarray) -> float:
        return float(statistic(rows)) if 0 < labels[rows].mean() < 1 else float("nan")

    return bootstrap(of, len(labels), groups=groups, draws=draws)


def decision_intervals(
    found: RareResult, labels: np.ndarray, groups: np.ndarray
) -> tuple[Interval, Interval]:
    """Return sensitivity and specificity at the frozen threshold, intervals over tiles."""

    def share(which: str):
        return lambda rows: getattr(
            decide(found.scores[rows], labels[rows], found.threshold), which
        )

    return tuple(over_tiles(share(w), labels, groups) for w in ("sensitivity", "specificity"))


def brier(log_odds: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean squared distance of the probabilities from what happened."""
    return float(np.mean((expit(log_odds) - labels) ** 2))


def contrast_patches(
    contrasts: Sequence[float], n: int, *, seed: int = 0
) -> dict[float, np.ndarray]:
    """Paint n healthy patches of the lower half with lesions of each contrast.

    Places, diameters and noise are the same for every contrast, so that only contrast differs.
    """
    rng = np.random.default_rng([seed, 8])
    places = corners("lower")
    chosen = [places[i] for i in rng.choice(len(places), min(n, len(places)), replace=False)]
    read_retina()
    found = {}
    for contrast in contrasts:
        own = np.random.default_rng([seed, 9])
        lesions = [draw_lesion(own, SIDE, contrast=(contrast, contrast)) for _ in chosen]
        found[contrast] = render(chosen, lesions, seed=seed + 1)
    return found
