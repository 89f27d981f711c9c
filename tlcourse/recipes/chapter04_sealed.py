"""Test accuracies behind a seal that counts how often it was broken."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tlcourse.errors import DataError


class SealedScores:
    """Test accuracy for each stop of a path, to be read for one stop only.

    Args:
        alphas: The stops.
        accuracies: Test accuracy at each of them.
    """

    def __init__(self, alphas: Sequence[float], accuracies: Sequence[float]) -> None:
        if len(alphas) != len(accuracies):
            raise DataError(
                f"There are {len(alphas)} stops and {len(accuracies)} accuracies. Pass one for "
                f"each."
            )
        self._scores = {float(a): float(s) for a, s in zip(alphas, accuracies, strict=True)}
        self._opened: set[float] = set()

    @property
    def times_opened(self) -> int:
        """For how many different stops the test was read."""
        return len(self._opened)

    def open(self, alpha: float) -> float:
        """Return the test accuracy at one stop; the same stop may be read again.

        Raises:
            DataError: If there is no such stop.
        """
        found = [a for a in self._scores if np.isclose(a, alpha)]
        if not found:
            stops = ", ".join(f"{a:g}" for a in self._scores)
            raise DataError(f"There is no stop at {alpha!r}. Expected one of {stops}.")
        self._opened.add(found[0])
        return self._scores[found[0]]

    def __repr__(self) -> str:
        return f"SealedScores({len(self._scores)} stops, opened for {self.times_opened})"
