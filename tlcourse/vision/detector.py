"""A single-shot detector: the classifier's linear heads, once for each place of a feature map.

At every place three linear models answer: is the center of an object here, where exactly and
how large, and of which class. The trunk is frozen, so its map is computed once; what is
trained are these heads, each a convex problem with one best answer. Neighboring places find
the same object, so a last step removes duplicates (`tlcourse.vision.boxes.suppress`).

Source: the layout follows Redmon et al. 2016, "You Only Look Once", CVPR; heads on a frozen
trunk follow chapter 03 of this course.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_limits

from tlcourse.errors import DataError
from tlcourse.heads import LinearHead, fit_head
from tlcourse.vision.boxes import from_targets, suppress, to_targets
from tlcourse.vision.maps import neighborhoods
from tlcourse.vision.scenes import Scenes

INSIDE, IGNORED = 0.75, 1.25  # distances from a center, in strides


@dataclass(frozen=True, eq=False)
class Detections:
    """What was found in one picture, best first.

    Args:
        boxes: float64 (k, 4), edges in pixels.
        scores: float64 (k,), 0 to 1.
        labels: int64 (k,).
    """

    boxes: np.ndarray
    scores: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.boxes)

    def above(self, threshold: float) -> Detections:
        """Return those with at least this score."""
        kept = self.scores >= threshold
        return Detections(self.boxes[kept], self.scores[kept], self.labels[kept])


@dataclass(frozen=True, eq=False)
class Candidates:
    """Everything a detector says, before anything is removed: one candidate for each place.

    Args:
        boxes: float64 (n, places, 4).
        objectness: How likely a center is here, (n, places).
        classes: Class probabilities, (n, places, C).
    """

    boxes: np.ndarray
    objectness: np.ndarray
    classes: np.ndarray

    def detections(self, *, overlap: float = 0.4, least: float = 0.02) -> list[Detections]:
        """Remove duplicates, then name: one detection for each box and likely class.

        The score is objectness · class probability. A box that could be food or plant counts
        as a strong detection of one and a weak one of the other, as detectors are judged.

        Args:
            overlap: Largest IoU of two kept boxes.
            least: Detections with a lower score are dropped.
        """
        found = []
        for boxes, objectness, classes in zip(
            self.boxes, self.objectness, self.classes, strict=True
        ):
            likely = np.flatnonzero(objectness >= least)
            kept = likely[suppress(boxes[likely], objectness[likely], overlap=overlap)]
            scores = objectness[kept, None] * classes[kept]
            rows, labels = np.nonzero(scores >= least)
            order = np.argsort(-scores[rows, labels], kind="stable")
            rows, labels = rows[order], labels[order]
            found.append(Detections(boxes[kept][rows], scores[rows, labels], labels))
        return found

    def places(self, *, overlap: float = 0.4, least: float = 0.02) -> list[Detections]:
        """The same without classes: every detection has label 0 and its objectness as score."""
        nameless = Candidates(self.boxes, self.objectness, np.ones((*self.objectness.shape, 1)))
        return nameless.detections(overlap=overlap, least=least)


@dataclass(frozen=True, eq=False)
class GridDetector:
    """Three fitted heads on one feature map.

    Args:
        stride: Pixels from one place to the next.
        objectness: Head with two classes, "nothing" and "a center is here".
        offsets: Ridge regression to center offset (in strides), log width, log height.
        classes: Head over the classes of the objects.
    """

    stride: int
    objectness: LinearHead
    offsets: Ridge
    classes: LinearHead

    @property
    def trained_parameters(self) -> int:
        """Number of fitted weights of the three heads."""
        ridge = self.offsets.coef_.size + self.offsets.intercept_.size
        return self.objectness.trained_parameters + ridge + self.classes.trained_parameters

    def candidates(self, maps: np.ndarray) -> Candidates:
        """Return one candidate for each place of maps (n, rows, columns, channels)."""
        n, rows, columns, channels = maps.shape
        cells = maps.reshape(-1, channels).astype(np.float32)
        around = neighborhoods(maps).reshape(n * rows * columns, -1).astype(np.float32)
        around = (around - self.classes.mean) / self.classes.scale
        scores = _softmax(around @ self.classes.weights + self.classes.bias)
        return decode(
            self.objectness.predict_proba(cells)[:, 1].reshape(n, rows, columns),
            self.offsets.predict(around).reshape(n, rows, columns, 4),
            scores.reshape(n, rows, columns, -1),
            stride=self.stride,
        )


def decode(
    objectness: np.ndarray, offsets: np.ndarray, classes: np.ndarray, *, stride: int
) -> Candidates:
    """Turn what is said at each place into boxes in pixels.

    Args:
        objectness: (n, rows, columns).
        offsets: (n, rows, columns, 4): center offset in strides, log width, log height (pixels).
        classes: (n, rows, columns, C).
        stride: Pixels from one place to the next.
    """
    n, rows, columns = objectness.shape
    targets = np.array(offsets, dtype=np.float64)
    targets[..., :2] = targets[..., :2] * stride + place_centers(rows, columns, stride)
    boxes = from_targets(targets.reshape(-1, 4), inside=float(max(rows, columns) * stride))
    places = rows * columns
    return Candidates(
        boxes.reshape(n, places, 4),
        objectness.reshape(n, places).astype(np.float64),
        classes.reshape(n, places, -1).astype(np.float64),
    )


def place_centers(rows: int, columns: int, stride: int) -> np.ndarray:
    """Return the center (x, y) of each place in pixels, (rows, columns, 2)."""
    y, x = np.mgrid[:rows, :columns]
    return (np.stack([x, y], axis=-1) + 0.5) * stride


def assign(scenes: Scenes, *, stride: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Say for every place whose center it is.

    A place within 0.75 strides of an object's center answers for that object; those between
    0.75 and 1.25 are neither here nor there and are left out of training.

    Returns:
        state (n, rows, columns): 1 center, 0 nothing, −1 left out;
        targets (n, rows, columns, 4): offset in strides, log width, log height;
        labels (n, rows, columns). The last two mean something at centers only.
    """
    side = scenes.size // stride
    centers = place_centers(side, side, stride)
    state = np.zeros((len(scenes), side, side), np.int64)
    targets = np.zeros((len(scenes), side, side, 4))
    labels = np.zeros((len(scenes), side, side), np.int64)
    for i, (boxes, names) in enumerate(zip(scenes.boxes, scenes.labels, strict=True)):
        wanted = to_targets(boxes)
        offset = (wanted[:, None, None, :2] - centers) / stride
        distance = np.linalg.norm(offset, axis=-1)
        nearest = distance.argmin(axis=0)
        near = distance.min(axis=0)
        state[i] = np.where(near <= INSIDE, 1, np.where(near <= IGNORED, -1, 0))
        own = np.take_along_axis(offset, nearest[None, ..., None], axis=0)[0]
        targets[i] = np.concatenate([own, wanted[nearest, 2:]], axis=-1)
        labels[i] = names[nearest]
    return state, targets, labels


def fit_detector(
    maps: np.ndarray,
    scenes: Scenes,
    *,
    strength: float = 0.003,
    class_strength: float = 0.003,
    penalty: float = 3000.0,
) -> GridDetector:
    """Fit the three heads on the maps of training scenes.

    Objectness sees the place alone; box and class see the 3×3 places around it, because an
    object is larger than one place.

    Args:
        maps: (n, rows, columns, channels) of a frozen trunk.
        scenes: The n scenes they were computed from.
        strength: Inverse regularization of objectness.
        class_strength: Inverse regularization of the class head.
        penalty: Ridge penalty of the box regression.

    Raises:
        DataError: If maps and scenes do not pair.

    Cost: a few seconds for 500 scenes of 64 places.
    """
    n, rows, columns, _ = maps.shape
    stride = scenes.size // rows
    if n != len(scenes) or rows * stride != scenes.size or rows != columns:
        raise DataError(
            f"Maps have shape {maps.shape} for {len(scenes)} scenes of {scenes.size} pixels; "
            f"expected one square map for each scene, an equal number of pixels for each place."
        )
    state, targets, labels = assign(scenes, stride=stride)
    used, here = state >= 0, state == 1
    cells = maps[used].astype(np.float32)
    objectness = fit_head(cells, state[used], strengths=[strength])
    around = _around(maps, here)
    classes = fit_head(around, labels[here], n_classes=scenes.n_classes, strengths=[class_strength])
    standardized = (around - classes.mean) / classes.scale
    with threadpool_limits(2, user_api="blas"):
        ridge = Ridge(alpha=penalty).fit(standardized, targets[here])
    return GridDetector(stride, objectness, ridge, classes)


def _around(maps: np.ndarray, here: np.ndarray, *, scenes_at_once: int = 32) -> np.ndarray:
    """Return the 3×3 places around the places marked in `here`; never all of them at once."""
    parts = [
        neighborhoods(maps[i : i + scenes_at_once])[here[i : i + scenes_at_once]]
        for i in range(0, len(maps), scenes_at_once)
    ]
    return np.concatenate(parts).astype(np.float32)


def _softmax(scores: np.ndarray) -> Any:
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return scores / scores.sum(axis=-1, keepdims=True)
