"""When the label sets differ: what a source head answers, and which source class helps whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.adaptation import DomainFold
from tlcourse.datasets.dataset import Dataset
from tlcourse.heads import fit_head

Classes = Sequence[int]


def class_sets(data: Dataset) -> dict[str, tuple[int, ...]]:
    """Return restricted sets of target classes: those of the lesson for emoji, else by order.

    At least two classes each, and never all of them; {} with fewer than three classes.
    """
    if data.name == "emoji":
        words = ("vehicle building", "animal food", "face hand clothing plant")
        return {
            " + ".join(text.split()): tuple(data.class_names.index(w) for w in text.split())
            for text in words
        }
    c = data.n_classes
    sets = [tuple(range(i, i + 2)) for i in range(0, c - 1, 2)][:3] if c > 2 else []
    return {" + ".join(data.class_names[i] for i in chosen): chosen for chosen in sets}


def two_label_sets(data: Dataset) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Return at least three source classes and two other target classes; None if too few."""
    if data.n_classes < 5:
        return None
    if data.name == "emoji":
        source = tuple(data.class_names.index(w) for w in ("animal", "face", "food", "vehicle"))
    else:
        source = tuple(range((data.n_classes + 1) // 2))
    return source, tuple(c for c in range(data.n_classes) if c not in source)


def answer_shares(
    data: Dataset,
    features: np.ndarray,
    folds: Sequence[DomainFold],
    source_classes: Classes,
    target_classes: Classes,
    *,
    strength: float,
) -> np.ndarray:
    """Return P(answer | class) of a head on pictures of classes it never saw.

    Returns:
        (target classes, source classes), rows sum to 1. Each test item is counted once for
        each repeat of the folds.
    """
    counts = np.zeros((len(target_classes), len(source_classes)))
    for fold in folds:
        learn = fold.source[np.isin(data.labels[fold.source], source_classes)]
        test = fold.test[np.isin(data.labels[fold.test], target_classes)]
        head = _head(features[learn], data.labels[learn], source_classes, strength)
        answers = head.predict(features[test])
        rows = np.searchsorted(sorted(target_classes), data.labels[test])
        np.add.at(counts, (rows, answers), 1)
    return counts / counts.sum(axis=1, keepdims=True)


@dataclass(frozen=True, eq=False)
class Help:
    """What each source class is worth to each target class.

    Args:
        gain: Recall with all source scores minus recall without one, (source, target).
        low: Lower end of its 95 % bootstrap interval over things, same shape.
        high: Upper end.
        recall_scores: Mean recall of nearest-mean on all source scores.
        recall_features: The same on the features under the head.
        shots: Labels of each target class.
        draws: Times the labels were drawn.
    """

    gain: np.ndarray
    low: np.ndarray
    high: np.ndarray
    recall_scores: float
    recall_features: float
    shots: int
    draws: int


def who_helps_whom(
    data: Dataset,
    features: np.ndarray,
    *,
    source: str,
    target: str,
    source_classes: Classes,
    target_classes: Classes,
    strength: float,
    shots: int = 10,
    draws: int = 40,
    resamples: int = 1000,
    seed: int = 0,
) -> Help:
    """Learn target classes from a few labels on the log-scores of a source head, with and without.

    The head is trained on the source classes in the source domain. A target picture is then
    described by one log-probability for each source class, and classified by the nearest class
    mean of a few labeled ones. Leaving a source class out (and training the head without it)
    shows what it was worth. The two label sets share no thing, so nothing leaks.
    """
    learn = np.flatnonzero((data.domains == source) & np.isin(data.labels, source_classes))
    rows = np.flatnonzero((data.domains == target) & np.isin(data.labels, target_classes))
    labels = np.searchsorted(sorted(target_classes), data.labels[rows])
    shots = min(shots, int(np.bincount(labels).min()) // 2)
    rng = np.random.default_rng(seed)
    supports = [_draw(labels, shots, rng) for _ in range(draws)]

    def hits(kept: Classes) -> np.ndarray:
        use = learn[np.isin(data.labels[learn], kept)]
        head = _head(features[use], data.labels[use], kept, strength)
        return _mean_hits(np.log(head.predict_proba(features[rows]) + 1e-6), labels, supports)

    full = hits(source_classes)
    scale = features[learn].mean(axis=0), features[learn].std(axis=0)
    scaled = (features[rows] - scale[0]) / np.where(scale[1] > 0, scale[1], 1.0)
    under = _mean_hits(scaled, labels, supports)
    shape = (len(source_classes), len(target_classes))
    gain, low, high = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for i, left_out in enumerate(source_classes):
        difference = full - hits([c for c in source_classes if c != left_out])
        for j in range(len(target_classes)):
            own = difference[labels == j]
            means = rng.choice(own, (resamples, len(own))).mean(axis=1)
            gain[i, j] = own.mean()
            low[i, j], high[i, j] = np.quantile(means, [0.025, 0.975])
    return Help(gain, low, high, _recall(full, labels), _recall(under, labels), shots, draws)


def _head(features: np.ndarray, labels: np.ndarray, classes: Classes, strength: float) -> Any:
    """Fit a head whose outputs are the given classes, in rising order."""
    numbers = np.searchsorted(sorted(classes), labels)
    return fit_head(features, numbers, n_classes=len(classes), strengths=[strength])


def _draw(labels: np.ndarray, shots: int, rng: np.random.Generator) -> np.ndarray:
    """Return bool (n,): `shots` items of each class."""
    chosen = np.zeros(len(labels), dtype=bool)
    for c in np.unique(labels):
        chosen[rng.choice(np.flatnonzero(labels == c), shots, replace=False)] = True
    return chosen


def _mean_hits(x: np.ndarray, labels: np.ndarray, supports: Sequence[np.ndarray]) -> np.ndarray:
    """Return for each item how often nearest-mean is right when it is not a labeled one, (n,)."""
    right, asked = np.zeros(len(labels)), np.zeros(len(labels))
    for support in supports:
        means = np.stack([x[support & (labels == c)].mean(axis=0) for c in np.unique(labels)])
        distance = ((x[:, None, :] - means[None]) ** 2).sum(axis=2)
        right += ~support * (distance.argmin(axis=1) == labels)
        asked += ~support
    return right / np.maximum(asked, 1)


def _recall(hits: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean([hits[labels == c].mean() for c in np.unique(labels)]))
