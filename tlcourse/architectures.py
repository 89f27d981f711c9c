"""The networks that `tl.backbone` can build: their layers, their sizes and their input contract.

Both are chains of five blocks, each ended by a pooling layer with the same name, so that
a cut point or a freeze plan means the same in both.

- VGG16 (Simonyan & Zisserman 2015, arXiv:1409.1556): 13 convolutions, 14.7 million
  weights, trained on ImageNet. It has no BatchNorm.
- MiniVGG: the layout of VGG-11 with narrow blocks and BatchNorm after each convolution,
  0.46 million weights, trained on drawn letters (see `data/weights/README.md`). For
  experiments that need BatchNorm, or a training run of seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlcourse.errors import CourseError

if TYPE_CHECKING:
    import keras

POOLS = ("block1_pool", "block2_pool", "block3_pool", "block4_pool", "block5_pool")
CUTS = ("block3_pool", "block4_pool", "block5_pool")

_POLICIES = {
    "float32": "float32",
    "bfloat16": "mixed_bfloat16",
    "float16": "mixed_float16",
}
_MINIVGG = ((16, 1), (32, 1), (64, 2), (96, 2), (128, 2))  # channels, convolutions


@dataclass(frozen=True)
class Architecture:
    """One kind of network.

    Args:
        name: What `tl.backbone` calls it.
        title: What people call it.
        build: Makes the Keras model without its top, from the side of its input.
        image_size: Side of the input when none is asked for, pixels.
        preprocessing: The input contract it was trained with, see `tlcourse.preprocessing`.
        source: What its pretrained weights were trained on, in a few words.
        has_batch_norm: Whether it has BatchNorm layers.
    """

    name: str
    title: str
    build: Callable[[int], keras.Model]
    image_size: int
    preprocessing: str
    source: str
    has_batch_norm: bool


def _vgg16(image_size: int) -> keras.Model:
    import keras

    return keras.applications.VGG16(
        weights=None, include_top=False, input_shape=(image_size, image_size, 3)
    )


def minivgg(image_size: int) -> keras.Model:
    """Build MiniVGG with fresh weights: blocks of convolution, BatchNorm, ReLU, and a pooling.

    A convolution needs no bias of its own, because BatchNorm adds one (beta).
    """
    import keras
    from keras import layers

    x = inputs = keras.Input((image_size, image_size, 3), name="pixels")
    for block, (channels, convolutions) in enumerate(_MINIVGG, 1):
        for i in range(1, convolutions + 1):
            name = f"block{block}_%s{i}"
            x = layers.Conv2D(channels, 3, padding="same", use_bias=False, name=name % "conv")(x)
            x = layers.BatchNormalization(name=name % "bn")(x)
            x = layers.Activation("relu", name=name % "relu")(x)
        x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
    return keras.Model(inputs, x, name="minivgg")


ARCHITECTURES = {
    "vgg16": Architecture(
        name="vgg16",
        title="VGG16",
        build=_vgg16,
        image_size=96,
        preprocessing="vgg16",
        source="1.28 million ImageNet photographs",
        has_batch_norm=False,
    ),
    "minivgg": Architecture(
        name="minivgg",
        title="MiniVGG",
        build=minivgg,
        image_size=64,
        preprocessing="minus_one_to_one",
        source="drawn letters of three alphabets; no photograph, no emoji, no digit",
        has_batch_norm=True,
    ),
}


def architecture(name: str) -> Architecture:
    """Return the architecture called `name`.

    Raises:
        CourseError: For an unknown name.
    """
    if name not in ARCHITECTURES:
        known = ", ".join(f"'{known}'" for known in ARCHITECTURES)
        raise CourseError(f"Unknown backbone '{name}'. Expected one of {known}.")
    return ARCHITECTURES[name]


def build(kind: Architecture, image_size: int, *, precision: str = "float32") -> keras.Model:
    """Build a network with fresh weights; Keras' global policy is left as it was.

    Args:
        kind: From `architecture`.
        image_size: Side of the square input, pixels.
        precision: Format of the arithmetic, "float32", "bfloat16" or "float16".
    """
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(keras.DTypePolicy(_POLICIES[precision]))
    try:
        return kind.build(image_size)
    finally:
        keras.config.set_dtype_policy(before)


def check_cuts(at: Sequence[str] | str) -> tuple[str, ...]:
    """Return cut points as a tuple, or raise `CourseError` naming what is wrong with them."""
    at = (at,) if isinstance(at, str) else tuple(at)
    unknown = [cut for cut in at if cut not in POOLS]
    if unknown or not at:
        found = repr(unknown[0]) if unknown else "an empty list"
        raise CourseError(f"Unknown cut point {found}. Expected one or more of {', '.join(POOLS)}.")
    if len(set(at)) < len(at):
        raise CourseError(f"A cut point is named twice in {', '.join(at)}. Name each one once.")
    return at
