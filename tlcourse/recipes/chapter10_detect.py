"""Judging detectors fold by fold: found, named, and both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tlcourse.vision.boxes import iou, suppress
from tlcourse.vision.detector import Candidates
from tlcourse.vision.precision import average_precision
from tlcourse.vision.scenes import Scenes

OVERLAP = 0.4  # non-maximum suppression, fixed beforehand


@dataclass(frozen=True, eq=False)
class Judged:
    """What one detector reached on one set of scenes.

    Args:
        found: Average precision with names ignored, AP50.
        named: Share of right names among the objects that were found.
        both: Mean average precision over classes, mAP50.
        curve: Precision at 101 values of recall, names ignored.
    """

    found: float
    named: float
    both: float
    curve: np.ndarray


def judge(candidates: Candidates, scenes: Scenes, *, overlap: float = OVERLAP) -> Judged:
    """Judge what a detector says about some scenes, at an IoU of one half.

    Args:
        candidates: From the detector, before duplicates are removed.
        scenes: With the truth.
        overlap: Largest IoU of two kept boxes.
    """
    found = average_precision(candidates.places(overlap=overlap), scenes, nameless=True)
    both = average_precision(candidates.detections(overlap=overlap), scenes)
    right = names_of_found(candidates, scenes, overlap=overlap)
    named = float(np.mean(right)) if len(right) else float("nan")
    return Judged(found.mean, named, both.mean, found.curve)


def names_of_found(
    candidates: Candidates, scenes: Scenes, *, overlap: float = OVERLAP, least: float = 0.3
) -> np.ndarray:
    """For every true object that is found: is its most likely class the right one?

    Found means that a kept box with an objectness of at least `least` has an IoU of one half.

    Returns:
        bool, one entry for each found object.
    """
    right = []
    for i, (truth, labels) in enumerate(zip(scenes.boxes, scenes.labels, strict=True)):
        likely = np.flatnonzero(candidates.objectness[i] >= least)
        boxes, scores = candidates.boxes[i][likely], candidates.objectness[i][likely]
        kept = suppress(boxes, scores, overlap=overlap)
        if not len(kept):
            continue
        overlaps = iou(truth, boxes[kept])
        best = overlaps.argmax(axis=1)
        classes = candidates.classes[i][likely[kept[best]]].argmax(axis=1)
        found = overlaps.max(axis=1) >= 0.5
        right.append(classes[found] == labels[found])
    return np.concatenate(right) if right else np.zeros(0, bool)
