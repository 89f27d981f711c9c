"""Adam's step as one TensorFlow operation: each number is read once and written once.

Written out in Keras, the step is some ten operations, each of which reads and writes arrays
as large as the weights. For the seven million weights of VGG16's block 5 that takes a tenth
of a training step on two cores; one operation takes a third of it.
"""

from __future__ import annotations

from typing import Any


def fits() -> bool:
    """Tell whether the operation may be used: on one device, outside any strategy.

    A strategy keeps one copy of each variable for each device and must do the update itself.
    """
    import tensorflow as tf

    return not tf.distribute.has_strategy()


def step(optimizer: Any, gradient: Any, variable: Any, rate: Any, *, index: int) -> None:
    """Move one variable by one step of Adam (Kingma & Ba 2015, arXiv:1412.6980).

    The formulas are those of `keras.optimizers.Adam`:

        m <- b1 m + (1 - b1) g,   v <- b2 v + (1 - b2) g^2,
        w <- w - rate sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon).

    Args:
        optimizer: A built `keras.optimizers.Adam`; its m and v of this variable change.
        gradient: g, in the shape of the variable.
        variable: w, a `tf.Variable`.
        rate: Learning rate of this variable.
        index: Position of the variable among those of the optimizer.
    """
    import tensorflow as tf

    dtype = variable.dtype
    t = tf.cast(optimizer.iterations, dtype) + 1
    betas = [tf.cast(beta, dtype) for beta in (optimizer.beta_1, optimizer.beta_2)]
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=optimizer._momentums[index].value.handle,
        v=optimizer._velocities[index].value.handle,
        beta1_power=tf.pow(betas[0], t),
        beta2_power=tf.pow(betas[1], t),
        lr=tf.cast(rate, dtype),
        beta1=betas[0],
        beta2=betas[1],
        epsilon=tf.cast(optimizer.epsilon, dtype),
        grad=tf.cast(gradient, dtype),
    )
