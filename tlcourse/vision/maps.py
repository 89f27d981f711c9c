"""Feature maps: what a trunk says at every place, before anything is averaged.

VGG16's `block4_pool` gives one vector of 512 numbers for each 16×16 pixels. Chapters before
this one averaged them. Where a thing is, what draws attention and how a surface looks are
questions to the places.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tlcourse.architectures import check_cuts
from tlcourse.backbones import Backbone
from tlcourse.errors import DataError


def feature_maps(
    backbone: Backbone,
    images: np.ndarray,
    *,
    at: str | Sequence[str] = "block4_pool",
    batch_size: int = 32,
) -> Any:
    """Return the activations of a cut, or of several, at every place.

    Args:
        backbone: The frozen network; its image size decides the input.
        images: uint8 (n, S, S, 3) with S the backbone's image size.
        at: "block1_pool" to "block5_pool", or several of them: one pass serves them all.
        batch_size: Pictures computed at once.

    Returns:
        float16 (n, S / stride, S / stride, channels) for one cut, a mapping from cuts to such
        arrays for several. Half precision is half the memory, and its rounding is far below
        what the pictures' noise does. Cast before adding many of them up.

    Raises:
        DataError: If the pictures have another size.

    Cost: as `tl.extract` up to that cut; nothing is written to disk.
    """
    images, cuts = np.asarray(images), check_cuts(at)
    side = backbone.image_size
    if images.ndim != 4 or images.shape[1:] != (side, side, 3):
        raise DataError(
            f"Pictures have shape {images.shape}, expected (n, {side}, {side}, 3). Build the "
            f"backbone for their size: tl.backbone(image_size=...)."
        )
    function = _compiled(backbone, cuts)
    found = {cut: np.empty((len(images), *_shape(backbone, cut)), np.float16) for cut in cuts}
    for i in range(0, len(images), batch_size):
        outputs = function(backbone.preprocess(images[i : i + batch_size]))
        for cut, output in zip(cuts, outputs, strict=True):
            found[cut][i : i + batch_size] = output.numpy()
    return found[cuts[0]] if isinstance(at, str) else found


def _compiled(backbone: Backbone, cuts: tuple[str, ...]) -> Any:
    """Return the trunk up to the deepest cut, compiled once for each set of cuts."""
    import keras
    import tensorflow as tf

    key = ("maps", *cuts)
    if key not in backbone._functions:
        trunk = keras.Model(
            backbone.model.input, [backbone.model.get_layer(c).output for c in cuts]
        )
        spec = [tf.TensorSpec((None, backbone.image_size, backbone.image_size, 3), tf.float32)]
        backbone._functions[key] = tf.function(
            lambda x: [tf.cast(y, tf.float16) for y in tf.nest.flatten(trunk(x, training=False))],
            input_signature=spec,
        )
    return backbone._functions[key]


def averaged(maps: np.ndarray) -> np.ndarray:
    """Average maps (n, rows, columns, channels) over places: float32 (n, channels)."""
    return maps.astype(np.float32).mean(axis=(1, 2))


def flattened(maps: np.ndarray) -> np.ndarray:
    """Keep every place: float32 (n, rows · columns · channels)."""
    return maps.reshape(len(maps), -1).astype(np.float32)


def shuffled_cells(maps: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Return the same vectors at other places, shuffled within each picture on its own."""
    rng = np.random.default_rng(seed)
    n, rows, columns, channels = maps.shape
    cells = maps.reshape(n, rows * columns, channels)
    return np.stack([cell[rng.permutation(len(cell))] for cell in cells]).reshape(maps.shape)


def neighborhoods(maps: np.ndarray, *, reach: int = 1) -> np.ndarray:
    """Give each place the vectors around it too, zeros beyond the edge.

    Args:
        maps: (n, rows, columns, channels).
        reach: 1 for 3×3 places, 0 for the place alone.

    Returns:
        (n, rows, columns, (2 · reach + 1)² · channels), the same type.
    """
    pad = ((0, 0), (reach, reach), (reach, reach), (0, 0))
    padded = np.pad(maps, pad)
    _, rows, columns, _ = maps.shape
    shifts = [(i, j) for i in range(2 * reach + 1) for j in range(2 * reach + 1)]
    return np.concatenate([padded[:, i : i + rows, j : j + columns] for i, j in shifts], axis=-1)


def _shape(backbone: Backbone, cut: str) -> tuple[Any, ...]:
    return tuple(backbone.model.get_layer(cut).output.shape[1:])
