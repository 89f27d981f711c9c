"""Early stopping replayed: which epoch would have been chosen by which validation pictures?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tlcourse.errors import DataError


@dataclass(frozen=True, eq=False)
class Lottery:
    """What early stopping gives when other pictures validate.

    Args:
        size: Pictures in the validation part.
        chosen: Epoch chosen in each redraw, counted from 1, int (R,).
        reported: Validation accuracy at the chosen epoch, (R,).
        true: Test accuracy at the chosen epoch, (R,).
        last: Test accuracy after the last epoch, on the same test pictures, (R,).
    """

    size: int
    chosen: np.ndarray
    reported: np.ndarray
    true: np.ndarray
    last: np.ndarray

    @property
    def optimism(self) -> float:
        """How far the reported accuracy lies above the true one, on average."""
        return float((self.reported - self.true).mean())

    @property
    def gain(self) -> float:
        """What stopping bought against the last epoch, on average."""
        return float((self.true - self.last).mean())


def stopping_lottery(
    right: np.ndarray,
    size: int,
    *,
    losses: np.ndarray | None = None,
    redraws: int = 400,
    seed: int = 0,
) -> Lottery:
    """Choose the best epoch again and again, each time by other validation pictures.

    Nothing is trained. The held-out pictures are dealt anew into validation and test; the epoch
    is chosen by the first and judged by the second.

    Args:
        right: Whether each held-out picture was right after each epoch, bool (epochs, n).
        size: Pictures that validate.
        losses: Choose by these losses instead of accuracy, (epochs, n).
        redraws: Number of redraws R.
        seed: Seed of the redraws.

    Raises:
        DataError: If there are not enough pictures for both parts.
    """
    n = right.shape[1]
    if not 0 < size < n:
        raise DataError(
            f"{size} of {n} held-out pictures cannot validate and leave some to test on. Expected "
            f"a number from 1 to {n - 1}."
        )
    rng = np.random.default_rng(seed)
    validates = rng.random((redraws, n)).argsort(axis=1) < size  # (R, n), `size` in each row
    hits = right.astype(float)
    on_validation = hits @ validates.T / size  # (epochs, R)
    on_test = hits @ (~validates).T / (n - size)
    by = on_validation if losses is None else -(losses @ validates.T)
    chosen = by.argmax(axis=0)  # the first of equals, as a callback would
    each = np.arange(redraws)
    return Lottery(
        size, chosen + 1, on_validation[chosen, each], on_test[chosen, each], on_test[-1]
    )


def joined(lotteries: list[Lottery]) -> Lottery:
    """Return several lotteries with the same number of pictures as one."""
    sizes = {own.size for own in lotteries}
    if len(sizes) != 1:
        raise DataError(f"The lotteries have {sorted(sizes)} pictures. Join equal sizes only.")
    parts = [[getattr(own, k) for own in lotteries] for k in ("chosen", "reported", "true", "last")]
    return Lottery(sizes.pop(), *(np.concatenate(part) for part in parts))


def expected_best(accuracy: float, checkpoints: int, pictures: int) -> float:
    """Return the mean of the best of several independent, equally good checkpoints.

    Exact: the maximum of k binomials, E[max] = Σ_j P(max ≥ j) / n.
    """
    from scipy.stats import binom

    below = binom.cdf(np.arange(pictures), pictures, accuracy)
    return float((1 - below**checkpoints).sum() / pictures)
