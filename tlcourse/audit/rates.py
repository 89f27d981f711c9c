"""At which learning rate does each weight array really train?

`trainable` says what was wished. The optimizer holds what happens: it keeps the list of
variables that it was built for, and a rate, which may have a factor for each variable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

# What schedules call their highest value: ours, then those of Keras.
_PEAKS = ("peak", "warmup_target", "initial_learning_rate")


def effective_rates(model: keras.Model) -> dict[int, float] | None:
    """Return the peak learning rate of each weight of a compiled model, by `id(variable)`.

    A weight that the optimizer does not train has rate 0, whatever its layer says. Layer-wise
    factors (`tlcourse.finetuning.layerwise_adam`) are in it. Adam divides a gradient by its own
    running size, so the rate is about the size of a step, whatever the size of the gradient.

    Args:
        model: A compiled Keras model.

    Returns:
        None where nothing is known: the model is not compiled.
    """
    optimizer = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # mixed precision wraps it
    if optimizer is None:
        return None
    # Keras has no public name for this list; before the first step it is empty.
    known = getattr(optimizer, "_trainable_variables", None) or model.trainable_variables
    peak, factors = _peak(optimizer), getattr(optimizer, "multipliers", {})
    rates = {id(weight): 0.0 for weight in model.weights}
    return rates | {id(weight): peak * factors.get(weight.path, 1.0) for weight in known}


def _peak(optimizer: Any) -> float:
    """Return the rate, or the highest one of a schedule."""
    schedule = getattr(optimizer, "_learning_rate", None)
    for name in _PEAKS:
        if isinstance(value := getattr(schedule, name, None), (int, float)):
            return float(value)
    return float(optimizer.learning_rate)


def shown_rate(rate: float | None) -> str:
    """Return a rate for a table: three digits, 0 for what does not train."""
    if rate is None:
        return "unknown"
    return f"{rate:.1e}" if rate else "0"
