"""L2-SP: stay near the pretrained weights, not near zero.

Plain weight decay pulls toward zero and so away from what was learned. L2-SP (Li,
Grandvalet & Davoine 2018, arXiv:1802.01483) pulls toward the starting point:

    alpha/2 * ||w - w0||^2  for weights that were pretrained, w0 their starting values,
    beta/2  * ||w||^2       for new weights, the head.

Both are sums over parameters, not means.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tlcourse.errors import CourseError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class L2SP:
    """Penalty for leaving the starting point.

    Args:
        alpha: Strength on pretrained weights; the paper searches 0.001 to 1.
        beta: Strength on new weights; the paper uses 0.01.

    Raises:
        CourseError: If a strength is negative.
    """

    alpha: float = 0.1
    beta: float = 0.01

    def __post_init__(self) -> None:
        if self.alpha < 0 or self.beta < 0:
            raise CourseError(
                f"L2-SP strengths are alpha={self.alpha} and beta={self.beta}. Expected 0 or more."
            )

    def attach(self, pretrained: keras.Model | None, model: keras.Model) -> None:
        """Put the penalty on the trainable weights of `model`.

        Args:
            pretrained: The part of `model` whose present weights are the starting point;
                None when all that trains is new.
            model: The model that will be trained; biases of new layers are left free.
        """
        start = _start_regularizer()
        known = {weight.path for weight in pretrained.weights} if pretrained is not None else set()
        for weight in model.trainable_weights:
            if weight.path in known:
                weight.regularizer = start(self.alpha, weight.numpy())
            elif len(weight.shape) > 1:
                weight.regularizer = start(self.beta, None)


@lru_cache(maxsize=1)
def _start_regularizer() -> type:
    import keras
    from keras import ops

    class StartingPoint(keras.regularizers.Regularizer):
        """strength/2 * sum((w - w0)^2)."""

        def __init__(self, strength: float, start: Any) -> None:
            self.strength = strength
            self.start = None if start is None else ops.convert_to_tensor(start)

        def __call__(self, w: Any) -> Any:
            gap = w if self.start is None else w - self.start
            return 0.5 * self.strength * ops.sum(ops.square(ops.cast(gap, "float32")))

    return StartingPoint
