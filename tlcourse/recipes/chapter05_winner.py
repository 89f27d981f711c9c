"""The lucky winner: what the best of k models reports on n test items, and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tlcourse.errors import DataError


@dataclass(frozen=True)
class Luck:
    """Repeated contests between k models on n test items.

    Args:
        k: Models in each contest.
        n: Test items in each contest.
        reported: Score of the winner on the test items, one for each contest.
        truth: Score of the same winner on all other items, one for each contest.
        example: Scores of the k models in the first contest.
        winner: Which of them won it.
    """

    k: int
    n: int
    reported: np.ndarray
    truth: np.ndarray
    example: np.ndarray
    winner: int

    @property
    def gap(self) -> float:
        """Mean of reported minus true: the luck of the winner."""
        return float((self.reported - self.truth).mean())


def contests(
    hits: np.ndarray, models: Sequence[int], items: Sequence[int], *, repeats: int, seed: int = 0
) -> dict[tuple[int, int], Luck]:
    """Let k models compete on n test items, many times, for every k and n.

    Each contest draws its models and its test items anew. The best score wins, ties by chance.
    The winner is then scored on the items that were not in the test.

    Args:
        hits: Whether each model gets each item right, bool (models, items).
        models: Numbers k of competing models.
        items: Numbers n of test items.
        repeats: Contests for each pair of k and n.
        seed: Seed of the draws.

    Returns:
        (k, n) -> `Luck`.

    Raises:
        DataError: If a number exceeds what `hits` holds, or no item is left to tell the truth.
    """
    n_models, n_items = hits.shape
    if max(models) > n_models or max(items) >= n_items or min(*models, *items) < 1:
        raise DataError(
            f"There are {n_models} models and {n_items} items; expected from 1 to {n_models} "
            f"models and from 1 to {n_items - 1} test items."
        )
    rng = np.random.default_rng(seed)
    table = hits.astype(np.float64)
    found = {}
    for n in items:
        order = np.argsort(rng.random((repeats, n_items)), axis=1)
        tested = np.zeros((n_items, repeats))
        np.put_along_axis(tested, order[:, :n].T, 1, axis=0)
        score = table @ tested / n  # (models, repeats)
        truth = table @ (1 - tested) / (n_items - n)
        drawn = np.argsort(rng.random((n_models, repeats)), axis=0)
        tie = rng.random(score.shape) * 1e-6  # decides ties, never more
        for k in models:
            competing = drawn < k
            winner = np.where(competing, score + tie, -1).argmax(axis=0)
            column = np.arange(repeats)
            own = np.flatnonzero(competing[:, 0])
            found[k, n] = Luck(
                k=k,
                n=n,
                reported=score[winner, column],
                truth=truth[winner, column],
                example=score[own, 0],
                winner=int(np.flatnonzero(own == winner[0])[0]),
            )
    return found
