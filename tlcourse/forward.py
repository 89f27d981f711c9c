"""VGG16's forward pass on a CPU, with a third fewer multiplications where that pays.

Nearly all time goes into 3x3 convolutions, and libraries already run them at the speed
of the arithmetic units. What is left is to need fewer products. A column of three
weights g over four rows of input d gives two rows of output, by definition with six
products:

    y0 = d0 g0 + d1 g1 + d2 g2,    y1 = d1 g0 + d2 g1 + d3 g2.

Winograd's F(2, 3) does it with four (Lavin & Gray 2016, arXiv:1509.09308, section 4.1):

    m0 = (d0 - d2) g0                    y0 = m0 + m1 + m2
    m1 = (d1 + d2) (g0 + g1 + g2) / 2    y1 = m1 - m2 + m3
    m2 = (d2 - d1) (g0 - g1 + g2) / 2
    m3 = (d3 - d1) g2

Here each d is a row of the picture and each product a 1x3 convolution along it. The sums
cost memory traffic for each pixel, the products grow with the number of channels: from
block 3 on the exchange is worth it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

# For each block, for each of its layers: kernels (one, or Winograd's four) and the bias.
Block = list[tuple[list[Any], Any]]

_FIRST_PAIRED_BLOCK = 3  # 56 to 128 channels before it: the sums would cost what they save


def prepare(model: keras.Model) -> list[Block]:
    """Bring the weights of VGG16 into the form and the number format that `pooled` reads.

    Args:
        model: VGG16 without its top, layers named block1_conv1 to block5_pool.

    Returns:
        Five blocks. Weights are transformed in float32 and rounded once, at the end.
    """
    import tensorflow as tf

    blocks: list[Block] = [[] for _ in range(5)]
    for layer in model.layers:
        if not layer.weights:
            continue
        number, height = int(layer.name[len("block")]), layer.output.shape[1]
        kernel, bias = (np.asarray(w) for w in layer.get_weights())
        is_paired = number >= _FIRST_PAIRED_BLOCK and height % 2 == 0
        kernels = _winograd_kernels(kernel) if is_paired else [kernel]
        dtype = layer.compute_dtype
        row = ([tf.constant(k, dtype) for k in kernels], tf.constant(bias, dtype))
        blocks[number - 1].append(row)
    return blocks


def _winograd_kernels(kernel: np.ndarray) -> list[np.ndarray]:
    """Turn a kernel (3, 3, c, k) into four of shape (1, 3, c, k)."""
    above, middle, below = kernel[0:1], kernel[1:2], kernel[2:3]
    return [above, (above + middle + below) / 2, (above - middle + below) / 2, below]


def pooled(pixels: tf.Tensor, blocks: Sequence[Block], at: Sequence[str]) -> list[tf.Tensor]:
    """Run preprocessed pictures through VGG16 and average the cuts over positions.

    Args:
        pixels: float32 (n, S, S, 3).
        blocks: From `prepare`.
        at: Cuts, "block1_pool" to "block5_pool"; nothing after the deepest is computed.

    Returns:
        For each cut float32 (n, channels).
    """
    import tensorflow as tf

    x, rows, means = tf.cast(pixels, blocks[0][0][1].dtype), 1, {}
    for number, block in enumerate(blocks, 1):
        is_paired = len(block[0][0]) > 1
        if is_paired != (rows == 0):  # the other order of axes: rows first, or pictures first
            x, rows = tf.transpose(x, (1, 0, 2, 3)), 1 - rows
        x = (_paired_block if is_paired else _plain_block)(x, block)
        means[f"block{number}_pool"] = tf.reduce_mean(tf.cast(x, tf.float32), (rows, 2))
        if means.keys() >= set(at):
            break
    return [means[cut] for cut in at]


def _plain_block(x: tf.Tensor, block: Block) -> tf.Tensor:
    """Convolve as usual; x is (n, height, width, channels)."""
    import tensorflow as tf

    for (kernel,), bias in block:
        x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), bias))
    return tf.nn.max_pool2d(x, 2, 2, "VALID")


def _paired_block(x: tf.Tensor, block: Block) -> tf.Tensor:
    """Convolve pairs of rows; x is (height, n, width, channels).

    Rows come first, so that the even and the odd ones are two arrays and a step to the
    next pair is a slice. They stay apart until the pooling at the end.
    """
    import tensorflow as tf

    height, _, width, channels = x.shape
    pairs = tf.reshape(x, (height // 2, 2, -1, width, channels))
    even, odd = pairs[:, 0], pairs[:, 1]
    for kernels, bias in block:
        even, odd = _pair(even, odd, kernels, bias)
    return tf.nn.max_pool2d(tf.maximum(even, odd), (1, 2), (1, 2), "VALID")


def _pair(
    even: tf.Tensor, odd: tf.Tensor, kernels: Sequence[tf.Tensor], bias: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Give both output rows of each pair, F(2, 3); all arrays are (pairs, n, width, channels)."""
    import tensorflow as tf

    nothing = tf.zeros_like(even[:1])
    above = tf.concat([nothing, odd[:-1]], 0)
    below = tf.concat([even[1:], nothing], 0)
    m1 = tf.nn.conv2d(even + odd, kernels[1], 1, "SAME")
    m2 = tf.nn.conv2d(odd - even, kernels[2], 1, "SAME")
    # In this order TensorFlow runs convolution, bias, sum and ReLU as one operation.
    first = tf.nn.bias_add(tf.nn.conv2d(above - odd, kernels[0], 1, "SAME"), bias) + (m1 + m2)
    second = tf.nn.bias_add(tf.nn.conv2d(below - even, kernels[3], 1, "SAME"), bias) + (m1 - m2)
    return tf.nn.relu(first), tf.nn.relu(second)
