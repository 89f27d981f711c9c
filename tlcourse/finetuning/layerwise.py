"""Layer-wise learning rates, done to the update and not to the gradient.

Adam divides each gradient by its own running size, so scaling a gradient changes
nothing: the factor cancels. A layer-wise rate must scale the step that Adam takes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tlcourse.finetuning import fused_adam
from tlcourse.finetuning.model import HEAD
from tlcourse.finetuning.plan import convolutions_of

if TYPE_CHECKING:
    import keras

    from tlcourse.finetuning.prepare import Setup


_LOSS_SCALE = 2.0**8


@lru_cache(maxsize=1)
def _layerwise_adam() -> type:
    """Define the class when Keras is there."""
    import keras

    @keras.saving.register_keras_serializable("tlcourse")
    class LayerwiseAdam(keras.optimizers.Adam):
        """Adam with decoupled decay whose learning rate has a factor for each variable."""

        def __init__(
            self,
            learning_rate: Any = 1e-4,
            *,
            multipliers: dict[str, float] | None = None,
            decay: float = 0.0,
            **kwargs: Any,
        ) -> None:
            super().__init__(learning_rate, **kwargs)
            self.multipliers = dict(multipliers or {})
            self.decay = decay

        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            # TensorFlow hands over its own variable; Keras finds ours by position.
            index = self._get_variable_index(variable)
            ours = self._trainable_variables[index]
            rate = learning_rate * self.multipliers.get(ours.path, 1.0)
            # Keras' own decay would use the rate without the factor, and decay biases.
            if self.decay and len(variable.shape) > 1:
                self.assign_sub(variable, variable * (rate * self.decay))
            if fused_adam.fits():
                fused_adam.step(self, gradient, variable, rate, index=index)
            else:
                super().update_step(gradient, variable, rate)

        def get_config(self) -> dict[str, Any]:
            return super().get_config() | {"multipliers": self.multipliers, "decay": self.decay}

    return LayerwiseAdam


def layerwise_adam(
    learning_rate: Any, multipliers: dict[str, float], *, weight_decay: float = 0.0
) -> keras.optimizers.Optimizer:
    """Return Adam with one factor on the learning rate for each variable.

    Args:
        learning_rate: Rate of the variables that are not named; a number or a schedule.
        multipliers: Factor by `variable.path`.
        weight_decay: Decoupled decay (Loshchilov & Hutter 2019, arXiv:1711.05101): before
            each step w <- w - rate * weight_decay * w, for kernels and not for biases.
    """
    return _layerwise_adam()(learning_rate, multipliers=multipliers, decay=weight_decay)


def layer_rates(
    setup: Setup, learning_rate: float, head_learning_rate: float | None
) -> dict[str, float]:
    """Return the peak rate of each layer that trains, head included, by layer name."""
    layers = setup.tail.layers if setup.tail is not None else ()
    names = convolutions_of(setup.network.model)
    rates = {
        layer.name: learning_rate * setup.plan.multiplier(layer.name, convolutions=names)
        for layer in layers
        if layer.trainable_weights
    }
    return rates | {HEAD: learning_rate if head_learning_rate is None else head_learning_rate}


def compile_model(
    model: keras.Model,
    setup: Setup,
    rate: Any,
    rates: dict[str, float],
    *,
    weight_decay: float = 0.0,
    label_smoothing: float = 0.0,
) -> None:
    """Compile with a rate for each layer; float16 gets dynamic loss scaling.

    Gradients below 6e-8 are zero in float16, so the loss is multiplied before the backward
    pass and the gradients divided after it (Micikevicius et al. 2018, arXiv:1710.03740).
    """
    import keras

    peak = rate if isinstance(rate, float) else rate.peak
    owners = [*(setup.tail.layers if setup.tail is not None else ()), model.get_layer(HEAD)]
    factors = {
        weight.path: rates[layer.name] / peak
        for layer in owners
        for weight in layer.trainable_weights
    }
    optimizer = layerwise_adam(rate, factors, weight_decay=weight_decay)
    if setup.network.precision == "float16":
        # Keras does this by itself only for a model built under the float16 policy.
        # Keras' own first factor, 2^15, overflows and wastes the first steps of a short run.
        optimizer = keras.optimizers.LossScaleOptimizer(
            optimizer, initial_scale=_LOSS_SCALE, dynamic_growth_steps=200
        )
    # Built inside the first step, it would make TensorFlow trace that step twice.
    optimizer.build(model.trainable_variables)
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=label_smoothing)
    model.compile(optimizer, loss, metrics=["accuracy"])
