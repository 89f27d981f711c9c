"""VGG16's forward pass on a CPU, with up to half of the multiplications left out.

Nearly all time goes into 3x3 convolutions, and libraries already run them at the speed
of the arithmetic units. What is left is to need fewer products. A column of three
weights g over four rows of input d gives two rows of output, by definition with six
products:

    y0 = d0 g0 + d1 g1 + d2 g2,    y1 = d1 g0 + d2 g1 + d3 g2.

Winograd's F(2, 3) does it with four (Lavin & Gray 2016, arXiv:1509.09308, section 4.1):

    m0 = (d0 - d2) g0                    y0 = m0 + m1 + m2
    m1 = (d1 + d2) (g0 + g1 + g2) / 2    y1 = m1 - m2 - m3
    m2 = (d2 - d1) (g0 - g1 + g2) / 2
    m3 = (d1 - d3) g2

In matrices: y = A' [(G g) * (B' d)], where * multiplies number by number. F(4, 3) gives
four rows with six products in place of twelve. Here each d is a row of the picture and
each product a 1x3 convolution along it. With rows as the first axis, B' and A' act on all
pictures, pixels and channels by one matrix product, which also brings the border of zeros.
The sums cost memory traffic for each pixel, the products grow with the number of channels:
from block 3 on the exchange is worth it. In bfloat16 it costs hardly any precision: the
cosine with float32 features stays above 0.9998, as without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

# For each block, for each of its layers: kernels (one, or Winograd's four or six) and the bias.
Block = list[tuple[list[Any], Any]]

_FIRST_TILED_BLOCK = 3  # 64 and 128 channels before it: the sums would cost what they save

# Rows of output -> A', G, B' (Lavin & Gray, sections 4.1 and 4.3). The second column of A' is
# all ones: what is added to the second product reaches every row of output.
_WINOGRAD: dict[int, tuple[list[list[float]], ...]] = {
    2: (
        [[1, 1, 1, 0], [0, 1, -1, -1]],
        [[1, 0, 0], [1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [0, 0, 1]],
        [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]],
    ),
    4: (
        [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]],
        [
            [1 / 4, 0, 0],
            [-1 / 6, -1 / 6, -1 / 6],
            [-1 / 6, 1 / 6, -1 / 6],
            [1 / 24, 1 / 12, 1 / 6],
            [1 / 24, -1 / 12, 1 / 6],
            [0, 0, 1],
        ],
        [
            [4, 0, -5, 0, 1, 0],
            [0, -4, -4, 1, 1, 0],
            [0, 4, -4, -1, 1, 0],
            [0, -2, -1, 2, 1, 0],
            [0, 2, -1, -2, 1, 0],
            [0, 4, 0, -5, 0, 1],
        ],
    ),
}


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
        number = int(layer.name[len("block")])
        kernel, bias = (np.asarray(w) for w in layer.get_weights())
        rows = _rows_at_once(number, layer.output.shape[1])
        kernels = [kernel] if rows == 1 else _winograd_kernels(kernel, rows)
        dtype = layer.compute_dtype
        blocks[number - 1].append(
            ([tf.constant(k, dtype) for k in kernels], tf.constant(bias, dtype))
        )
    return blocks


def _rows_at_once(block: int, height: int) -> int:
    """Return how many rows of output are computed together: 4, 2, or 1 for plain convolution."""
    if block < _FIRST_TILED_BLOCK:
        return 1
    return next(rows for rows in (4, 2, 1) if height % rows == 0)


def _winograd_kernels(kernel: np.ndarray, rows: int) -> list[np.ndarray]:
    """Turn a kernel (3, 3, c, k) into four or six of shape (1, 3, c, k): G g."""
    _, g, _ = _WINOGRAD[rows]
    return [np.tensordot(row, kernel, 1)[None] for row in np.asarray(g, np.float32)]


def _row_matrices(rows: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Return B' and A' for a whole picture, with zero rows above and below it.

    Returns:
        (products * tiles, height): rows of the picture to inputs of the products, and
        (height, products * tiles) back. Tiles vary fastest, so that the input of each
        product is one piece of memory.
    """
    a, _, b = (np.asarray(m, np.float32) for m in _WINOGRAD[rows])
    tiles, products = height // rows, len(b)
    to_products = np.zeros((products, tiles, height + 2), np.float32)
    to_rows = np.zeros((tiles, rows, products, tiles), np.float32)
    for tile in range(tiles):
        to_products[:, tile, tile * rows : tile * rows + rows + 2] = b
        to_rows[tile, :, :, tile] = a
    shape = (products * tiles, height)
    return to_products[:, :, 1:-1].reshape(shape), to_rows.reshape(shape[::-1])


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

    x, rows_axis, means = tf.cast(pixels, blocks[0][0][1].dtype), 1, {}
    for number, block in enumerate(blocks, 1):
        products = len(block[0][0])
        if (products > 1) != (rows_axis == 0):  # rows first, or pictures first
            x, rows_axis = tf.transpose(x, (1, 0, 2, 3)), 1 - rows_axis
        x = _plain_block(x, block) if products == 1 else _tiled_block(x, block, products - 2)
        means[f"block{number}_pool"] = tf.reduce_mean(tf.cast(x, tf.float32), (rows_axis, 2))
        if means.keys() >= set(at):
            break
    return [means[cut] for cut in at]


def _plain_block(x: tf.Tensor, block: Block) -> tf.Tensor:
    """Convolve as usual; x is (n, height, width, channels)."""
    import tensorflow as tf

    for (kernel,), bias in block:
        x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), bias))
    return tf.nn.max_pool2d(x, 2, 2, "VALID")


def _tiled_block(x: tf.Tensor, block: Block, rows: int) -> tf.Tensor:
    """Convolve `rows` rows together, F(rows, 3); x is (height, n, width, channels)."""
    import tensorflow as tf

    height, _, width, _ = x.shape
    matrices = [tf.constant(m, x.dtype) for m in _row_matrices(rows, height)]
    for i, (kernels, bias) in enumerate(block):
        if i:
            x = tf.nn.relu(x)
        x = _tiled_convolution(x, kernels, bias, *matrices)
    # Of two rows, then of two columns, and only then ReLU: it does not change the order.
    pairs = tf.reshape(x, (height // 2, 2, -1, width, x.shape[-1]))
    x = tf.maximum(pairs[:, 0], pairs[:, 1])
    return tf.nn.relu(tf.nn.max_pool2d(x, (1, 2), (1, 2), "VALID"))


def _tiled_convolution(
    x: tf.Tensor, kernels: Sequence[tf.Tensor], bias: tf.Tensor, to_products: Any, to_rows: Any
) -> tf.Tensor:
    """Return the convolution of x (height, n, width, c) with its bias, before ReLU."""
    import tensorflow as tf

    height, _, width, channels = x.shape
    inputs = tf.matmul(to_products, tf.reshape(x, (height, -1)))
    inputs = tf.reshape(inputs, (len(kernels), -1, tf.shape(x)[1], width, channels))
    products = [tf.nn.conv2d(inputs[i], k, 1, "SAME") for i, k in enumerate(kernels)]
    products[1] = tf.nn.bias_add(products[1], bias)
    products = tf.reshape(tf.concat(products, 0), (to_rows.shape[1], -1))
    return tf.reshape(tf.matmul(to_rows, products), (height, -1, width, bias.shape[0]))
