"""Calibration: when the model says 90 percent, is it right nine times out of ten?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from tlcourse.errors import DataError
from tlcourse.evaluation.checks import check_features, check_labels, check_probabilities
from tlcourse.evaluation.intervals import wilson

LOG_T_LIMIT = np.log(100)
TINY = np.finfo(float).tiny


@dataclass(frozen=True)
class Bin:
    """One bar of a reliability diagram: the items whose confidence lies in (low, high].

    Attributes:
        low: Lower end of the bin.
        high: Upper end of the bin.
        n: Number of items in it.
        confidence: Mean confidence of these items (NaN when there are none).
        accuracy: Share of them that is right (NaN when there are none).
        accuracy_low: Lower end of the Wilson interval of that share.
        accuracy_high: Upper end.
    """

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float


@dataclass(frozen=True)
class Calibration:
    """How far confidence and accuracy lie apart, and how far they would in a perfect model.

    Attributes:
        ece: Expected calibration error, Σ_b n_b/n·|accuracy_b − confidence_b|, 0 to 1.
        mce: Maximum calibration error, the largest gap of any bin.
        null_mean: Mean ECE of a perfectly calibrated model with the same confidences and n.
        null_95: Its 95th percentile. An ECE below it cannot be told from perfect calibration.
        accuracy: Share of right answers.
        confidence: Mean probability of the answers given.
        nll: Mean negative log likelihood of the true classes, nats; judge repairs by this.
        n: Number of items.
        bins: The bars of the reliability diagram.
        verdict: "miscalibrated" or "cannot tell".
        note: What the numbers allow to say.
    """

    ece: float
    mce: float
    null_mean: float
    null_95: float
    accuracy: float
    confidence: float
    nll: float
    n: int
    bins: tuple[Bin, ...]
    verdict: str
    note: str


@dataclass(frozen=True)
class Temperature:
    """One number that softens (T > 1) or sharpens (T < 1) every answer of a model.

    Attributes:
        value: The temperature T.
        nll_before: Mean negative log likelihood on the validation items before, nats.
        nll_after: The same after dividing by T.
        logits: Whether it was fitted on scores before the softmax.
        determined: False if T = 0.01 or T = 100 would do as well: then every validation item
            is right, or every answer is the same, and T means nothing.
    """

    value: float
    nll_before: float
    nll_after: float
    logits: bool
    determined: bool

    def apply(self, scores: Any) -> np.ndarray:
        """Return calibrated probabilities softmax(z/T), shape (n, C).

        Args:
            scores: Logits or probabilities, whichever the temperature was fitted on, (n, C).
        """
        return softmax(_logits(scores, self.logits) / self.value, axis=1)


def calibration(
    probabilities: Any, labels: Any, *, bins: int = 15, draws: int = 500, seed: int = 0
) -> Calibration:
    """Return the calibration errors, the reliability diagram and what chance would show.

    Items are sorted into equal-width bins by confidence, the probability of the answer given.
    In each bin the share of right answers is compared with the mean confidence.

    ECE is biased upward: a perfect model with few items per bin shows gaps by chance (about 0.1
    at n = 50). So the labels are drawn again from the model's own probabilities, `draws` times:
    in that world the model is perfectly calibrated, and the ECE seen there is the yardstick.

    Args:
        probabilities: Class probabilities, shape (n, C).
        labels: True classes, whole numbers 0 to C−1, shape (n,).
        bins: Number of bins.
        draws: Number of calibrated worlds.
        seed: Seed of the draws.

    Raises:
        DataError: If rows are not probabilities or labels are not columns of them.

    Source:
        Guo, Pleiss, Sun and Weinberger 2017, "On Calibration of Modern Neural Networks", ICML;
        the bias: Kumar, Liang and Ma 2019, NeurIPS; drawing labels from the model: Vaicenavicius
        et al. 2019, AISTATS.
    """
    P, codes = _paired(check_probabilities(probabilities), labels)
    if bins < 1 or draws < 1:
        raise DataError(f"bins is {bins} and draws is {draws}; expected at least 1 of each.")
    n = len(P)
    confidence = P.max(axis=1)
    right = P.argmax(axis=1) == codes
    edges = np.linspace(0, 1, bins + 1)
    bin_of = np.digitize(confidence, edges[1:-1], right=True)
    gaps, counts = _gaps(confidence, right[None], bin_of, bins)
    ece = float(gaps.sum() / n)
    # In a calibrated world an answer is right with probability equal to its confidence.
    worlds = np.random.default_rng(seed).random((draws, n)) < confidence
    null = _gaps(confidence, worlds, bin_of, bins)[0].sum(axis=1) / n
    null_mean, null_95 = float(null.mean()), float(np.percentile(null, 95))
    verdict = "miscalibrated" if ece > null_95 else "cannot tell"
    return Calibration(
        ece=ece,
        mce=float((gaps[0] / np.maximum(counts, 1)).max()),
        null_mean=null_mean,
        null_95=null_95,
        accuracy=float(right.mean()),
        confidence=float(confidence.mean()),
        nll=_nll(np.log(np.maximum(P, TINY)), codes),
        n=n,
        bins=_bins(confidence, right, bin_of, edges),
        verdict=verdict,
        note=(
            f"ECE {ece:.3f} with {n} items; a perfectly calibrated model would show "
            f"{null_mean:.3f} on average and up to {null_95:.3f} in 95 of 100 test sets: {verdict}."
        ),
    )


def temperature(scores: Any, labels: Any, *, logits: bool = False) -> Temperature:
    """Fit one temperature on validation items, by maximum likelihood.

    The calibrated answer is softmax(z/T), z the logits. T minimizes the mean negative log
    likelihood −1/n·Σ_i ln softmax(z_i/T)_{y_i}, which has one minimum only. Dividing by T never
    changes which class is largest, so accuracy stays as it is. For probabilities p, z = ln p.

    Args:
        scores: Probabilities (n, C), or logits with `logits=True`, of *validation* items: fitted
            on the test part, T would make the test part look calibrated.
        labels: True classes, whole numbers 0 to C−1, shape (n,).
        logits: Whether `scores` are scores before the softmax.

    Returns:
        A `Temperature`; call `.apply(scores)` on the test items. Cost: some 30 passes over n·C.

    Raises:
        DataError: If rows are not probabilities (or finite logits), or labels are not columns.

    Source:
        Guo, Pleiss, Sun and Weinberger 2017, ICML, section 4.2.
    """
    z, codes = _paired(_logits(scores, logits), labels)

    def loss(log_t: float) -> float:
        return _nll(log_softmax(z / np.exp(log_t), axis=1), codes)

    bounds = (-LOG_T_LIMIT, LOG_T_LIMIT)
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-8})
    return Temperature(
        value=float(np.exp(found.x)),
        nll_before=loss(0.0),
        nll_after=float(found.fun),
        logits=logits,
        determined=bool(found.fun < min(map(loss, bounds)) - 1e-9),
    )


def _logits(scores: Any, logits: bool) -> np.ndarray:
    if logits:
        return check_features(scores)
    return np.log(np.maximum(check_probabilities(scores), TINY))


def _nll(log_probabilities: np.ndarray, codes: np.ndarray) -> float:
    return float(-log_probabilities[np.arange(len(codes)), codes].mean())


def _paired(scores: np.ndarray, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return scores (n, C) and labels as column numbers (n,)."""
    classes, codes = check_labels(labels, min_classes=1)
    if len(codes) != len(scores):
        raise DataError(
            f"There are {len(scores)} rows of probabilities and {len(codes)} labels; expected one "
            f"row for each label. Index both with the same indices."
        )
    if classes.dtype.kind not in "biuf" or classes[0] < 0 or classes[-1] >= scores.shape[1]:
        raise DataError(
            f"Labels run from {classes[0]} to {classes[-1]}; there are {scores.shape[1]} columns "
            f"of probabilities; expected whole numbers from 0 to {scores.shape[1] - 1}, each "
            f"naming a column."
        )
    return scores, classes.astype(np.int64)[codes]


def _gaps(
    confidence: np.ndarray, right: np.ndarray, bin_of: np.ndarray, bins: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return n_b·|accuracy_b − confidence_b| for each row of hits, (draws, bins), and n_b."""
    member = np.eye(bins)[bin_of]  # (n, bins)
    return np.abs((right - confidence) @ member), member.sum(axis=0)


def _bins(
    confidence: np.ndarray, right: np.ndarray, bin_of: np.ndarray, edges: np.ndarray
) -> tuple[Bin, ...]:
    rows = []
    for b, (low, high) in enumerate(pairwise(edges)):
        inside = bin_of == b
        n = int(inside.sum())
        accuracy_low, accuracy_high = wilson(right[inside].sum(), n)
        rows.append(
            Bin(
                low=float(low),
                high=float(high),
                n=n,
                confidence=float(confidence[inside].mean()) if n else float("nan"),
                accuracy=float(right[inside].mean()) if n else float("nan"),
                accuracy_low=float(accuracy_low),
                accuracy_high=float(accuracy_high),
            )
        )
    return tuple(rows)
