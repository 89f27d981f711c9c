"""A small trunk for a student: the early layers of VGG16, pooled in three ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.backbones import conv_flops
from tlcourse.errors import CourseError

if TYPE_CHECKING:
    import keras

    from tlcourse.backbones import Backbone

TAPS = ("block1_pool", "block2_pool", "block3_conv1", "block3_conv2")
WAYS = ("mean", "maximum", "deviation")


@dataclass(frozen=True, eq=False)
class SmallTrunk:
    """The layers of a network up to its last tap, kept frozen.

    Args:
        network: Where the layers come from.
        taps: Layers that are read; nothing after the last one is computed.
        parameters: Weights up to there.
        multiply_adds: Of one picture.
        function: Compiled: preprocessed pictures to features.
    """

    network: Backbone
    taps: tuple[str, ...]
    parameters: int
    multiply_adds: int
    function: keras.Function

    def features(self, images: np.ndarray, *, batch_size: int = 32) -> np.ndarray:
        """Return each tap over positions, mean, maximum and deviation or as asked, float32 (n, d).

        Args:
            images: RGB uint8 (n, S, S, 3) of the network's size.
            batch_size: Pictures in memory at once.
        """
        parts = []
        for start in range(0, len(images), batch_size):
            batch = self.network.preprocess(images[start : start + batch_size])
            filled = self.network._fill(batch, batch_size)
            parts.append(np.asarray(self.function(filled))[: len(batch)])
        return np.concatenate(parts)


def small_trunk(
    network: Backbone,
    *,
    taps: tuple[str, ...] = TAPS,
    model: keras.Model | None = None,
    ways: tuple[str, ...] = WAYS,
) -> SmallTrunk:
    """Cut a network after the last of some layers.

    Args:
        network: The frozen backbone.
        taps: Names of layers whose output is read, in the order of the network.
        model: Cut this one in its place, for example a thin copy of the network
            (`thin_copy`); the backbone then only prepares the pictures.
        ways: How positions are put together.

    Raises:
        CourseError: If there is no such layer.
    """
    import keras
    import tensorflow as tf

    model = network.model if model is None else model
    names = [layer.name for layer in model.layers]
    unknown = [tap for tap in taps if tap not in names]
    if unknown or not taps:
        raise CourseError(
            f"There is no layer {unknown[:1] or 'named'} in {network.name}. Expected some of "
            f"{', '.join(names[1:])}."
        )
    end = max(names.index(tap) for tap in taps) + 1
    layers = model.layers[:end]
    trunk = keras.Model(model.input, [model.get_layer(t).output for t in taps])
    shape = (None, network.image_size, network.image_size, 3)
    pools = {"mean": tf.reduce_mean, "maximum": tf.reduce_max, "deviation": tf.math.reduce_std}

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32)])
    def pooled(batch: tf.Tensor) -> tf.Tensor:
        maps = [tf.cast(m, tf.float32) for m in tf.nest.flatten(trunk(batch, training=False))]
        return tf.concat([pools[way](m, (1, 2)) for m in maps for way in ways], axis=1)

    return SmallTrunk(
        network=network,
        taps=tuple(taps),
        parameters=sum(layer.count_params() for layer in layers),
        multiply_adds=sum(conv_flops(layer) for layer in layers) // 2,
        function=pooled,
    )
