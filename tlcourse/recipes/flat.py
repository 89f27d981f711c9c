"""The classic recipe's features: the last grid of VGG16, flattened instead of averaged."""

from __future__ import annotations

import numpy as np

from tlcourse.backbones import POOLS, Backbone
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.images import at_size
from tlcourse.feature_store import FeatureStore
from tlcourse.features import feature_key, feature_stores

FLAT = "block5_pool, flattened"


def flat_features(network: Backbone, dataset: Dataset, *, batch_size: int = 32) -> np.ndarray:
    """Return the flattened block-5 grid of every picture, from the cache where it is known.

    One pass gives every answer that a frozen network has, so the pooled features of all
    five blocks go into the cache too: `tl.extract` finds them there.

    Args:
        network: The frozen network.
        dataset: Pictures (uint8) with their content hashes.
        batch_size: Pictures computed at once.

    Returns:
        float32 (n, (S // 32)**2 * 512), in the order of a Keras Flatten layer.

    Cost: one forward pass for each new picture; 18 KB of disk for each at 96 px.
    """
    store = FeatureStore({**feature_key(network, ""), "cut": FLAT})
    known = store.read()
    rows = [i for i, key in enumerate(dataset.hashes) if key not in known]
    if rows:
        images = at_size(dataset.images, network.image_size)
        fresh = _grids(network, images, rows, batch_size)
        keys = [dataset.hashes[i] for i in rows]
        flat = dict(zip(keys, fresh.pop(FLAT), strict=True))
        store.write(flat)
        known.update(flat)
        for cut, pooled_store in feature_stores(network, POOLS).items():
            pooled_store.write(dict(zip(keys, fresh[cut], strict=True)))
    return np.stack([known[key] for key in dataset.hashes])


def _grids(
    network: Backbone, images: np.ndarray, rows: list[int], batch_size: int
) -> dict[str, np.ndarray]:
    """Run the rows through the network; pooled answers by cut, and the flattened last grid."""
    import keras
    import tensorflow as tf

    layer = network.model.get_layer
    pool = keras.layers.GlobalAveragePooling2D(dtype="float32")
    outputs = {cut: pool(layer(cut).output) for cut in POOLS}
    outputs[FLAT] = keras.layers.Flatten(dtype="float32")(layer(POOLS[-1]).output)
    function = tf.function(keras.Model(network.model.input, outputs), reduce_retracing=True)
    parts: dict[str, list[np.ndarray]] = {name: [] for name in outputs}
    for start in range(0, len(rows), batch_size):
        batch = network.preprocess(images[np.asarray(rows[start : start + batch_size])])
        for name, values in function(tf.constant(batch), training=False).items():
            parts[name].append(values.numpy())
    return {name: np.concatenate(values) for name, values in parts.items()}
