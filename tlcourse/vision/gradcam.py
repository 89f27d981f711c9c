"""Class activation maps: which places speak for a class?

For a network that ends in "average over places, then a linear layer", the score of a class is
a sum over places, and the map of its terms is exact bookkeeping (CAM, Zhou et al. 2016). With
standardized features z = (f − μ) / σ and a head of weights w and bias b

    score_k = mean over places of Σ_c (w_kc / σ_c) f_c(place) + b_k − Σ_c w_kc μ_c / σ_c.

For any other network Grad-CAM (Selvaraju et al. 2017) weighs the channels of one layer by the
mean gradient of the class score, and keeps the positive part. For the network above both give
the same map, up to a positive factor and the part below zero.

A map tells where the evidence lies. It does not tell that the evidence is a good one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy import ndimage

from tlcourse.errors import CourseError, DataError
from tlcourse.heads import LinearHead
from tlcourse.vision.boxes import as_boxes

if TYPE_CHECKING:
    import keras


def class_maps(head: LinearHead, maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact class activation maps of a linear head on averaged features.

    Args:
        head: Fitted on the average of the maps over places.
        maps: Feature maps (n, rows, columns, channels), before averaging.

    Returns:
        maps of all classes float32 (n, rows, columns, C), and the folded bias (C,):
        the mean over places plus this bias is the score, `head.logits`.

    Raises:
        DataError: If the head was fitted on another number of channels.
    """
    if maps.ndim != 4 or maps.shape[-1] != len(head.mean):
        raise DataError(
            f"The maps have shape {maps.shape} and the head expects {len(head.mean)} channels. "
            f"Expected (n, rows, columns, {len(head.mean)}): the maps whose averages it learned."
        )
    weights = head.weights / head.scale[:, None]
    bias = head.bias - head.mean @ weights
    return np.einsum("nrcd,dk->nrck", maps.astype(np.float32), weights, optimize=True), bias


def grad_cam(
    model: keras.Model, pixels: np.ndarray, classes: np.ndarray, *, layer: str
) -> np.ndarray:
    """Return Grad-CAM of one class for each picture, for any Keras classifier.

        α_c = mean over places of ∂ score / ∂ f_c,    map = max(0, Σ_c α_c f_c).

    Args:
        model: A functional model that takes `pixels`; its output are scores or probabilities.
            Where it ends in a softmax, the logarithm of the probability is taken as score.
        pixels: Preprocessed pictures (n, S, S, 3).
        classes: Class to explain for each picture, int (n,).
        layer: Name of the layer whose places are weighed.

    Returns:
        float32 (n, rows, columns), not normalized.

    Raises:
        CourseError: If there is no such layer, or its output has no places.
    """
    import keras
    import tensorflow as tf

    names = [found.name for found in model.layers]
    if layer not in names or len(model.get_layer(layer).output.shape) != 4:
        raise CourseError(
            f"Grad-CAM needs a layer with places, shape (n, rows, columns, channels); "
            f"'{layer}' is none. The last ones of this model: {', '.join(names[-6:])}."
        )
    both = keras.Model(model.inputs, [model.get_layer(layer).output, model.output])
    inputs = tf.convert_to_tensor(pixels)
    with tf.GradientTape() as tape:
        tape.watch(inputs)  # a frozen network records nothing by itself
        features, output = both(inputs, training=False)
        score = tf.gather(tf.cast(output, tf.float32), classes, axis=1, batch_dims=1)
        if _is_softmax(model):
            score = tf.math.log(score + 1e-12)
    gradient = tape.gradient(score, features)
    weights = tf.reduce_mean(gradient, axis=(1, 2), keepdims=True)
    return tf.nn.relu(tf.reduce_sum(weights * features, axis=-1)).numpy().astype(np.float32)


def enlarge(cam: np.ndarray, size: int) -> np.ndarray:
    """Scale maps (n, rows, columns) to the picture's size, bilinear: float32 (n, size, size)."""
    resize = Image.Resampling.BILINEAR
    grown = [
        np.asarray(Image.fromarray(np.asarray(m, np.float32)).resize((size, size), resize))
        for m in cam
    ]
    return np.stack(grown)


def peaks(cam: np.ndarray) -> np.ndarray:
    """Return the point (x, y) where each enlarged map (n, S, S) is largest, pixels (n, 2)."""
    n, size, _ = cam.shape
    rows, columns = np.unravel_index(cam.reshape(n, -1).argmax(axis=1), (size, size))
    return np.stack([columns, rows], axis=1) + 0.5


def points_inside(points: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """The pointing game (Zhang et al. 2016): does point i lie inside box i? bool (n,)."""
    boxes = as_boxes(boxes)
    return ((points >= boxes[:, :2]) & (points <= boxes[:, 2:])).all(axis=1)


def box_of_map(cam: np.ndarray, *, above: float = 0.5) -> np.ndarray:
    """Return the box around the connected region that holds each map's maximum.

    Args:
        cam: Enlarged maps (n, S, S).
        above: Threshold, as a share of the way from the map's minimum to its maximum.

    Returns:
        Boxes (n, 4).
    """
    boxes = []
    for m in cam:
        region, _ = ndimage.label(m >= m.min() + above * (m.max() - m.min()))
        rows, columns = np.nonzero(region == region.flat[m.argmax()])
        boxes.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    return np.array(boxes, dtype=np.float64)


def _is_softmax(model: keras.Model) -> bool:
    activation = getattr(model.layers[-1], "activation", None)
    return getattr(activation, "__name__", "") == "softmax"
