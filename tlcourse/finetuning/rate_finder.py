"""Learning-rate finder: raise the rate step by step until the loss explodes (Smith 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.backbones import CUTS, Backbone, check_cuts
from tlcourse.datasets import Split
from tlcourse.errors import CourseError
from tlcourse.finetuning.layerwise import compile_model, layer_rates
from tlcourse.finetuning.model import attach_head
from tlcourse.finetuning.plan import FreezePlan
from tlcourse.finetuning.prepare import prepare
from tlcourse.finetuning.trunk import Trunk

_EXPLODED = 4.0  # times the best smoothed loss
_SMOOTHING = 0.9


@dataclass(frozen=True)
class RateSearch:
    """What the finder saw.

    Args:
        rates: Learning rate of each step.
        losses: Loss of each step, nats.
        smoothed: The same, exponentially smoothed.
        suggestion: A tenth of the rate at the lowest smoothed loss before it exploded: at
            the lowest point itself training is already on the edge.
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
    if not optimizer.built:  # building a loss-scaling optimizer twice would reset it
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
            losses.append(loss)
            average = _SMOOTHING * average + (1 - _SMOOTHING) * loss
            smoothed.append(average / (1 - _SMOOTHING ** (i + 1)))
            if not np.isfinite(loss) or smoothed[-1] > _EXPLODED * min(smoothed):
                break
    finally:
        for variable, value in zip((*model.variables, *optimizer.variables), kept, strict=True):
            variable.assign(value)
    tried = rates[: len(losses)]
    return RateSearch(
        tuple(map(float, tried)), tuple(losses), tuple(smoothed), _suggest(tried, smoothed)
    )


def _suggest(rates: np.ndarray, smoothed: list[float]) -> float:
    finite = np.where(np.isfinite(smoothed), smoothed, np.inf)
    return float(rates[int(np.argmin(finite))] / 10)


def search_learning_rate(
    network: Backbone,
    split: Split,
    *,
    plan: FreezePlan | None = None,
    at: Sequence[str] = CUTS,
    batch_size: int = 32,
    trunk: Trunk | None = None,
    low: float = 1e-7,
    high: float = 1.0,
    steps: int = 100,
    seed: int = 0,
) -> RateSearch:
    """Run the finder on the model that `tl.finetune` would train with the same arguments.

    Training pictures only; nothing that was passed in changes.

    Args:
        network: A pretrained backbone.
        split: Its training part is used.
        plan: What trains; block 5 after a fitted head by default.
        at: Cut points the head reads.
        batch_size: Pictures in a step.
        trunk: Kept activations, see `cache_trunk`.
        low: First rate.
        high: Last rate.
        steps: At most this many.
        seed: Seed of the order.
    """
    setup = prepare(
        network,
        split,
        plan or FreezePlan(),
        at=check_cuts(at),
        train=split.train,
        trunk=trunk,
        seed=seed,
    )
    model = attach_head(setup.body, setup.head)
    compile_model(model, setup, low, layer_rates(setup, low, None))
    batches = setup.batches(split.train, batch_size=batch_size, seed=seed)
    return find_learning_rate(model, batches, low=low, high=high, steps=steps)
