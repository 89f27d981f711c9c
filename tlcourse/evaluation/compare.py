"""Is A better than B? Paired comparisons that do not mistake repetition for evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from tlcourse.errors import DataError
from tlcourse.evaluation.checks import check_confidence
from tlcourse.evaluation.crossval import CrossValidation
from tlcourse.evaluation.intervals import overlap


@dataclass(frozen=True)
class Comparison:
    """A paired comparison of two models.

    Attributes:
        difference: Mean of a − b, in the unit of the metric (0.05 is 5 points of accuracy).
        low: Lower end of its interval.
        high: Upper end of its interval.
        p: Probability of a difference at least this large if there were none (two-sided).
        effect_size: Difference divided by the standard deviation of the differences (Cohen's d
            for pairs); for McNemar the share of disagreements won by a, from 0 to 1.
        n: Number of pairs: folds or test items.
        method: "corrected resampled t" or "exact McNemar".
        verdict: One sentence that says what was shown, and what was not.
    """

    difference: float
    low: float
    high: float
    p: float
    effect_size: float
    n: int
    method: str
    verdict: str

    def __str__(self) -> str:
        return self.verdict


def compare(
    a: Any,
    b: Any,
    *,
    n_train: float | None = None,
    n_test: float | None = None,
    confidence: float = 0.95,
    names: tuple[str, str] = ("a", "b"),
) -> Comparison:
    """Compare two training procedures on the same folds with the corrected resampled t test.

    The J differences d_j = a_j − b_j come from splits of the same items. Their training sets
    overlap, so they are alike, and their spread is smaller than that of experiments on fresh
    data. The plain t test divides s² by J and calls luck a finding, the more often the more
    splits are made. Nadeau and Bengio add what the splits share:

        t = d̄ / √((1/J + n_test/n_train)·s²),   J − 1 degrees of freedom.

    It is an approximation for random splits or (repeated) cross-validation of one data set with
    n_test < n_train. For runs on separate items use `transfer_gain` or a plain t interval.

    Args:
        a: Metric of the first procedure for each fold, shape (J,), or the result of
            `cross_validate`, which brings the sizes along.
        b: The same for the second procedure, on the same folds in the same order.
        n_train: Items in the training part of each split.
        n_test: Items in the test part of each split.
        confidence: Share of repetitions whose interval holds the true difference.
        names: What to call the two procedures in the verdict.

    Returns:
        A `Comparison`. "No difference shown" does not mean that the two are equal.

    Raises:
        DataError: If the two do not pair, there are fewer than two folds, or sizes are missing.

    Source:
        Nadeau and Bengio 2003, "Inference for the Generalization Error", Machine Learning 52,
        equation 9; false alarms of the plain test: Dietterich 1998, Neural Computation 10.

    Example:
        >>> found = compare([0.82, 0.80, 0.85], [0.80, 0.81, 0.80], n_train=80, n_test=20)
        >>> found.verdict
        'No difference shown between a and b: +2.0 points, 95 % interval -7.9 to +11.9.'
    """
    confidence = check_confidence(confidence)
    if isinstance(a, CrossValidation) and isinstance(b, CrossValidation):
        if a.fold_hash != b.fold_hash:
            raise DataError(
                "The two cross-validations used different folds, so their accuracies do not pair; "
                "expected the same items, folds, repeats and seed. Run both with the same ones."
            )
        n_train, n_test = n_train or a.n_train, n_test or a.n_test
        a, b = a.accuracy, b.accuracy
    difference = _paired(a, b).astype(float)
    if len(difference) < 2:
        raise DataError("There is one fold, and one shows no spread. Compare at least two folds.")
    if n_train is None or n_test is None:
        raise DataError(
            "n_train and n_test are missing; expected the number of training and test items of "
            "each split, because splits of the same items share evidence. For 5 folds of 100 "
            "items pass n_train=80, n_test=20."
        )
    J, mean, sd = len(difference), float(difference.mean()), float(difference.std(ddof=1))
    if sd < 1e-12 * max(abs(mean), 1):  # equal differences, up to rounding
        sd = 0.0
        mean = 0.0 if abs(mean) < 1e-12 else mean
    error = sd * np.sqrt(1 / J + overlap(n_train, n_test))
    half = float(stats.t.ppf(0.5 + confidence / 2, J - 1) * error)
    t = mean / error if error > 0 else np.copysign(np.inf, mean) if mean else 0.0
    low, high = mean - half, mean + half
    return Comparison(
        difference=mean,
        low=low,
        high=high,
        p=float(2 * stats.t.sf(abs(t), J - 1)),
        effect_size=mean / sd if sd > 0 else float(np.copysign(np.inf, mean)) if mean else 0.0,
        n=J,
        method="corrected resampled t",
        verdict=_verdict(mean, low, high, confidence, names),
    )


def mcnemar(
    correct_a: Any,
    correct_b: Any,
    *,
    confidence: float = 0.95,
    names: tuple[str, str] = ("a", "b"),
) -> Comparison:
    """Compare two trained models on one test set with McNemar's exact test.

    Items that both models get right, or both wrong, say nothing about which is better. Of the
    others, B items are right for a only and C for b only. If the models were equally good,
    each disagreement would be a coin toss, B ~ Binomial(B + C, ½), and

        p = 2·P(at most min(B, C) heads in B + C tosses), at most 1.

    The binomial is exact for every count, so no large-sample formula is needed. It compares two
    *trained models*; to compare two *ways of training*, use `compare` on several splits.

    Args:
        correct_a: Whether the first model is right on each test item, True/False, shape (n,).
        correct_b: The same for the second model, in the same order.
        confidence: Share of repetitions whose interval holds the true difference.
        names: What to call the two models in the verdict.

    Returns:
        A `Comparison`. `difference` is (B − C)/n. Its interval is the Clopper-Pearson interval
        of B/(B + C), given the number of disagreements: it excludes 0 exactly when
        p < 1 − confidence. `effect_size` is B/(B + C), ½ when neither wins.

    Raises:
        DataError: If the two are not hits of the same items.

    Source:
        McNemar 1947, Psychometrika 12; for classifiers: Dietterich 1998, Neural Computation 10.

    Example:
        >>> round(mcnemar([1] * 12 + [0] * 5, [0] * 12 + [1] * 5).p, 3)
        0.143
    """
    confidence = check_confidence(confidence)
    difference = _paired(correct_a, correct_b)
    if not np.isin(np.asarray(correct_a), (0, 1)).all() or not np.isin(correct_b, (0, 1)).all():
        raise DataError(
            "McNemar's test counts items; expected True or False for each test item. Pass "
            "predictions == labels, not accuracies or class numbers."
        )
    only_a, only_b = int((difference > 0).sum()), int((difference < 0).sum())
    disagreements, n = only_a + only_b, len(difference)
    share, share_low, share_high, p = 0.5, 0.5, 0.5, 1.0
    if disagreements:
        test = stats.binomtest(only_a, disagreements)
        share, p = only_a / disagreements, float(test.pvalue)
        share_low, share_high = test.proportion_ci(confidence, method="exact")
    scale = disagreements / n
    low, high = (2 * float(end) - 1 for end in (share_low, share_high))
    return Comparison(
        difference=(only_a - only_b) / n,
        low=low * scale,
        high=high * scale,
        p=p,
        effect_size=share,
        n=n,
        method="exact McNemar",
        verdict=_verdict((only_a - only_b) / n, low * scale, high * scale, confidence, names),
    )


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Return p-values adjusted for the number of questions asked, in the order given.

    Six questions at 5 percent raise a false alarm more often than one. Holm multiplies the
    smallest p by m, the next by m − 1 and so on, never letting a later one be smaller. If all
    adjusted p below 0.05 are called findings, the chance of even one false alarm is at most 0.05.

    Args:
        p_values: The p-value of *every* question that was asked, shape (m,).

    Source:
        Holm 1979, Scandinavian Journal of Statistics 6.

    Example:
        >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
        [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise DataError("Some p-values lie outside 0 to 1; expected a list of probabilities.")
    order = np.argsort(p, kind="stable")
    adjusted = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    result = np.empty(len(p))
    result[order] = np.minimum(adjusted, 1)
    return result


def _paired(a: Any, b: Any) -> np.ndarray:
    """Return a − b for one number (or hit) for each pair."""
    first, second = (np.asarray(x) for x in (a, b))
    if first.shape != second.shape or first.ndim != 1 or len(first) == 0:
        raise DataError(
            f"The two models have results of shape {first.shape} and {second.shape}; expected one "
            f"number for each, on the same folds or items in the same order."
        )
    first, second = first.astype(float), second.astype(float)
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise DataError("Some results are NaN or infinite; expected numbers. Find the failed run.")
    return first - second


def _verdict(
    difference: float, low: float, high: float, confidence: float, names: tuple[str, str]
) -> str:
    first, second = names
    numbers = (
        f"{100 * difference:+.1f} points, {100 * confidence:g} % interval "
        f"{100 * low:+.1f} to {100 * high:+.1f}."
    )
    if low > 0:
        return f"{first} is better than {second}: {numbers}"
    if high < 0:
        return f"{first} is worse than {second}: {numbers}"
    return f"No difference shown between {first} and {second}: {numbers}"
