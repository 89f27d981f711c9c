"""Averages and maxima of a network's blocks: a small thing is lost in an average."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.architectures import check_cuts

if TYPE_CHECKING:
    from tlcourse.backbones import Backbone


def block_extremes(
    network: Backbone, images: np.ndarray, *, at: Sequence[str], batch_size: int = 32
) -> dict[tuple[str, str], np.ndarray]:
    """Return the mean and the maximum over positions of each cut, in one pass.

    `tl.extract` averages. A lesion covers one position in sixteen or fewer, and its answer
    is diluted; the maximum keeps it whole.

    Args:
        network: The frozen network.
        images: RGB uint8 (n, S, S, 3) of the network's size.
        at: Cut points.
        batch_size: Pictures in memory at once.

    Returns:
        ("block3_pool", "mean") and ("block3_pool", "max") → float32 (n, channels), and so on.

    Cost: one forward pass up to the deepest cut; nothing is kept on disk.
    """
    import keras
    import tensorflow as tf

    at = check_cuts(at)
    layers = [network.model.get_layer(cut).output for cut in at]
    trunk = keras.Model(network.model.input, layers)

    @tf.function(reduce_retracing=True)
    def both(batch: tf.Tensor) -> list[tf.Tensor]:
        maps = [tf.cast(m, tf.float32) for m in tf.nest.flatten(trunk(batch, training=False))]
        return [f(m, (1, 2)) for m in maps for f in (tf.reduce_mean, tf.reduce_max)]

    parts = []
    for start in range(0, len(images), batch_size):
        batch = network.preprocess(images[start : start + batch_size])
        filled = network._fill(batch, batch_size)  # one shape, one compiled kernel
        parts.append([np.asarray(out)[: len(batch)] for out in both(filled)])
    names = [(cut, how) for cut in at for how in ("mean", "max")]
    return dict(zip(names, map(np.concatenate, zip(*parts, strict=True)), strict=True))
