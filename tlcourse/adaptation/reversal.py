"""The gradient-reversal layer: identity on the way forward, a sign change on the way back."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops


def reversal_schedule(progress: float | np.ndarray) -> Any:
    """Return λ = 2 / (1 + exp(−10 p)) − 1 for training progress p from 0 to 1.

    From 0 to almost 1: the domain classifier has to learn something before the features are
    told to defeat it (Ganin et al. 2016, section 5.2.2).
    """
    return 2.0 / (1.0 + np.exp(-10.0 * np.asarray(progress))) - 1.0


@ops.custom_gradient
def reverse_gradient(x: Any, strength: Any) -> Any:
    """Return x unchanged; backward, multiply the gradient by −strength."""

    def grad(*args: Any, upstream: Any = None) -> Any:
        if upstream is None:
            (upstream,) = args
        return -strength * upstream, ops.zeros_like(strength)

    return ops.convert_to_tensor(x), grad


@keras.saving.register_keras_serializable(package="tlcourse")
class GradientReversal(keras.layers.Layer):
    """Pass the input on; multiply the gradient that comes back by −λ.

    Placed between the features and a domain classifier, it makes one optimizer play both
    sides: the classifier goes *down* its loss, the features below the layer go *up* it.

    Args:
        strength: Initial λ ≥ 0. It is kept in a variable, so that a schedule can change it
            without compiling the model again: `layer.strength.assign(0.5)`.
        **kwargs: Passed on to `keras.layers.Layer`.

    Reference:
        Ganin et al., Domain-Adversarial Training of Neural Networks, JMLR 17, 2016.
    """

    def __init__(self, strength: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.initial_strength = float(strength)

    def build(self, input_shape: Any) -> None:
        """Create the variable that holds λ."""
        self.strength = self.add_weight(
            name="strength",
            shape=(),
            initializer=keras.initializers.Constant(self.initial_strength),
            trainable=False,
        )

    def call(self, inputs: Any) -> Any:
        """Return `inputs`, with the gradient reversed."""
        strength = ops.cast(ops.convert_to_tensor(self.strength), inputs.dtype)
        return reverse_gradient(inputs, strength)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return what is needed to build the layer again."""
        return {**super().get_config(), "strength": self.initial_strength}
