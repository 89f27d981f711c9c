"""Pretrained networks without their classification top, and the places to cut them.

VGG16 (Simonyan & Zisserman 2015, arXiv:1409.1556) is five blocks of 3x3 convolutions,
each ended by a pooling layer: `block1_pool` to `block5_pool`. A cut point is one of
these layers; features are its activations, averaged over positions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse import preprocessing as preprocessing_contracts
from tlcourse import runtime
from tlcourse import weights as weights_files
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
_SMALLEST, _LARGEST = 32, 1024


@dataclass(eq=False)
class Backbone:
    """A pretrained network, ready to give features.

    Args:
        name: "vgg16".
        model: The Keras model with its original layer names. It takes preprocessed
            float32 pictures (n, S, S, 3); `preprocess` makes them.
        image_size: Side S of the square input, pixels.
        precision: "float32", "bfloat16" or "float16": the format of the arithmetic.
            Weights stay float32 and features come out as float32.
        precision_reason: Why this format, in one sentence.
        weights: Which weights file was read.
        preprocessing: Name of the input contract, see `tlcourse.preprocessing`.
    """

    name: str
    model: keras.Model
    image_size: int
    precision: str
    precision_reason: str
    weights: weights_files.Weights
    preprocessing: str = "vgg16"
    _functions: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False)

    def preprocess(self, images: np.ndarray) -> np.ndarray:
        """Turn RGB pictures (n, S, S, 3), 0 to 255, into the network's input.

        VGG16's own contract puts channels into blue, green, red order and subtracts the
        ImageNet means; nothing is divided. The input is never changed in place.

        Returns:
            float32 (n, S, S, 3), about -124 to 152.
        """
        return preprocessing_contracts.contract(self.preprocessing)(np.asarray(images))

    def pooled(
        self,
        images: np.ndarray,
        *,
        at: Sequence[str] = CUTS,
        batch_size: int = 32,
    ) -> dict[str, np.ndarray]:
        """Run pictures through the network once and average each cut over positions.

        Args:
            images: RGB (n, S, S, 3), 0 to 255, uint8 or float.
            at: Cut points; one pass serves them all.
            batch_size: Pictures in memory at once.

        Returns:
            For each cut point, float32 (n, channels).

        Cost: VGG16 at 96 px takes 5.6 GFLOP for each picture.
        """
        at = check_cuts(at)
        function = self._function(at)
        parts: list[list[np.ndarray]] = []
        for start in range(0, len(images), batch_size):
            batch = self.preprocess(images[start : start + batch_size])
            parts.append([out.numpy() for out in function(self._fill(batch, batch_size))])
        if not parts:
            widths = [int(self.model.get_layer(cut).output.shape[-1]) for cut in at]
            return {cut: np.zeros((0, w), np.float32) for cut, w in zip(at, widths, strict=True)}
        n = len(images)
        joined = (np.concatenate(column)[:n] for column in zip(*parts, strict=True))
        return dict(zip(at, joined, strict=True))

    @staticmethod
    def _fill(batch: np.ndarray, batch_size: int) -> np.ndarray:
        """Pad a last, shorter batch: one shape means one compiled kernel, not two."""
        missing = batch_size - len(batch)
        if missing <= 0 or len(batch) < batch_size // 4:
            return batch
        return np.concatenate([batch, np.zeros((missing, *batch.shape[1:]), batch.dtype)])

    def _function(self, at: tuple[str, ...]) -> Any:
        """Compile the trunk up to the deepest cut, once for each set of cuts.

        A compiled function avoids the per-call overhead and retracing of `predict`.
        """
        if at not in self._functions:
            import keras
            import tensorflow as tf

            pool = keras.layers.GlobalAveragePooling2D(dtype="float32")
            outputs = [pool(self.model.get_layer(cut).output) for cut in at]
            trunk = keras.Model(self.model.input, outputs)
            shape = (None, self.image_size, self.image_size, 3)

            @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32)])
            def forward(batch: tf.Tensor) -> list[tf.Tensor]:
                return trunk(batch, training=False)

            self._functions[at] = forward
        return self._functions[at]

    def fingerprint(self) -> str:
        """Hash of the weights as they are now; it changes when anything is trained."""
        digest = hashlib.sha256()
        for variable in self.model.weights:
            digest.update(np.ascontiguousarray(variable.numpy()).tobytes())
        return digest.hexdigest()

    @cached_property
    def flops(self) -> int:
        """Floating-point operations of one forward pass of one picture (2 per multiply-add)."""
        return sum(conv_flops(layer) for layer in self.model.layers)

    def describe(self) -> str:
        """Say in two lines what was built and from which weights."""
        return (
            f"{self.name} at {self.image_size} px in {self.precision}: {self.precision_reason}.\n"
            f"{self.weights.describe()}."
        )


def conv_flops(layer: keras.layers.Layer) -> int:
    """Return the floating-point operations of one layer for one item, 2 per multiply-add."""
    kernel = getattr(layer, "kernel", None)
    if kernel is None:
        return 0
    positions = int(np.prod(layer.output.shape[1:-1]))
    return 2 * positions * int(np.prod(kernel.shape))


def check_cuts(at: Sequence[str] | str) -> tuple[str, ...]:
    """Return cut points as a tuple, or raise `CourseError` naming the unknown one."""
    at = (at,) if isinstance(at, str) else tuple(at)
    unknown = [cut for cut in at if cut not in POOLS]
    if unknown or not at:
        found = repr(unknown[0]) if unknown else "an empty list"
        raise CourseError(f"Unknown cut point {found}. Expected one or more of {', '.join(POOLS)}.")
    return at


def backbone(
    name: str = "vgg16",
    *,
    image_size: int = 96,
    weights: str | Path | None = None,
    precision: str = "auto",
    preprocessing: str = "vgg16",
    seed: int = 0,
) -> Backbone:
    """Build VGG16 without its top and read pretrained weights into it.

    Args:
        name: "vgg16".
        image_size: Side of the square input, 32 to 1024 pixels. Cost grows with its
            square: 160 px costs 2.8 times as much as 96 px.
        weights: A file; "embedded", "official" or "random"; or None for the search that
            `tlcourse.weights` describes.
        precision: "auto", "float32", "bfloat16" or "float16".
        preprocessing: Input contract. Anything but "vgg16" is there to be measured.
        seed: Seed of the weights when they are random.

    Raises:
        CourseError: For an unknown name, size or precision.
        WeightsError: If the weights cannot be found or read.
    """
    if name != "vgg16":
        raise CourseError(f"Unknown backbone '{name}'. Expected 'vgg16'.")
    is_size = isinstance(image_size, (int, np.integer)) and _SMALLEST <= image_size <= _LARGEST
    if not is_size:
        raise CourseError(
            f"The image size is {image_size!r}. Expected a whole number of pixels from "
            f"{_SMALLEST} to {_LARGEST}; 96 is a good start on a CPU."
        )
    preprocessing_contracts.contract(preprocessing)
    chosen, reason = runtime.choose_precision(precision)
    found = weights_files.find(weights)
    runtime.quiet_tensorflow()
    import keras

    if found.path is None:
        keras.utils.set_random_seed(seed)
    model = _build_vgg16(int(image_size), keras.DTypePolicy(_POLICIES[chosen]))
    weights_files.load_into(model, found)
    model.trainable = False
    return Backbone(name, model, int(image_size), chosen, reason, found, preprocessing)


def _build_vgg16(image_size: int, policy: keras.DTypePolicy) -> keras.Model:
    """Build the base under a precision policy, leaving the global policy as it was."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        return keras.applications.VGG16(
            weights=None, include_top=False, input_shape=(image_size, image_size, 3)
        )
    finally:
        keras.config.set_dtype_policy(before)
