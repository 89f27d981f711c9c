"""Learning-rate finder: raise the rate step by step until the loss explodes (Smith 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.errors import CourseError

_EXPLODED = 4.0  # times the best smoothed loss
_SMOOTHING = 0.9


@dataclass(frozen=True)
class RateSearch:
    """What the finder saw.

    Args:
        rates: Learning rate of each step.
        losses: Loss of each step, nats.
        smoothed: The same, exponentially smoothed.
        suggestion: Rate where the smoothed loss falls fastest.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    suggestion: float


def find_learning_rate(
    model: Any,
    batches: Any,
    *,
    low: float = 1e-7,
    high: float = 10.0,
    steps: int = 100,
) -> RateSearch:
    """Try rising learning rates on a compiled model, then put everything back as it was.

    Args:
        model: A compiled Keras model; weights, optimizer and rate are restored.
        batches: Indexable batches (inputs, targets), used in turn.
        low: First rate.
        high: Last rate.
        steps: At most this many steps; stops early at 4 times the best loss.

    Raises:
        CourseError: If the range is empty or the optimizer follows a schedule.

    Cost: at most `steps` training steps.
    """
    if not (0 < low < high and steps >= 10):
        raise CourseError(
            f"The search runs from {low} to {high} in {steps} steps. Expected 0 < low < high and "
            f"at least 10 steps."
        )
    optimizer = model.optimizer
    if not hasattr(optimizer.learning_rate, "assign"):
        raise CourseError(
            "The optimizer follows a schedule, so its rate cannot be searched. Compile the model "
            "with a number as learning rate."
        )
    optimizer.build(model.trainable_variables)
    kept = [v.numpy() for v in (*model.variables, *optimizer.variables)]
    rates = np.geomspace(low, high, steps)
    losses: list[float] = []
    smoothed: list[float] = []
    average = 0.0
    try:
        for i, rate in enumerate(rates):
            optimizer.learning_rate.assign(rate)
            x, y = batches[i % len(batches)]
            loss = float(np.ravel(model.train_on_batch(x, y))[0])
            model.reset_metrics()
            average = _SMOOTHING * average + (1 - _SMOOTHING) * loss
            losses.append(loss)
            smoothed.append(average / (1 - _SMOOTHING ** (i + 1)))
            if not np.isfinite(loss) or smoothed[-1] > _EXPLODED * min(smoothed):
                break
    finally:
        for variable, value in zip((*model.variables, *optimizer.variables), kept, strict=True):
            variable.assign(value)
    tried = rates[: len(losses)]
    return RateSearch(tuple(tried), tuple(losses), tuple(smoothed), _steepest(tried, smoothed))


def _steepest(rates: np.ndarray, smoothed: list[float]) -> float:
    usable = np.flatnonzero(np.isfinite(smoothed))
    if len(usable) < 3:
        return float(rates[0])
    slope = np.gradient(np.asarray(smoothed)[usable], np.log(rates[usable]))
    return float(rates[usable][int(np.argmin(slope))])
