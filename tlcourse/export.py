"""One model for other people: raw RGB pixels in, class probabilities out.

Preprocessing lives inside the saved model, so nobody can forget it, do it twice or do
another network's. Only ordinary Keras layers are used: the file loads with
`safe_mode=True` and runs no code of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.backbones import CUTS, Backbone, backbone, check_cuts
from tlcourse.errors import CourseError, DataError
from tlcourse.model_file import refuse_code
from tlcourse.preprocessing import CHANNEL_MEANS_BGR

if TYPE_CHECKING:
    import keras

    from tlcourse.heads import LinearHead


def end_to_end(
    network: Backbone, head: LinearHead, *, at: Sequence[str] | str = CUTS
) -> keras.Model:
    """Join preprocessing, frozen backbone, pooled cuts and a fitted head into one model.

    The model is float32 whatever the precision of `network`, so that it runs well on
    any machine. Its input is (batch, height, width, 3), RGB, 0 to 255, of any size: the
    picture is scaled until it covers the square and its middle is kept.

    Args:
        network: The backbone that gave the features.
        head: The head fitted on them.
        at: The same cut points as for the features.

    Raises:
        CourseError: If the backbone's input contract is not its own.
    """
    import keras
    from keras import layers

    kind = network.architecture
    if network.preprocessing != kind.preprocessing:
        raise CourseError(
            f"The backbone was built with preprocessing='{network.preprocessing}'. A model to "
            f"share needs {kind.title}'s own contract: build it with "
            f"preprocessing='{kind.preprocessing}'."
        )
    at = check_cuts(at)
    base = _float32(network)
    size = network.image_size
    pixels = keras.Input((None, None, 3), dtype="float32", name="rgb_pixels")
    square = layers.Resizing(
        size, size, interpolation="bicubic", antialias=True, crop_to_aspect_ratio=True, name="fit"
    )(pixels)
    centered = _preprocessed(square, kind.preprocessing)
    trunk = keras.Model(base.input, [base.get_layer(cut).output for cut in at], name=kind.name)
    trunk.trainable = False
    maps = trunk(centered, training=False)
    maps = maps if isinstance(maps, (list, tuple)) else [maps]
    pooled = [
        layers.GlobalAveragePooling2D(name=f"pool_{cut}")(x)
        for cut, x in zip(at, maps, strict=True)
    ]
    joined = pooled[0] if len(pooled) == 1 else layers.Concatenate(name="features")(pooled)
    return keras.Model(pixels, head.attach(joined), name="classifier")


def _preprocessed(square: Any, contract: str) -> Any:
    """Apply the input contract of a network with ordinary layers."""
    import keras
    from keras import layers

    if contract == "minus_one_to_one":
        return layers.Rescaling(1 / 127.5, offset=-1, name="scale")(square)
    blue_first = keras.ops.flip(square, axis=-1)
    offset = [-mean for mean in CHANNEL_MEANS_BGR]
    return layers.Rescaling(1.0, offset=offset, name="subtract_means")(blue_first)


def _float32(network: Backbone) -> keras.Model:
    if network.precision == "float32":
        return network.model
    base = backbone(network.name, image_size=network.image_size, precision="float32").model
    base.set_weights(network.model.get_weights())
    return base


def load_model(path: str | Path) -> keras.Model:
    """Load a saved `.keras` model without running any code it might carry.

    Raises:
        DataError: If the file is missing, damaged, or carries code.
    """
    from tlcourse.runtime import quiet_tensorflow

    quiet_tensorflow()
    import keras

    path = Path(path)
    if not path.is_file():
        raise DataError(f"There is no model at {path}. Expected a file that ends in .keras.")
    refuse_code(path)
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras, zipfile and h5py raise many kinds
        raise DataError(
            f"The model {path} cannot be loaded ({type(error).__name__}). It is damaged or was "
            f"not saved by Keras 3; fit it again or copy it again."
        ) from error


def check_pixels(images: np.ndarray) -> np.ndarray:
    """Return pictures as float32, or refuse what cannot be RGB pixels 0 to 255.

    Args:
        images: (n, height, width, 3).

    Raises:
        DataError: For a wrong shape, NaN, values outside 0 to 255, or values that look
            divided by 255 already.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] != 3:
        raise DataError(
            f"Pictures have shape {images.shape}, expected (n, height, width, 3). For one picture "
            f"use picture[None]."
        )
    low, high = (float(images.min()), float(images.max())) if images.size else (0.0, 255.0)
    is_float = np.issubdtype(images.dtype, np.floating)
    if not np.isfinite([low, high]).all() or low < 0 or high > 255:
        raise DataError(
            f"Pixel values run from {low:.3g} to {high:.3g}, expected RGB from 0 to 255. The model "
            f"does its own preprocessing: pass raw pixels."
        )
    if is_float and images.size and 0 < high <= 1:
        raise DataError(
            f"Pixel values run from {low:.3g} to {high:.3g}: they look divided by 255. Pass raw "
            f"RGB pixels from 0 to 255; the model does its own preprocessing."
        )
    return images.astype(np.float32)
