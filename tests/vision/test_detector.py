"""The detector finds what its maps show, and nothing where they show nothing."""

import numpy as np
import pytest

from tlcourse.errors import DataError
from tlcourse.vision import Candidates, assign, average_precision, compose, decode, fit_detector
from tlcourse.vision.detector import place_centers


def told(scenes, *, stride=8, noise=0.05, seed=0):
    """Return maps that spell out the truth: is a center here, its offset, size and class."""
    state, targets, labels = assign(scenes, stride=stride)
    here = (state == 1)[..., None]
    classes = np.eye(scenes.n_classes)[labels] * here
    maps = np.concatenate([here, targets * here, classes], axis=-1)
    return maps + noise * np.random.default_rng(seed).normal(size=maps.shape)


@pytest.fixture(scope="module")
def parts(objects):
    options = {"size": 64, "count": (1, 3), "sides": (14, 24)}
    return compose(objects, 60, **options), compose(objects, 20, half="second", **options)


def test_it_finds_what_the_map_spells_out(parts):
    train, test = parts
    detector = fit_detector(told(train), train, strength=1.0, class_strength=1.0, penalty=1.0)
    candidates = detector.candidates(told(test, seed=1))
    assert average_precision(candidates.detections(), test).mean > 0.9
    assert average_precision(candidates.places(), test, nameless=True).mean > 0.95
    assert detector.trained_parameters > 0
    blind = detector.candidates(np.random.default_rng(2).normal(size=told(test).shape))
    assert average_precision(blind.detections(), test).mean < 0.3


def test_every_center_is_assigned_and_decodes_to_its_box(parts):
    scenes = parts[0]
    state, targets, labels = assign(scenes, stride=8)
    assert set(np.unique(state)) <= {-1, 0, 1}
    assert (state == 1).any(axis=(1, 2)).all()
    decoded = decode((state == 1).astype(float), targets, np.eye(8)[labels], stride=8)
    for i, boxes in enumerate(scenes.boxes):
        rows = np.flatnonzero(decoded.objectness[i])
        for box, label in zip(
            decoded.boxes[i][rows], decoded.classes[i][rows].argmax(1), strict=True
        ):
            nearest = np.abs(boxes - box).max(axis=1).argmin()
            np.testing.assert_allclose(box, boxes[nearest], atol=1e-6)
            assert label == scenes.labels[i][nearest]


def test_duplicates_go_and_scores_are_products():
    boxes = np.array([[[0, 0, 10, 10], [1, 0, 11, 10], [30, 30, 40, 40]]], float)
    classes = np.array([[[0.9, 0.1], [0.5, 0.5], [0.0, 1.0]]])
    candidates = Candidates(boxes, np.array([[0.8, 0.7, 0.5]]), classes)
    (found,) = candidates.detections(overlap=0.4, least=0.02)
    np.testing.assert_allclose(found.scores, [0.72, 0.5, 0.08])
    np.testing.assert_array_equal(found.labels, [0, 1, 1])
    assert len(candidates.detections(overlap=1.0)[0]) == 5
    assert len(candidates.places()[0]) == 2
    assert len(found.above(0.4)) == 2


def test_place_centers():
    np.testing.assert_array_equal(place_centers(2, 2, 16)[0, 1], [24, 8])


def test_maps_and_scenes_must_pair(parts):
    train, _ = parts
    with pytest.raises(DataError, match="one square map"):
        fit_detector(told(train)[:5], train)
