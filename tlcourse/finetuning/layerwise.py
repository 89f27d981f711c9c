"""Layer-wise learning rates, done to the update and not to the gradient.

Adam divides each gradient by its own running size, so scaling a gradient changes
nothing: the factor cancels. A layer-wise rate must scale the step that Adam takes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


@lru_cache(maxsize=1)
def _layerwise_adam() -> type:
    """Define the class when Keras is there."""
    import keras

    @keras.saving.register_keras_serializable("tlcourse")
    class LayerwiseAdam(keras.optimizers.AdamW):
        """AdamW whose learning rate has a factor for each variable."""

        def __init__(self, *args: Any, multipliers: dict[str, float] | None = None, **kwargs: Any):
            super().__init__(*args, **kwargs)
            self.multipliers = dict(multipliers or {})

        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            # TensorFlow hands over its own variable; Keras finds ours by position.
            ours = self._trainable_variables[self._get_variable_index(variable)]
            factor = self.multipliers.get(ours.path, 1.0)
            super().update_step(gradient, variable, learning_rate * factor)

        def get_config(self) -> dict[str, Any]:
            return super().get_config() | {"multipliers": self.multipliers}

    return LayerwiseAdam


def layerwise_adam(
    learning_rate: Any, multipliers: dict[str, float], *, weight_decay: float = 0.0
) -> keras.optimizers.Optimizer:
    """Return AdamW with one factor on the learning rate for each variable.

    Args:
        learning_rate: Rate of the variables that are not named; a number or a schedule.
        multipliers: Factor by `variable.path`.
        weight_decay: Decoupled decay (Loshchilov & Hutter 2019, arXiv:1711.05101).
    """
    return _layerwise_adam()(learning_rate, multipliers=multipliers, weight_decay=weight_decay)
