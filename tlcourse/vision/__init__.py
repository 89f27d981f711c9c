"""Beyond classification: boxes, heat maps and style from the same frozen trunk.

A trunk gives one vector for each place. Averaged they name a class, kept they place a box,
weighed they show evidence, correlated they describe a style.
"""

from tlcourse.vision.boxes import area, from_targets, iou, paired_iou, suppress, to_targets
from tlcourse.vision.detector import (
    Candidates,
    Detections,
    GridDetector,
    assign,
    decode,
    fit_detector,
)
from tlcourse.vision.gradcam import (
    box_of_map,
    class_maps,
    enlarge,
    grad_cam,
    peaks,
    points_inside,
)
from tlcourse.vision.maps import averaged, feature_maps, flattened, neighborhoods, shuffled_cells
from tlcourse.vision.precision import Precision, average_precision
from tlcourse.vision.scenes import (
    SEEN,
    UNSEEN,
    Scenes,
    Window,
    assert_apart,
    compose,
    join,
    with_sticker,
)
from tlcourse.vision.style_transfer import Painter, Styled, StyleWeights, gram

__all__ = [
    "SEEN",
    "UNSEEN",
    "Candidates",
    "Detections",
    "GridDetector",
    "Painter",
    "Precision",
    "Scenes",
    "StyleWeights",
    "Styled",
    "Window",
    "area",
    "assert_apart",
    "assign",
    "average_precision",
    "averaged",
    "box_of_map",
    "class_maps",
    "compose",
    "decode",
    "enlarge",
    "feature_maps",
    "fit_detector",
    "flattened",
    "from_targets",
    "grad_cam",
    "gram",
    "iou",
    "join",
    "neighborhoods",
    "paired_iou",
    "peaks",
    "points_inside",
    "shuffled_cells",
    "suppress",
    "to_targets",
    "with_sticker",
]
