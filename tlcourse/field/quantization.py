"""Fewer bits for each weight: symmetric, weights only, by hand.

A kernel becomes whole numbers and a scale: w ≈ scale·code, code from −(2^(b−1) − 1) to
2^(b−1) − 1. With one scale for each output channel a channel of small weights is not
measured with the ruler of a large one. Arithmetic stays in floating point, so the file
shrinks and the speed does not change.

Source: Krishnamoorthi 2018, arXiv:1806.08342.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.errors import DataError

if TYPE_CHECKING:
    import keras

    from tlcourse.backbones import Backbone


def quantize(
    kernel: np.ndarray, bits: int = 8, *, per_channel: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Return whole-number codes and scales of a kernel.

    Args:
        kernel: float (..., channels out), finite; the last axis is the output channel.
        bits: 2 to 8.
        per_channel: One scale for each output channel; otherwise one for the kernel.

    Returns:
        codes int8, shape as the kernel, and scale float32, shape (1, ..., 1, C) or all ones.
        Rounding is to the nearest code, so no weight moves by more than half a scale. A
        channel of zeros has scale 1 and codes 0.

    Raises:
        DataError: For other bits, or a kernel that is not finite.
    """
    kernel = np.asarray(kernel, np.float32)
    if bits not in range(2, 9) or kernel.ndim < 1 or not np.isfinite(kernel).all():
        raise DataError(
            f"A kernel of shape {kernel.shape} was to be stored in {bits} bits. Expected finite "
            f"weights and 2 to 8 bits; 16 bits are `kernel.astype('float16')`."
        )
    axes = tuple(range(kernel.ndim - 1)) if per_channel else None
    largest = np.abs(kernel).max(axis=axes, keepdims=True)
    levels = 2 ** (bits - 1) - 1
    scale = np.where(largest > 0, largest / levels, 1).astype(np.float32)
    codes = np.clip(np.round(kernel / scale), -levels, levels).astype(np.int8)
    return codes, scale


def dequantize(codes: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return the weights that the codes stand for, float32."""
    return codes.astype(np.float32) * scale


@dataclass(frozen=True)
class Quantized:
    """A network whose kernels went through fewer bits.

    Args:
        network: A backbone with the weights that the codes stand for.
        bits: For each weight of a kernel; 16 means float16.
        per_channel: Whether each output channel has its own scale.
        megabytes: Size of codes, scales and biases, packed.
    """

    network: Backbone
    bits: int
    per_channel: bool
    megabytes: float


def quantized(network: Backbone, bits: int, *, per_channel: bool = True) -> Quantized:
    """Return a copy of a network that answers as its quantized file would.

    Biases stay float32: they are few. Pass 16 for float16, which has no scale.

    Args:
        network: The backbone; it is not changed.
        bits: 2 to 8, or 16.
        per_channel: See `quantize`.

    Cost: a copy of the weights, 60 MB for VGG16, and a second.
    """
    import keras

    model = keras.models.clone_model(network.model)
    model.set_weights(network.model.get_weights())
    total = 0.0
    for layer in model.layers:
        if not getattr(layer, "weights", None):
            continue
        stored, n_bits = _stored(layer.get_weights(), bits, per_channel)
        layer.set_weights(stored)
        total += n_bits
    model.trainable = False
    copy = network.around(model, origin="adapted")
    return Quantized(copy, bits, per_channel, total / 8e6)


def _stored(
    arrays: list[np.ndarray], bits: int, per_channel: bool
) -> tuple[list[np.ndarray], float]:
    """Return a layer's arrays as they come back from the file, and their size in bits."""
    kept, size = [], 0.0
    for array in arrays:
        if array.ndim < 2:
            kept.append(array)
            size += 32 * array.size
        elif bits == 16:
            kept.append(array.astype(np.float16).astype(np.float32))
            size += 16 * array.size
        else:
            codes, scale = quantize(array, bits, per_channel=per_channel)
            kept.append(dequantize(codes, scale))
            size += bits * codes.size + 32 * scale.size
    return kept, size


def weight_bytes(model: keras.Model) -> dict[str, int]:
    """Return how many bytes the weights of each number format take, largest first."""
    sizes: dict[str, int] = {}
    for weight in model.weights:
        array = np.asarray(weight)
        sizes[str(weight.dtype)] = sizes.get(str(weight.dtype), 0) + array.nbytes
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))
