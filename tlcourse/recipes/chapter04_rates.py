"""What a learning-rate finder sees, from the losses of a run whose rate rises step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tlcourse.finetuning.rate_finder import RateSearch

EXPLODED = 4.0  # times the best smoothed loss
SMOOTHING = 0.9


def rising(low: float, high: float, steps: int) -> Callable[[int, int], float]:
    """Return a schedule (step, steps) -> rate that grows by the same factor each step.

    Args:
        low: Rate of step 0.
        high: Rate of the last step.
        steps: Number of steps.
    """
    return lambda step, _: float(low * (high / low) ** (step / (steps - 1)))


def rate_search(rates: Sequence[float], losses: Sequence[float]) -> RateSearch:
    """Smooth the losses, cut them where they explode, and suggest a tenth of the best rate.

    Args:
        rates: Learning rate of each step.
        losses: Loss of each step, before the update.

    Source:
        Smith 2017, arXiv:1506.01186; `tl.finetuning.search_learning_rate` does it on a new model.
    """
    average, smoothed = 0.0, []
    for i, loss in enumerate(losses):
        average = SMOOTHING * average + (1 - SMOOTHING) * loss
        smoothed.append(average / (1 - SMOOTHING ** (i + 1)))
        if not np.isfinite(loss) or smoothed[-1] > EXPLODED * min(smoothed):
            break
    finite = np.where(np.isfinite(smoothed), smoothed, np.inf)
    n = len(smoothed)
    best = float(rates[int(np.argmin(finite))])
    return RateSearch(tuple(rates[:n]), tuple(losses[:n]), tuple(smoothed), best / 10)
