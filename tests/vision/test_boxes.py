"""Boxes: overlap as others compute it, targets and back, duplicates removed as TensorFlow does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcourse.errors import DataError
from tlcourse.vision import area, from_targets, iou, paired_iou, suppress, to_targets


def some_boxes(rng, n):
    corner = rng.uniform(0, 60, (n, 2))
    return np.concatenate([corner, corner + rng.uniform(4, 40, (n, 2))], axis=1)


def test_iou_agrees_with_coco(rng):
    from pycocotools import mask

    a, b = some_boxes(rng, 30), some_boxes(rng, 20)
    as_coco = [np.concatenate([x[:, :2], x[:, 2:] - x[:, :2]], axis=1) for x in (a, b)]
    np.testing.assert_allclose(iou(a, b), mask.iou(*as_coco, [0] * 20), atol=1e-12)


def test_a_third_of_a_shift_is_one_half():
    assert iou([0, 0, 30, 30], [10, 0, 40, 30])[0, 0] == pytest.approx(0.5)
    assert iou([10, 10, 50, 50], [30, 30, 70, 70])[0, 0] == pytest.approx(400 / 2800)


def test_boxes_that_touch_or_are_empty_do_not_overlap():
    assert iou([0, 0, 10, 10], [10, 0, 20, 10])[0, 0] == 0
    assert iou([5, 5, 5, 5], [5, 5, 5, 5])[0, 0] == 0
    assert area([[0, 0, 3, 4]])[0] == 12


def test_pairs_are_the_diagonal(rng):
    a, b = some_boxes(rng, 8), some_boxes(rng, 8)
    np.testing.assert_allclose(paired_iou(a, b), np.diag(iou(a, b)))
    with pytest.raises(DataError, match="one of each"):
        paired_iou(a, b[:3])


@given(st.tuples(*[st.floats(0, 90)] * 2, *[st.floats(1, 60)] * 2))
def test_targets_come_back(numbers):
    x, y, w, h = numbers
    box = np.array([[x, y, x + w, y + h]])
    np.testing.assert_allclose(from_targets(to_targets(box)), box, atol=1e-6)


def test_boxes_are_cut_to_the_picture_and_stay_positive():
    boxes = from_targets(np.array([[5.0, 5.0, 9.0, -50.0]]), inside=64)
    assert boxes.min() >= 0
    assert boxes.max() <= 64
    assert (boxes[:, 2:] >= boxes[:, :2]).all()


@pytest.mark.parametrize("limit", [0.1, 0.4, 0.7])
def test_suppression_agrees_with_tensorflow(rng, limit):
    import tensorflow as tf

    boxes, scores = some_boxes(rng, 80), rng.random(80)
    expected = tf.image.non_max_suppression(boxes, scores, 80, iou_threshold=limit).numpy()
    kept = suppress(boxes, scores, overlap=limit)
    np.testing.assert_array_equal(kept, expected)
    overlaps = iou(boxes[kept], boxes[kept]) - np.eye(len(kept))
    assert overlaps.max() <= limit


def test_nothing_to_suppress():
    assert len(suppress(np.zeros((0, 4)), [])) == 0


@pytest.mark.parametrize(
    ("boxes", "word"),
    [
        ([1, 2, 3], "expected"),
        ([[5, 0, 1, 4]], "left of its left"),
        ([[0, 0, np.nan, 1]], "not a number"),
    ],
)
def test_bad_boxes_are_refused(boxes, word):
    with pytest.raises(DataError, match=word):
        area(boxes)
