"""Average precision: one number for a ranked list of boxes, computed by the COCO library.

Go down the detections of one class from the best score. A detection is right when its IoU
with a true box that nobody has claimed yet reaches the limit; a second detection of the same
object is wrong. Precision is the share of right ones so far, recall the share of true objects
found so far. Average precision is the area under precision over recall, after each precision
has been replaced by the best one at any higher recall. mAP is the mean over classes.

The work is done by `pycocotools`, the reference implementation, which samples the curve at
101 values of recall.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.errors import CourseError, DataError
from tlcourse.vision.boxes import area, as_boxes
from tlcourse.vision.detector import Detections
from tlcourse.vision.scenes import Scenes

RECALLS = np.linspace(0, 1, 101)


@dataclass(frozen=True, eq=False)
class Precision:
    """What COCO's evaluation found at one IoU limit.

    Args:
        per_class: Average precision of each class that occurs, class -> AP.
        curves: Precision at 101 values of recall, class -> (101,).
        iou: The IoU from which a box counts as found.
    """

    per_class: dict[str, float]
    curves: dict[str, np.ndarray]
    iou: float

    @property
    def mean(self) -> float:
        """Mean average precision, mAP."""
        return float(np.mean(list(self.per_class.values())))

    @property
    def curve(self) -> np.ndarray:
        """Precision at each recall, averaged over classes, (101,)."""
        return np.mean(list(self.curves.values()), axis=0)


def average_precision(
    detections: Sequence[Detections], scenes: Scenes, *, iou: float = 0.5, nameless: bool = False
) -> Precision:
    """Judge detections against the true boxes of the scenes.

    Args:
        detections: One for each scene, in their order.
        scenes: With the true boxes.
        iou: Smallest IoU that counts as found.
        nameless: Judge the place alone: every object and every detection is of one class.

    Returns:
        A `Precision`; classes without any object in these scenes are left out.

    Raises:
        DataError: If the two do not pair.
        CourseError: If `pycocotools` is not installed.
    """
    if len(detections) != len(scenes):
        raise DataError(
            f"There are detections for {len(detections)} pictures and {len(scenes)} scenes. "
            f"Expected one for each, an empty one where nothing was found."
        )
    names = ("object",) if nameless else scenes.class_names
    evaluation = _evaluated(detections, scenes, iou, nameless)
    curves = {}
    # precision: IoU limits × recalls × classes × area ranges × numbers of detections
    for row, label in enumerate(evaluation.params.catIds):
        curve = evaluation.eval["precision"][0, :, row, 0, -1]
        if (curve > -1).any():
            curves[names[label - 1]] = curve
    return Precision({name: float(c.mean()) for name, c in curves.items()}, curves, iou)


def _evaluated(detections: Sequence[Detections], scenes: Scenes, iou: float, nameless: bool) -> Any:
    try:
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
    except ImportError as error:
        raise CourseError(
            "Average precision needs the package pycocotools, which is not installed. Run "
            "`make setup`, or install it with `pip install pycocotools`."
        ) from error
    with contextlib.redirect_stdout(io.StringIO()):  # it reports every step
        truth = COCO()
        truth.dataset = _truth(scenes, nameless)
        truth.createIndex()
        found = truth.loadRes(_rows(detections, nameless))
        evaluation = COCOeval(truth, found, "bbox")
        evaluation.params.iouThrs = np.array([iou])
        evaluation.params.maxDets = [1, 10, 100]
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation


def _truth(scenes: Scenes, nameless: bool) -> dict[str, Any]:
    """Return the scenes in COCO's format; its boxes are (left, top, width, height)."""
    names = ("object",) if nameless else scenes.class_names
    annotations: list[dict[str, Any]] = []
    for image, (boxes, labels) in enumerate(zip(scenes.boxes, scenes.labels, strict=True), 1):
        for box, size, label in zip(as_boxes(boxes), area(boxes), labels, strict=True):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image,
                    "category_id": 1 if nameless else int(label) + 1,
                    "bbox": _corner_and_size(box),
                    "area": float(size),
                    "iscrowd": 0,
                }
            )
    return {
        "info": {},
        "images": [{"id": i} for i in range(1, len(scenes) + 1)],
        "categories": [{"id": c, "name": name} for c, name in enumerate(names, 1)],
        "annotations": annotations,
    }


def _rows(detections: Sequence[Detections], nameless: bool) -> Any:
    """Return detections as COCO wants them: image, left, top, width, height, score, class."""
    rows = [
        [image, *_corner_and_size(box), float(score), 1 if nameless else int(label) + 1]
        for image, found in enumerate(detections, 1)
        for box, score, label in zip(found.boxes, found.scores, found.labels, strict=True)
    ]
    # without any detection: one that can never be right, because loadRes refuses an empty list
    return np.array(rows or [[1, 0, 0, 0, 0, 0.0, 1]], dtype=np.float64)


def _corner_and_size(box: np.ndarray) -> list[float]:
    x1, y1, x2, y2 = (float(v) for v in box)
    return [x1, y1, x2 - x1, y2 - y1]
