"""Class activation maps add up to the score; Grad-CAM shows the same map's positive part."""

import numpy as np
import pytest

from tlcourse.errors import CourseError, DataError
from tlcourse.heads import fit_head
from tlcourse.vision import (
    averaged,
    box_of_map,
    class_maps,
    enlarge,
    grad_cam,
    peaks,
    points_inside,
)


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    maps = rng.gamma(1.0, size=(40, 3, 3, 6)).astype(np.float32)
    labels = rng.integers(3, size=40)
    maps[np.arange(40), 1, 2, labels] += 5
    return fit_head(averaged(maps), labels, strengths=[1.0]), maps, labels


def test_the_map_is_exact_bookkeeping(fitted):
    head, maps, _ = fitted
    cam, bias = class_maps(head, maps)
    np.testing.assert_allclose(
        cam.mean(axis=(1, 2)) + bias, head.logits(averaged(maps)), rtol=1e-4, atol=1e-4
    )


def test_grad_cam_is_its_positive_part(fitted):
    import keras

    head, maps, labels = fitted
    inputs = keras.Input((3, 3, 6))
    kept = keras.layers.Activation("linear", name="map")(inputs)
    outputs = head.attach(keras.layers.GlobalAveragePooling2D()(kept))
    model = keras.Model(inputs, outputs)
    scores = keras.Model(
        inputs, keras.layers.Dense(3, name="scores")(keras.layers.GlobalAveragePooling2D()(kept))
    )
    weights = head.weights / head.scale[:, None]
    scores.get_layer("scores").set_weights([weights, head.bias - head.mean @ weights])
    found = grad_cam(scores, maps, labels, layer="map")
    exact = np.take_along_axis(class_maps(head, maps)[0], labels[:, None, None, None], -1)[..., 0]
    np.testing.assert_allclose(found, np.maximum(exact, 0) / 9, rtol=1e-3, atol=1e-5)
    assert grad_cam(model, maps, labels, layer="map").shape == (40, 3, 3)
    with pytest.raises(CourseError, match="needs a layer with places"):
        grad_cam(model, maps, labels, layer="standardize")


def test_the_peak_lies_where_the_evidence_was_put(fitted):
    head, maps, labels = fitted
    cam = np.take_along_axis(class_maps(head, maps)[0], labels[:, None, None, None], -1)[..., 0]
    points = peaks(enlarge(cam, 96))
    inside = points_inside(points, np.tile([64, 32, 96, 64], (40, 1)))
    assert inside.mean() > 0.9


def test_a_box_around_a_map():
    cam = np.zeros((1, 10, 10))
    cam[0, 2:5, 3:7] = 1
    cam[0, 8, 8] = 0.9
    np.testing.assert_array_equal(box_of_map(cam), [[3, 2, 7, 5]])


def test_other_widths_are_refused(fitted):
    with pytest.raises(DataError, match="expects 6 channels"):
        class_maps(fitted[0], np.zeros((1, 3, 3, 5)))
