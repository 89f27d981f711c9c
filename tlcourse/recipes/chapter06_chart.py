"""The patient's chart: every number by which chapter 06 judges a treatment, from the logits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax, softmax

from tlcourse.datasets.cuts import few_labels
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.disjoint import assert_disjoint
from tlcourse.errors import DataError
from tlcourse.evaluation.calibration import calibration, temperature
from tlcourse.recipes.items import stratified_rows


@dataclass(frozen=True, eq=False)
class Draw:
    """One draw of the protocol; the test rows are the same in all draws.

    Args:
        seed: Its number; it also seeds what is trained on it.
        train: Rows to learn from, the same number for each class.
        validation: Rows to choose and to fit temperatures by.
        test: Rows to measure.
    """

    seed: int
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


@dataclass(frozen=True, eq=False)
class Chart:
    """How one trained head did.

    Args:
        train_accuracy: Share right of the training pictures.
        hits: Whether each test picture is answered right, bool (n,).
        nll: Mean negative log likelihood on the test, nats.
        ece: Expected calibration error on the test, 15 bins.
        confidence: Mean probability of the answers given.
        temperature: T, fitted on the validation pictures.
        nll_after: Likelihood after dividing the logits by T.
        ece_after: Calibration error after that.
    """

    train_accuracy: float
    hits: np.ndarray
    nll: float
    ece: float
    confidence: float
    temperature: float
    nll_after: float
    ece_after: float

    @property
    def accuracy(self) -> float:
        """Share right of the test pictures."""
        return float(self.hits.mean())

    @property
    def gap(self) -> float:
        """Training accuracy minus test accuracy."""
        return self.train_accuracy - self.accuracy


def draws_of(
    dataset: Dataset, development: np.ndarray, test: np.ndarray, *, n: int, per_class: int
) -> list[Draw]:
    """Draw `per_class` labels of each class and about as many validation pictures, n times.

    Args:
        dataset: What the rows belong to; a group is never on both sides of a cut.
        development: Rows to draw from.
        test: Rows that stay apart.
        n: Number of draws.
        per_class: Labels of each class.

    Raises:
        DataError: If a class is too rare, or parts share pictures or groups.
    """
    labels = dataset.labels
    rarest = int(np.bincount(labels[development], minlength=dataset.n_classes).min())
    if rarest <= per_class:
        raise DataError(
            f"The rarest class has {rarest} pictures outside the test; {per_class} labels of each "
            f"class and one to validate need {per_class + 1}. Use fewer labels or more pictures."
        )
    found = []
    for seed in range(n):
        train = np.sort(few_labels(labels, development, per_class, seed=seed))
        taken = np.isin(dataset.groups[development], dataset.groups[train])
        rest = development[~taken]
        size = min(len(train), len(rest))
        validation = stratified_rows(labels, rest, size, least=1, seed=seed)
        assert_disjoint(dataset, {"train": train, "validation": validation, "test": test})
        found.append(Draw(seed, train, validation, test))
    return found


def chart(logits: np.ndarray, labels: np.ndarray, draw: Draw) -> Chart:
    """Measure a head by its scores of all pictures.

    Args:
        logits: float (n, C), of the whole data set.
        labels: The true labels, int (n,).
        draw: Which rows are what.
    """
    answers = logits.argmax(axis=1)
    truth = labels[draw.test]
    before = calibration(softmax(logits[draw.test], axis=1), truth, draws=1)
    found = temperature(logits[draw.validation], labels[draw.validation], logits=True)
    softened = found.apply(logits[draw.test])
    after = calibration(softened, truth, draws=1)
    return Chart(
        train_accuracy=float(np.mean(answers[draw.train] == labels[draw.train])),
        hits=answers[draw.test] == truth,
        nll=before.nll,
        ece=before.ece,
        confidence=before.confidence,
        temperature=found.value,
        nll_after=after.nll,
        ece_after=after.ece,
    )


def mean(charts: Sequence[Chart], name: str) -> float:
    """Return the mean of one of the chart's numbers over the draws."""
    return float(np.mean([getattr(own, name) for own in charts]))


def hits(charts: Sequence[Chart]) -> np.ndarray:
    """Return hits of all draws, bool (J, n)."""
    return np.stack([own.hits for own in charts])


def losses(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the negative log likelihood of each picture, nats; logits (..., n, C)."""
    logs = log_softmax(logits, axis=-1)
    return -np.take_along_axis(logs, labels[..., :, None], axis=-1)[..., 0]


def table(found: Mapping[str, Sequence[Chart]]) -> list[dict[str, str]]:
    """Return one row for each treatment: gap, accuracy, likelihood and calibration."""
    return [
        {
            "treatment": name,
            "training": f"{mean(own, 'train_accuracy'):.2f}",
            "test": f"{mean(own, 'accuracy'):.3f}",
            "gap": f"{mean(own, 'gap'):.2f}",
            "confidence": f"{mean(own, 'confidence'):.2f}",
            "NLL": f"{mean(own, 'nll'):.2f}",
            "ECE": f"{mean(own, 'ece'):.2f}",
            "T": f"{np.exp(np.mean([np.log(c.temperature) for c in own])):.1f}",
            "NLL after T": f"{mean(own, 'nll_after'):.2f}",
            "ECE after T": f"{mean(own, 'ece_after'):.2f}",
        }
        for name, own in found.items()
    ]


def wrong_labels(
    labels: np.ndarray, rows: np.ndarray, share: float, n_classes: int, *, seed: int
) -> np.ndarray:
    """Return a copy of the labels where a share of some rows is wrong.

    Args:
        labels: int (n,).
        rows: Training rows; nothing else is touched.
        share: How many of them, 0 to 1; rounded down to whole pictures.
        n_classes: Number of classes.
        seed: Seed of the choice.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(rows)[: int(share * len(rows) + 1e-9)]
    changed = labels.copy()
    changed[chosen] = (labels[chosen] + rng.integers(1, n_classes, len(chosen))) % n_classes
    return changed
