"""How much of a gap did adaptation close: a ratio of two differences, with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from tlcourse.errors import DataError


@dataclass(frozen=True)
class GapClosed:
    """A gain as a share of the gap between source only and ceiling.

    Args:
        share: Mean gain divided by mean gap: 0 nothing gained, 1 all of it, below 0 worse.
        low: Lower end of its interval; NaN where there is no interval.
        high: Upper end.
        gain: Mean of adapted − source only.
        gap: Mean of ceiling − source only.
        confidence: Share of repetitions whose interval holds the truth.
        n: Number of folds.
    """

    share: float
    low: float
    high: float
    gain: float
    gap: float
    confidence: float
    n: int

    @property
    def is_defined(self) -> bool:
        """Whether the gap itself is established: a share of nothing means nothing."""
        return bool(np.isfinite(self.low))

    def at_least(self, share: float) -> bool:
        """Tell whether the whole interval lies at or above `share`."""
        return self.is_defined and self.low >= share

    def __str__(self) -> str:
        if not self.is_defined:
            return "no share: the gap itself is not established"
        return f"{self.share:.0%} of the gap [{self.low:.0%}, {self.high:.0%}]"


def gap_closed(
    adapted: np.ndarray,
    source_only: np.ndarray,
    ceiling: np.ndarray,
    *,
    n_train: float,
    n_test: float,
    confidence: float = 0.95,
) -> GapClosed:
    """Return the share of the gap that a method closed, measured on the same folds.

        share = mean(adapted − source only) / mean(ceiling − source only)

    Ratios of single folds are wild, because the gap of a fold may be near zero; so means are
    divided. The interval is Fieller's: it holds every share q for which the gain differs from
    q times the gap by less than chance explains, judged by the corrected resampled t test
    (Nadeau and Bengio 2003) of the fold-wise differences gain − q · gap. It is not symmetric,
    and exists only if the gap's own interval excludes 0.

    Args:
        adapted: Accuracy of the method in each fold, (J,).
        source_only: Accuracy without adaptation, same folds, (J,).
        ceiling: Accuracy of a classifier trained on the target's labels, same folds, (J,).
        n_train: Items in the training part of a fold.
        n_test: Items in the test part of a fold.
        confidence: Of the interval.

    Raises:
        DataError: If the three do not pair, or there are fewer than two folds.

    Source:
        Fieller 1954, "Some problems in interval estimation", J. R. Stat. Soc. B 16.

    Example:
        >>> source_only, ceiling = [.40, .42, .41, .40, .38], [.80, .82, .80, .78, .81]
        >>> adapted = [.60, .60, .60, .62, .58]
        >>> print(gap_closed(adapted, source_only, ceiling, n_train=80, n_test=20))
        49% of the gap [41%, 59%]
    """
    table = [np.asarray(x, dtype=np.float64) for x in (adapted, source_only, ceiling)]
    if len({x.shape for x in table}) != 1 or table[0].ndim != 1 or len(table[0]) < 2:
        raise DataError(
            f"The three accuracies have shapes {', '.join(str(x.shape) for x in table)}, but one "
            f"number for each of the same folds, at least two, was expected."
        )
    gain, gap = table[0] - table[1], table[2] - table[1]
    J = len(gain)
    t = stats.t.ppf(0.5 + confidence / 2, J - 1)
    spread = np.cov(gain, gap) * (1 / J + n_test / n_train) * t**2
    g, h = float(gain.mean()), float(gap.mean())
    # All q with (g − q h)² ≤ t² Var(gain − q gap): a quadratic a q² − 2 b q + c ≤ 0.
    a, b, c = h * h - spread[1, 1], g * h - spread[0, 1], g * g - spread[0, 0]
    low = high = float("nan")
    if a > 0 and h > 0:
        root = np.sqrt(max(b * b - a * c, 0.0))
        low, high = float((b - root) / a), float((b + root) / a)
    share = g / h if h else float("nan")
    return GapClosed(share, low, high, g, h, confidence, J)
