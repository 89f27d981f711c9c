"""What a mistake costs decides the threshold; a half is right for equal costs only."""

from __future__ import annotations

import numpy as np

from tlcourse.errors import DataError


def break_even(loss: float, margin: float) -> float:
    """Return the probability of default at which a loan is worth nothing on average.

    Accepting earns `margin` with probability 1 − p and loses `loss` with probability p, so
    the expected profit is zero at p* = margin / (margin + loss). Accept below it.

    Args:
        loss: Money lost if the loan defaults, above 0.
        margin: Money earned if it is repaid, above 0.

    Raises:
        DataError: If one of them is not positive.
    """
    if not (loss > 0 and margin > 0):
        raise DataError(f"loss is {loss} and margin is {margin}. Expected amounts above 0.")
    return margin / (margin + loss)


def cost_per_thousand(
    probability: np.ndarray,
    defaulted: np.ndarray,
    *,
    threshold: float,
    loss: float,
    margin: float,
) -> float:
    """Return what decisions at a threshold cost, for each 1,000 applications.

    An accepted loan that defaults costs `loss`; a declined one that would have been repaid
    costs the `margin` it would have earned. The best possible decision costs nothing.

    Args:
        probability: Predicted probability of default, (n,). Accepted below the threshold.
        defaulted: 1 where the loan defaults, (n,).
        threshold: Probability from which on an application is declined.
        loss: Money lost if an accepted loan defaults.
        margin: Money not earned if a good loan is declined.

    Raises:
        DataError: If the two arrays do not pair.
    """
    probability, bad = np.asarray(probability, float), np.asarray(defaulted).astype(bool)
    if probability.shape != bad.shape or probability.ndim != 1 or not len(bad):
        raise DataError(
            f"Probabilities have shape {probability.shape} and outcomes {bad.shape}. Expected one "
            f"of each for every loan."
        )
    accepted = probability < threshold
    total = loss * np.sum(accepted & bad) + margin * np.sum(~accepted & ~bad)
    return float(1000 * total / len(bad))
