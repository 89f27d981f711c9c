"""Worked answers to the exercises of chapter 03, and what their checks need besides."""

from functools import cache

import numpy as np

from tlcourse.backbones import backbone
from tlcourse.datasets import load, split
from tlcourse.datasets.splits import holdouts
from tlcourse.exercises.ch03_features import solution
from tlcourse.exercises.ch03_head import linear_head
from tlcourse.exercises.ch03_words import OPTIONS, STALE


@cache
def network():
    """VGG16 at the smallest size, in float32."""
    return backbone(image_size=32, precision="float32", weights="embedded")


@cache
def pictures():
    data = load("emoji", style="noto")
    return data.subset(data.labels < 4)


def joined_features():
    """Features with a known story: block 5 tells two pairs of classes apart, block 3 the rest.

    The first 64 columns stand for block 3; their values are much larger than those of block 5.
    """
    rng, data = np.random.default_rng(0), pictures()
    n = len(data)
    parity = np.eye(4)[2 + data.labels % 2].repeat(16, axis=1)
    early = 900 + 300 * (parity + 0.3 * rng.normal(size=(n, 64)))
    late = 3 + 2 * np.eye(16)[data.labels // 2].repeat(32, axis=1) + rng.normal(size=(n, 512))
    parts = split(data)
    return {
        "features": np.hstack([early, late]).astype(np.float32),
        "labels": data.labels,
        "holdouts": holdouts(data, parts.development, n=5),
        "split": parts,
    }


def materials(exercise):
    if exercise == "03.4":
        return {"backbone": network()}
    return joined_features() if exercise == "03.6" else {}


def block4(backbone):
    """Answer with the course's own extractor."""
    return lambda images: backbone.pooled(images, at="block4_pool")["block4_pool"]


def extractor(backbone):
    return solution(backbone)


def head(**given):
    return linear_head()(**given)


block4.needs_materials = extractor.needs_materials = head.needs_materials = True


WORKED = {
    "03.1": [(-73.939, -96.779, -113.68), np.array([-73.94, -96.78, -113.68])],
    "03.2": [(25_699_336, 4_104), np.array([25_699_336, 4_104])],
    "03.3": [
        set("adefgh"), "adefgh", "a, d, e, f, g, h", ["A", "D", "E", "F", "G", "H"],
        {"picture bytes", "cut", "preprocessing", "image size", "weights", "precision"},
    ],
    "03.4": [extractor, block4],
    "03.5": [
        (6, {"freeze", "lower rate"}), (10, ["lower learning rate", "freeze the base"]),
        [6.0, ("frozen base", "smaller rate")],
    ],
    "03.6": [head],
}  # fmt: skip


def acceptable(exercise, answer):
    """Eleven letters leave a little room for chance."""
    names = {*STALE, *(OPTIONS[letter] for letter in STALE)}
    return exercise == "03.3" and isinstance(answer, (set, list, tuple)) and set(answer) <= names
