"""Chapter 11, tissue: baselines, held-out scores by block, another lab, another case mix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.splits import folds
from tlcourse.evaluation.intervals import Interval, bootstrap
from tlcourse.field.thresholds import decide, threshold_at_specificity
from tlcourse.heads import fit_head

FOLDS = 5
STRENGTHS = (0.001, 0.01, 0.1)
_INNER = 3


def hand_made(images: np.ndarray) -> np.ndarray:
    """Return texture measures that need no network, float (n, 26).

    Local binary patterns of two radii (Ojala et al. 2002) and a histogram of the edges'
    orientation, weighted by their strength.
    """
    from skimage.color import rgb2gray
    from skimage.feature import local_binary_pattern

    rows = []
    for image in images:
        gray = rgb2gray(image)
        codes = np.round(255 * gray).astype(np.uint8)
        parts = [
            np.bincount(
                local_binary_pattern(codes, 8, radius, "uniform").astype(int).ravel(), minlength=10
            )
            / codes.size
            for radius in (1, 3)
        ]
        dy, dx = np.gradient(gray)
        angle, strength = np.arctan2(dy, dx) % np.pi, np.hypot(dx, dy)
        edges, _ = np.histogram(angle, 6, (0, np.pi), weights=strength)
        rows.append(np.concatenate([*parts, edges / edges.size]))
    return np.array(rows)


def held_out_scores(
    features: np.ndarray,
    labels: np.ndarray,
    groups: np.ndarray | None,
    *,
    seed: int = 0,
    strengths: Sequence[float] = STRENGTHS,
) -> np.ndarray:
    """Return for each item the log-odds of class 1 from a head that has not seen its group.

    Args:
        features: float (n, d); for a one-number baseline (n, 1).
        labels: 0 or 1, (n,).
        groups: What stays together; None splits item by item.
        seed: Seed of the five folds.
        strengths: Candidates for C, chosen inside each training part.
    """
    scores = np.full(len(labels), np.nan)
    for train, test in folds(labels, groups, n=FOLDS, seed=seed):
        own = None if groups is None else groups[train]
        head = fit_head(
            features[train], labels[train], groups=own, strengths=strengths, folds=_INNER
        )
        scores[test] = log_odds(head, features[test])
    return scores


def log_odds(head, features: np.ndarray) -> np.ndarray:
    """Return the log-odds of class 1 that a two-class head gives, (n,)."""
    logits = head.logits(features)
    return logits[:, 1] - logits[:, 0]


def area(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the area under the ROC curve from ranks (Mann & Whitney); NaN for one class.

    The share of pairs (sick, healthy) in which the sick one scores higher; ties count half.
    Ten times quicker than a general function, which a bootstrap notices.
    """
    n_sick = int(np.sum(labels))
    n_healthy = len(labels) - n_sick
    if not n_sick or not n_healthy:
        return float("nan")
    above = rankdata(scores)[labels > 0].sum() - n_sick * (n_sick + 1) / 2
    return float(above / (n_sick * n_healthy))


def auc(
    labels: np.ndarray, scores: np.ndarray, groups: np.ndarray, *, draws: int = 500
) -> Interval:
    """Return the area under the ROC curve with an interval over whole groups."""
    return bootstrap(
        lambda rows: area(labels[rows], scores[rows]), len(labels), groups=groups, draws=draws
    )


@dataclass(frozen=True)
class Lab:
    """What one lab's scores do at the frozen threshold.

    Args:
        name: The lab.
        auc: Ranking, with an interval over blocks.
        sensitivity: At the frozen threshold, with an interval over blocks.
        specificity: The same.
    """

    name: str
    auc: Interval
    sensitivity: Interval
    specificity: Interval


def frozen_head(
    features: np.ndarray, data: Dataset, *, specificity: float, seed: int = 0
) -> tuple[object, float, np.ndarray]:
    """Fit on the training blocks; freeze a threshold on their out-of-fold scores.

    Returns:
        The head, the threshold, and the rows that either of them has seen.
    """
    rows = np.flatnonzero(data.presplit == "train")
    x, y, groups = features[rows], data.labels[rows], data.groups[rows]
    threshold = threshold_at_specificity(held_out_scores(x, y, groups, seed=seed), y, specificity)
    head = fit_head(x, y, groups=groups, strengths=STRENGTHS, folds=_INNER)
    return head, threshold, rows


def own_statistics(features: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Give features the mean and deviation of a reference, column by column; no label is read."""
    scale = np.where(features.std(axis=0) > 0, features.std(axis=0), 1)
    return (features - features.mean(axis=0)) / scale * reference.std(axis=0) + reference.mean(
        axis=0
    )


def judge_lab(
    name: str, scores: np.ndarray, labels: np.ndarray, groups: np.ndarray, threshold: float
) -> Lab:
    """Measure scores of one lab at a frozen threshold, with intervals over blocks."""

    def share(which: str):
        def of(rows: np.ndarray) -> float:
            if len(np.unique(labels[rows])) < 2:
                return float("nan")
            return getattr(decide(scores[rows], labels[rows], threshold), which)

        return bootstrap(of, len(labels), groups=groups, draws=300)

    return Lab(name, auc(labels, scores, groups), share("sensitivity"), share("specificity"))


def thinned(
    features: np.ndarray,
    labels: np.ndarray,
    reference: np.ndarray,
    head: object,
    threshold: float,
    *,
    shares: Sequence[float] = (0.63, 0.3, 0.1),
    draws: int = 10,
) -> Mapping[float, np.ndarray]:
    """Apply the own-statistics repair where positives are rarer, and measure specificity.

    Args:
        features: Of the lab's test patches.
        labels: (n,).
        reference: Features of the training blocks at home.
        head: The frozen head.
        threshold: The frozen threshold.
        shares: Share of positives after leaving some out at random.
        draws: Random choices for each share.

    Returns:
        Share → specificity of each draw.
    """
    found = {}
    negative, positive = np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)
    for share in shares:
        n = min(len(positive), max(2, round(len(negative) * share / (1 - share))))
        values = []
        for seed in range(draws):
            kept = np.random.default_rng(seed).choice(positive, n, replace=False)
            rows = np.concatenate([negative, kept])
            scores = log_odds(head, own_statistics(features[rows], reference))
            values.append(decide(scores, labels[rows], threshold).specificity)
        found[share] = np.array(values)
    return found
