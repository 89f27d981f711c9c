"""Regularization strength against wrong labels: a grid of convex heads, fitted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.evaluation.calibration import Calibration, calibration
from tlcourse.heads import fit_head
from tlcourse.recipes.chapter06_chart import Draw, wrong_labels

STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0)


@dataclass(frozen=True, eq=False)
class Cell:
    """One setting, over all draws.

    Args:
        train: Accuracy on the training labels as they were learned, wrong ones included, (J,).
        hits: Whether each test picture is answered right, bool (J, n).
        nll: Negative log likelihood on the test, nats, (J,).
        calibration: Reliability of the answers of all draws together.
    """

    train: np.ndarray
    hits: np.ndarray
    nll: np.ndarray
    calibration: Calibration

    @property
    def accuracy(self) -> float:
        """Mean test accuracy."""
        return float(self.hits.mean())


@dataclass(frozen=True, eq=False)
class NoiseGrid:
    """Every setting of strength, share of wrong labels and labels of each class.

    Args:
        strengths: Inverse regularization C, rising: from strong to weak.
        shares: Shares of wrong training labels.
        sizes: Labels of each class.
        cells: (strength, share, size) -> Cell.
    """

    strengths: tuple[float, ...]
    shares: tuple[float, ...]
    sizes: tuple[int, ...]
    cells: dict[tuple[float, float, int], Cell]

    def cell(self, strength: float, share: float, size: int) -> Cell:
        """Return one cell, or raise `CourseError` naming what there is."""
        try:
            return self.cells[strength, share, size]
        except KeyError:
            raise CourseError(
                f"There is no setting C={strength}, wrong labels {share}, {size} labels. Expected "
                f"C of {self.strengths}, shares of {self.shares}, labels of {self.sizes}."
            ) from None

    def best(self, share: float, size: int) -> float:
        """Return the strength with the highest test accuracy; the strongest of equals."""
        return max(self.strengths, key=lambda c: self.cell(c, share, size).accuracy)


def noise_grid(
    features: np.ndarray,
    labels: np.ndarray,
    training: dict[int, Sequence[Draw]],
    *,
    n_classes: int,
    shares: Sequence[float] = (0.0, 0.2, 0.4),
    strengths: Sequence[float] = STRENGTHS,
) -> NoiseGrid:
    """Fit a logistic head for every setting and draw.

    Args:
        features: float32 (n, d).
        labels: True labels, int (n,).
        training: Labels of each class -> draws with the same test rows.
        n_classes: Number of classes C.
        shares: Shares of wrong training labels.
        strengths: Inverse regularization, as `tl.fit_head` takes it.

    Cost: one fit for each setting and draw, 10 to 60 ms.
    """
    cells = {}
    for size, draws in training.items():
        for share in shares:
            noisy = [
                wrong_labels(labels, draw.train, share, n_classes, seed=draw.seed) for draw in draws
            ]
            for strength in strengths:
                cells[strength, share, size] = _cell(
                    features, labels, noisy, draws, strength, n_classes
                )
    return NoiseGrid(tuple(strengths), tuple(shares), tuple(training), cells)


def _cell(
    features: np.ndarray,
    labels: np.ndarray,
    noisy: Sequence[np.ndarray],
    draws: Sequence[Draw],
    strength: float,
    n_classes: int,
) -> Cell:
    train, answers = [], []
    for draw, given in zip(draws, noisy, strict=True):
        own = features[draw.train]
        head = fit_head(own, given[draw.train], n_classes=n_classes, strengths=(strength,))
        train.append(np.mean(head.predict(own) == given[draw.train]))
        answers.append(head.predict_proba(features[draw.test]).astype(float))
    sums = [p / p.sum(axis=1, keepdims=True) for p in answers]
    truth = [labels[draw.test] for draw in draws]
    right = [p.argmax(axis=1) == t for p, t in zip(sums, truth, strict=True)]
    tiny = np.finfo(float).tiny
    nll = [
        -np.log(np.maximum(p[np.arange(len(t)), t], tiny)).mean()
        for p, t in zip(sums, truth, strict=True)
    ]
    together = calibration(np.concatenate(sums), np.concatenate(truth), draws=1)
    return Cell(np.array(train), np.stack(right), np.array(nll), together)
