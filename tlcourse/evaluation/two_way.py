"""An interval for a table whose rows (training draws) and columns (test items) both vary."""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.errors import DataError
from tlcourse.evaluation.checks import check_groups
from tlcourse.evaluation.intervals import Interval, percentiles


def two_way_bootstrap(
    values: Any,
    *,
    groups: Any = None,
    confidence: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> Interval:
    """Return the mean of a table whose rows and columns were both drawn by chance.

    Rows are training draws, columns are test items: entry (j, i) says how the model of draw j did
    on item i. Doing the experiment again would change both, so both are drawn with replacement,
    each independently of the other. For columns that belong together pass `groups`.

    Args:
        values: Hits, or differences of hits, shape (J, n).
        groups: Which test items belong together, shape (n,).
        confidence: Share of repetitions whose interval holds the truth.
        draws: Bootstrap repetitions.
        seed: Seed of the bootstrap.

    Returns:
        The mean with a percentile interval; it is rather too wide than too narrow. With one row
        it speaks of the test items only. Cost: O(draws·J·n).

    Raises:
        DataError: If there is no table or fewer than two groups.

    Source:
        Owen 2007, "The pigeonhole bootstrap", Annals of Applied Statistics 1.
    """
    table = np.asarray(values, dtype=float)
    if table.ndim != 2 or table.size == 0 or not np.isfinite(table).all():
        raise DataError(
            f"The table has shape {table.shape}; expected one row of finite numbers for each "
            f"training draw and one column for each test item."
        )
    codes = check_groups(groups, table.shape[1])
    sizes = np.bincount(codes)
    J, n_groups = len(table), len(sizes)
    if n_groups < 2:
        raise DataError("There is one test item or group; expected at least two. Test on more.")
    sums = np.stack([np.bincount(codes, weights=row) for row in table])  # (J, groups)
    rng = np.random.default_rng(seed)
    row_times = rng.multinomial(J, np.full(J, 1 / J), size=draws)
    column_times = rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=draws)
    means = ((row_times @ sums) * column_times).sum(axis=1) / (J * (column_times @ sizes))
    low, high = percentiles(means, confidence)
    return Interval(float(table.mean()), low, high, confidence, "two-way bootstrap", n_groups)
