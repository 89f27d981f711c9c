"""Pretrained networks without their classification top, and the places to cut them.

Both networks (see `tlcourse.architectures`) are five blocks of 3x3 convolutions, each
ended by a pooling layer: `block1_pool` to `block5_pool`. A cut point is one of these
layers; features are its activations, averaged over positions.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse import forward, runtime
from tlcourse import preprocessing as preprocessing_contracts
from tlcourse import weights as weights_files
from tlcourse.architectures import CUTS, POOLS, Architecture, architecture, build, check_cuts
from tlcourse.errors import CourseError

if TYPE_CHECKING:
    import keras

__all__ = ["CUTS", "POOLS", "Backbone", "backbone", "check_cuts", "conv_flops"]

_SMALLEST, _LARGEST = 32, 1024


@dataclass(eq=False)
class Backbone:
    """A pretrained network, ready to give features.

    Args:
        name: "vgg16" or "minivgg".
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
    _functions: dict[tuple[str, ...], Any] = field(default_factory=dict, init=False, repr=False)
    _memory: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def preprocess(self, images: np.ndarray) -> np.ndarray:
        """Turn RGB pictures (n, S, S, 3), 0 to 255, into the network's input.

        VGG16's own contract puts channels into blue, green, red order and subtracts the
        ImageNet means; nothing is divided. MiniVGG's scales RGB to [-1, 1]. The input is
        never changed in place.

        Returns:
            float32 (n, S, S, 3); for VGG16 about -124 to 152.
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

        Cost: VGG16 at 96 px takes 5.6 GFLOP for each picture, MiniVGG at 64 px 0.07.
        """
        at = check_cuts(at)
        function = self._function(at)
        parts: list[list[np.ndarray]] = []
        for start in range(0, len(images), batch_size):
            batch = self.preprocess(images[start : start + batch_size])
            parts.append([out.numpy() for out in function(self._fill(batch, batch_size))])
        if not parts:
            return {
                cut: np.zeros((0, w), np.float32)
                for cut, w in zip(at, self.widths(at), strict=True)
            }
        n = len(images)
        joined = (np.concatenate(column)[:n] for column in zip(*parts, strict=True))
        return dict(zip(at, joined, strict=True))

    def widths(self, at: Sequence[str]) -> list[int]:
        """Return the number of features of each cut."""
        return [int(self.model.get_layer(cut).output.shape[-1]) for cut in at]

    @staticmethod
    def _fill(batch: np.ndarray, batch_size: int) -> np.ndarray:
        """Pad a last, shorter batch: one shape means one compiled kernel, not two."""
        missing = batch_size - len(batch)
        if missing <= 0 or len(batch) < batch_size // 4:
            return batch
        return np.concatenate([batch, np.zeros((missing, *batch.shape[1:]), batch.dtype)])

    def _function(self, at: tuple[str, ...]) -> Callable[[np.ndarray], list[Any]]:
        """Compile the network up to the deepest cut, once for each set of cuts.

        A compiled function avoids the per-call overhead and retracing of `predict`. On a
        CPU VGG16 needs fewer products than the layers do, see `tlcourse.forward`; the
        library of a GPU chooses such algorithms itself.
        """
        if self.architecture.name != "vgg16" or runtime.device().kind != "cpu":
            if at not in self._functions:
                self._functions[at] = self._layers(at)
            return self._functions[at]
        blocks = self._remember("kernels", lambda: forward.prepare(self.model))
        if at not in self._functions:
            import tensorflow as tf

            self._functions[at] = tf.function(
                lambda batch, blocks: forward.pooled(batch, blocks, at),
                input_signature=[
                    tf.TensorSpec((None, self.image_size, self.image_size, 3), tf.float32),
                    tf.nest.map_structure(lambda x: tf.TensorSpec(x.shape, x.dtype), blocks),
                ],
            )
        return partial(self._functions[at], blocks=blocks)

    def _layers(self, at: tuple[str, ...]) -> Callable[[np.ndarray], list[Any]]:
        """Return the Keras layers up to the deepest cut as a function, yet to be compiled."""
        import keras
        import tensorflow as tf

        pool = keras.layers.GlobalAveragePooling2D(dtype="float32")
        outputs = [pool(self.model.get_layer(cut).output) for cut in at]
        trunk = keras.Model(self.model.input, outputs)
        shape = (None, self.image_size, self.image_size, 3)
        return tf.function(
            # a model with one output gives no list
            lambda batch: tf.nest.flatten(trunk(batch, training=False)),
            input_signature=[tf.TensorSpec(shape, tf.float32)],
        )

    @property
    def architecture(self) -> Architecture:
        """What kind of network it is, and what it was trained on."""
        return architecture(self.name)

    def around(self, model: keras.Model, *, origin: str) -> Backbone:
        """Return a copy of this backbone with another model of the same architecture.

        Args:
            model: With the same layer names; used as it is, not copied.
            origin: How its weights came about: "finetuned" or "adapted".
        """
        other = copy.copy(self)
        other.__dict__.pop("flops", None)
        other.model, other._functions, other._memory = model, {}, {}
        other.weights = replace(self.weights, path=None, origin=origin, sha256="see fingerprint()")
        return other

    def fingerprint(self) -> str:
        """Hash of the weights as they are now; it changes when anything is trained.

        BatchNorm's moving statistics count as weights.

        Cost: 50 ms after a change, 0.2 ms while the weights stay as they are.
        """
        return self._remember("fingerprint", lambda: _hash_weights(self.model))

    def _remember(self, what: str, compute: Callable[[], Any]) -> Any:
        """Return what `compute` gives; it runs again only when a weight has changed."""
        places, held = _places(self.model)
        known = self._memory.get(what)
        if known is None or known[0] != places:
            known = self._memory[what] = (places, held, compute())
        return known[2]

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


def _places(model: keras.Model) -> tuple[tuple[Any, ...], list[Any]]:
    """Return where each weight lies in memory, and references that hold it there.

    TensorFlow never overwrites memory that somebody else reads: an update of a variable
    then goes to a new place. So as long as the references live, equal places mean equal
    weights. A GPU's memory has no such address; there nothing ever counts as equal.
    """
    import tensorflow as tf

    held = [tf.convert_to_tensor(weight.value) for weight in model.weights]
    if any("CPU" not in tensor.device for tensor in held):
        return (object(),), held
    places = (np.asarray(memoryview(tensor)).ctypes.data for tensor in held)
    return tuple(places), held


def _hash_weights(model: keras.Model) -> str:
    digest = hashlib.sha256()
    for variable in model.weights:
        digest.update(np.ascontiguousarray(variable.numpy()).tobytes())
    return digest.hexdigest()


def conv_flops(layer: keras.layers.Layer) -> int:
    """Return the floating-point operations of one layer for one item, 2 per multiply-add."""
    kernel = getattr(layer, "kernel", None)
    if kernel is None:
        return 0
    positions = int(np.prod(layer.output.shape[1:-1]))
    return 2 * positions * int(np.prod(kernel.shape))


def backbone(
    name: str = "vgg16",
    *,
    image_size: int | None = None,
    weights: str | Path | None = None,
    precision: str = "auto",
    preprocessing: str | None = None,
    seed: int = 0,
) -> Backbone:
    """Build a network without its top and read pretrained weights into it.

    Args:
        name: "vgg16", or "minivgg": small, with BatchNorm, trained on drawn letters.
        image_size: Side of the square input, 32 to 1024 pixels; 96 for VGG16 and 64 for
            MiniVGG when None. Cost grows with its square: 160 px costs 2.8 times as much
            as 96 px.
        weights: A file; "embedded", "official" (VGG16 only) or "random"; or None for the
            search that `tlcourse.weights` describes.
        precision: "auto", "float32", "bfloat16" or "float16".
        preprocessing: Input contract; the network's own when None. Any other is there to be
            measured.
        seed: Seed of the weights when they are random.

    Raises:
        CourseError: For an unknown name, size or precision.
        WeightsError: If the weights cannot be found or read.
    """
    kind = architecture(name)
    image_size = kind.image_size if image_size is None else image_size
    is_size = isinstance(image_size, (int, np.integer)) and _SMALLEST <= image_size <= _LARGEST
    if not is_size:
        raise CourseError(
            f"The image size is {image_size!r}. Expected a whole number of pixels from "
            f"{_SMALLEST} to {_LARGEST}; {kind.image_size} is a good start on a CPU."
        )
    preprocessing = kind.preprocessing if preprocessing is None else preprocessing
    preprocessing_contracts.contract(preprocessing)
    chosen, reason = runtime.choose_precision(precision)
    found = weights_files.find(weights, network=kind.title)
    runtime.quiet_tensorflow()
    import keras

    if found.path is None:
        keras.utils.set_random_seed(seed)
    model = build(kind, int(image_size), precision=chosen)
    weights_files.load_into(model, found)
    model.trainable = False
    return Backbone(name, model, int(image_size), chosen, reason, found, preprocessing)
