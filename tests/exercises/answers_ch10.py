"""Worked answers of chapter 10 and the small materials that its checks need."""

import numpy as np

from tlcourse.exercises import ch10_cam, ch10_flip, ch10_gram, ch10_sticker
from tlcourse.exercises.ch10_numbers import AP, IOU
from tlcourse.heads import fit_head
from tlcourse.vision import class_maps, gram, iou


def with_materials(function):
    function.needs_materials = True
    return function


@with_materials
def the_map(**materials):
    return ch10_cam.solution(**materials)


@with_materials
def by_package(head, feature_map, klass):
    return class_maps(head, feature_map[None])[0][0, ..., klass]


@with_materials
def standardized_first(head, feature_map, klass):
    return ((feature_map - head.mean) / head.scale) @ head.weights[:, klass]


@with_materials
def recalls(**materials):
    return ch10_sticker.solution(**materials)


def mirrored(boxes, width):
    new = boxes.copy()
    new[:, [0, 2]] = width - boxes[:, [2, 0]]
    return new


WORKED = {
    "10.1": [IOU, 1 / 7, float(iou([10, 10, 50, 50], [30, 30, 70, 70])[0, 0]), [0.143]],
    "10.2": [ch10_flip.solution, mirrored],
    "10.3": [the_map, by_package, standardized_first],
    "10.4": [recalls],
    "10.5": [AP, 0.625],
    "10.6": [ch10_gram.solution, gram, lambda f: np.einsum("ija,ijb->ab", f, f) / f[..., 0].size],
}


def materials(exercise_id):
    """Return small data with a known story for the exercises that need some."""
    rng = np.random.default_rng(10)
    if exercise_id == "10.3":
        maps = rng.gamma(2.0, size=(60, 4, 4, 12)) * rng.gamma(2.0, size=12)
        labels = rng.integers(3, size=60)
        head = fit_head(maps.mean(axis=(1, 2)), labels, strengths=[0.1])
        return {"head": head, "feature_map": maps[0], "klass": 1}
    if exercise_id == "10.4":
        labels = np.repeat(np.arange(4), (12, 20, 30, 18))
        guess = np.where(rng.random(80) < 0.7, labels, rng.integers(4, size=80))
        with_sticker = np.where(labels == 2, 2, guess)
        without = np.where((labels == 2) & (rng.random(80) < 0.8), 1, guess)
        without[0] = 2
        return {
            "labels": labels, "with_sticker": with_sticker, "without_sticker": without, "klass": 2,
        }  # fmt: skip
    return {}
