"""What each block of a network says: pooled outputs, one array for each block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlcourse.backbones import POOLS, Backbone
from tlcourse.datasets.dataset import Dataset
from tlcourse.features import extract

if TYPE_CHECKING:
    import keras


def block_features(network: Backbone, dataset: Dataset) -> dict[str, np.ndarray]:
    """Return the cached pooled features of each of the five blocks: name -> float32 (n, d).

    One pass serves all five; see `tl.extract`.
    """
    joined = extract(network, dataset, at=POOLS)
    widths = [network.model.get_layer(name).output.shape[-1] for name in POOLS]
    ends = np.cumsum(widths)[:-1]
    return dict(zip(POOLS, np.split(joined, ends, axis=1), strict=True))


def pooled_blocks(base: keras.Model, inputs: np.ndarray) -> dict[str, np.ndarray]:
    """Return the pooled output of each block for inputs that are prepared already.

    Unlike `block_features` this asks the network as it is now, and caches nothing.

    Args:
        base: A VGG16 without top, in whatever state training has left it.
        inputs: float32 (n, S, S, 3).
    """
    import keras

    pool = keras.layers.GlobalAveragePooling2D(dtype="float32")
    outputs = {name: pool(base.get_layer(name).output) for name in POOLS}
    blocks = keras.Model(base.input, outputs)
    batches = [blocks(inputs[i : i + 16], training=False) for i in range(0, len(inputs), 16)]
    return {name: np.concatenate([np.asarray(b[name]) for b in batches]) for name in POOLS}
