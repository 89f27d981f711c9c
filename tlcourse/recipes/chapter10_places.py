"""Maps that cannot know the class: what an activation map must be compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage
from threadpoolctl import threadpool_limits

from tlcourse.backbones import Backbone
from tlcourse.heads import LinearHead, fit_head
from tlcourse.vision.gradcam import class_maps, enlarge, peaks, points_inside

if TYPE_CHECKING:
    import keras


def pick(maps: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the map of one class for each picture: (n, r, c, C) and (n,) to (n, r, c)."""
    return np.take_along_axis(maps, np.asarray(classes)[:, None, None, None], axis=-1)[..., 0]


def saturation(images: np.ndarray, *, blur: float = 6.0) -> np.ndarray:
    """Return blurred color saturation of each picture, no network involved, (n, S, S)."""
    pixels = images.astype(np.float32)
    spread = pixels.max(axis=-1) - pixels.min(axis=-1)
    return ndimage.gaussian_filter(spread / np.maximum(pixels.max(axis=-1), 1), (0, blur, blur))


def activation_norm(maps: np.ndarray) -> np.ndarray:
    """Return how strongly each place fires, whatever for, (n, rows, columns)."""
    return np.linalg.norm(maps.astype(np.float32), axis=-1)


def pointing(cam: np.ndarray, boxes: np.ndarray, size: int) -> np.ndarray:
    """Say for each picture whether its map peaks inside its box."""
    grown = cam if cam.shape[1] == size else enlarge(cam, size)
    return points_inside(peaks(grown), boxes)


def random_head(like: LinearHead, *, seed: int) -> LinearHead:
    """Return a head with the same standardization and weights from a normal distribution."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, like.weights.std(), like.weights.shape).astype(np.float32)
    return LinearHead(like.mean, like.scale, weights, like.bias, like.strength)


def controls(
    head: LinearHead,
    train: tuple[np.ndarray, np.ndarray],
    maps: np.ndarray,
    images: np.ndarray,
    boxes: np.ndarray,
    labels: np.ndarray,
    *,
    n_random: int = 20,
    seed: int = 0,
) -> dict[str, Any]:
    """Play the pointing game with a class activation map and with maps that know less.

    Args:
        head: Fitted on averages of training maps.
        train: Training maps' averages and labels, for a head on shuffled labels.
        maps: Maps of the test scenes.
        images: The test scenes.
        boxes: Their boxes, one for each.
        labels: Their classes.
        n_random: Number of heads with random weights.
        seed: Seed of shuffles and random heads.

    Returns:
        Name -> hits of each test scene, bool (n,); "random heads" has a list of accuracies.
    """
    size, rng = images.shape[1], np.random.default_rng(seed)
    n_classes = head.n_classes
    cam = class_maps(head, maps)[0]
    wrong = (labels + rng.integers(1, n_classes, size=len(labels))) % n_classes
    shuffled = fit_head(
        train[0], rng.permutation(train[1]), n_classes=n_classes, strengths=[head.strength]
    )
    center = np.tile([size / 2, size / 2], (len(boxes), 1))
    found: dict[str, Any] = {
        "its class (CAM)": pointing(pick(cam, labels), boxes, size),
        "color saturation": pointing(saturation(images), boxes, size),
        "activation norm": pointing(activation_norm(maps), boxes, size),
        "always the center": points_inside(center, boxes),
        "a wrong class (CAM)": pointing(pick(cam, wrong), boxes, size),
        "head on shuffled labels": _own(shuffled, maps, boxes, labels, size),
    }
    with threadpool_limits(1, user_api="blas"):
        heads = [random_head(head, seed=s) for s in range(n_random)]
        hits = [_own(one, maps, boxes, labels, size) for one in heads]
    found["random heads"] = [float(one.mean()) for one in hits]
    return found


def score_network(backbone: Backbone, head: LinearHead, *, cut: str) -> keras.Model:
    """Return the trunk up to a cut, the average over places, and the head's scores as one network.

    The standardization is folded into the last layer's weights; there is no softmax.
    """
    import keras

    weights = head.weights / head.scale[:, None]
    x = keras.layers.GlobalAveragePooling2D()(backbone.model.get_layer(cut).output)
    dense = keras.layers.Dense(head.n_classes, dtype="float32", name="scores")
    model = keras.Model(backbone.model.input, dense(x))
    dense.set_weights([weights, head.bias - head.mean @ weights])
    return model


def two_objects(head: LinearHead, maps: np.ndarray, scenes: Any) -> tuple[np.ndarray, np.ndarray]:
    """In scenes with two objects: does the map of each class peak on its own object, or the other?

    Returns:
        (own, other): bool (n, 2), one entry for each of the two objects.
    """
    cam = class_maps(head, maps)[0]
    labels, boxes = np.stack(scenes.labels), np.stack(scenes.boxes)
    own, other = np.zeros(labels.shape, bool), np.zeros(labels.shape, bool)
    for k in range(2):
        one = pick(cam, labels[:, k])
        own[:, k] = pointing(one, boxes[:, k], scenes.size)
        other[:, k] = pointing(one, boxes[:, 1 - k], scenes.size)
    return own, other


def _own(
    head: LinearHead, maps: np.ndarray, boxes: np.ndarray, labels: np.ndarray, size: int
) -> np.ndarray:
    """Play the pointing game with the map of each picture's own class."""
    return pointing(pick(class_maps(head, maps)[0], labels), boxes, size)
