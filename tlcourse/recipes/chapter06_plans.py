"""Plans to choose from by validation, and a test that counts how often it was opened."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tlcourse.errors import DataError
from tlcourse.recipes.chapter04_arms import difference


class SealedPlans:
    """Test hits of several plans and of a baseline behind a seal.

    Args:
        hits: Plan -> whether each test picture is answered right, bool (J, n).
        baseline: The same for what the plans are compared with.
    """

    def __init__(self, hits: Mapping[str, np.ndarray], baseline: np.ndarray) -> None:
        wrong = [name for name, own in hits.items() if own.shape != baseline.shape]
        if wrong:
            raise DataError(
                f"Plan '{wrong[0]}' has hits of shape {hits[wrong[0]].shape}, the baseline "
                f"{baseline.shape}. Pass the same draws and test pictures for both."
            )
        self._hits, self._baseline = dict(hits), baseline
        self.opened: tuple[str, ...] = ()

    def open(self, plan: str) -> tuple[float, float, float]:
        """Return the difference to the baseline with its interval; the seal remembers the plan.

        Raises:
            DataError: If there is no such plan.
        """
        found = self._difference(plan)
        if plan not in self.opened:
            self.opened = (*self.opened, plan)
        return found

    def _difference(self, plan: str) -> tuple[float, float, float]:
        if plan not in self._hits:
            raise DataError(f"There is no plan {plan!r}. Expected one of {', '.join(self._hits)}.")
        gain = difference(self._hits[plan], self._baseline)
        return gain.gain, gain.low, gain.high

    def __repr__(self) -> str:
        return f"SealedPlans({len(self._hits)} plans, opened for {len(self.opened)})"


def verdict(low: float, high: float) -> str:
    """Say "better", "worse" or "not shown": the last where the interval includes zero."""
    if low > 0:
        return "better"
    return "worse" if high < 0 else "not shown"
