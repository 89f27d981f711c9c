"""Learning-rate schedules for fine-tuning: start low, so that a new head does no damage."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tlcourse.errors import CourseError

if TYPE_CHECKING:
    import keras

SCHEDULES = ("constant", "warmup_cosine", "slanted_triangular")


def rate_at(
    step: float, *, kind: str, peak: float, steps: int, warmup: float = 0.1, ratio: float = 32.0
) -> float:
    """Return the learning rate at one step; the formulas, in plain Python.

    Args:
        step: Steps done, 0 to `steps`.
        kind: "constant"; "warmup_cosine" (linear rise, then half a cosine down to 0);
            "slanted_triangular" (linear rise, then linear fall to peak / ratio; Howard &
            Ruder 2018, eq. 3).
        peak: Largest rate.
        steps: Steps in all.
        warmup: Share of the steps spent rising.
        ratio: How much smaller the last rate is than the peak (slanted triangular).
    """
    if kind == "constant":
        return peak
    cut = max(1, math.floor(steps * warmup))
    rising = min(1.0, (step + 1) / cut) if kind == "warmup_cosine" else step / cut
    falling = min(1.0, max(0.0, (step - cut) / max(1, steps - cut)))
    if kind == "warmup_cosine":
        return peak * (rising if step < cut else 0.5 * (1 + math.cos(math.pi * falling)))
    share = rising if step < cut else 1 - falling
    return peak * (1 + share * (ratio - 1)) / ratio


@lru_cache(maxsize=1)
def _schedule_class() -> type:
    import keras
    from keras import ops

    @keras.saving.register_keras_serializable("tlcourse")
    class TableSchedule(keras.optimizers.schedules.LearningRateSchedule):
        """A schedule read from a table: one rate for each step."""

        def __init__(self, rates: list[float]) -> None:
            self.rates = [float(r) for r in rates]
            self.peak = max(self.rates)
            self._table = ops.convert_to_tensor(self.rates, "float32")

        def __call__(self, step: Any) -> Any:
            index = ops.minimum(ops.cast(step, "int32"), len(self.rates) - 1)
            return ops.take(self._table, index)

        def get_config(self) -> dict[str, Any]:
            return {"rates": self.rates}

    return TableSchedule


def schedule(
    kind: str, *, peak: float, steps: int, warmup: float = 0.1
) -> keras.optimizers.schedules.LearningRateSchedule | float:
    """Return a Keras learning-rate schedule, or the number itself when it is constant.

    Raises:
        CourseError: For an unknown kind.
    """
    if kind not in SCHEDULES:
        raise CourseError(f"Unknown schedule '{kind}'. Expected one of {', '.join(SCHEDULES)}.")
    if kind == "constant":
        return float(peak)
    steps = max(1, steps)
    rates = [rate_at(i, kind=kind, peak=peak, steps=steps, warmup=warmup) for i in range(steps + 1)]
    return _schedule_class()(rates)
