"""Worked answers to the exercises of chapter 01, and what their checks need besides."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from tlcourse.datasets import load, split
from tlcourse.datasets.splits import few_labels
from tlcourse.exercises.ch01_cut import choose_by_folds
from tlcourse.exercises.ch01_joint import joint_loss
from tlcourse.exercises.ch01_words import FOUR
from tlcourse.heads import fit_head


@dataclass(frozen=True)
class Spread:
    difference: float
    low: float
    high: float


@cache
def digits():
    """Small digits in five "blocks": 3 and 4 are good, the others drown in noise."""
    data = load("digits", size=8)
    pixels = data.images[..., 0].reshape(len(data), -1).astype(np.float32)
    rng = np.random.default_rng(0)
    noise = {1: 150, 2: 110, 3: 30, 4: 25, 5: 300}
    features = {b: pixels + s * rng.normal(size=pixels.shape) for b, s in noise.items()}
    return data, {b: x.astype(np.float32) for b, x in features.items()}


def materials(exercise):
    if exercise == "01.3":
        return {
            "pretrained": np.array([0.70, 0.62, 0.66, 0.71, 0.69]),
            "random": np.array([0.51, 0.45, 0.43, 0.52, 0.49]),
            "scratch": np.array([0.47, 0.46, 0.50, 0.48, 0.45]),
        }
    if exercise == "01.4":
        gains = {
            ("photos", 1, 10): (0.03, -0.02, 0.08),
            ("photos", 5, 10): (0.40, 0.35, 0.46),
            ("emoji", 4, 10): (0.21, 0.15, 0.26),
            ("digits", 4, 10): (0.04, 0.01, 0.07),
            ("digits", 5, 5): (-0.03, -0.08, 0.02),
            ("digits", 5, 10): (-0.08, -0.13, -0.03),
        }
        rivals = {("digits", 4, 10): (-0.06, -0.10, -0.01), ("emoji", 4, 10): (0.2, 0.1, 0.3)}
        tables = {"gain_table": gains, "rivals": rivals}
        return {k: {cell: Spread(*v) for cell, v in t.items()} for k, t in tables.items()}
    if exercise == "01.5":
        data, features = digits()
        parts = split(data)
        chosen = [few_labels(data.labels, parts.train, 5, seed=s) for s in range(3)]
        return {"features": features, "labels": data.labels, "draws": chosen, "split": parts}
    return {}


def gains(pretrained, random, scratch):
    return pretrained - random


def as_list(pretrained, random, scratch):
    return [a - b for a, b in zip(pretrained, random, strict=True)]


def by_folds(**given):
    return choose_by_folds


def by_the_course_head(**given):
    def choose_cut(features_by_block, labels, seed):
        scores = {}
        for block, x in features_by_block.items():
            inner = fit_head(x, labels, strengths=(0.01, 0.1), folds=3, seed=seed).inner_scores
            scores[block] = max(inner.values())
        return max(scores, key=scores.get), scores

    return choose_cut


def masked(cls, aux, weight):
    mask = ~np.isnan(aux)
    return np.mean(cls) + weight * np.where(mask, aux, 0).sum() / max(mask.sum(), 1)


for function in (gains, as_list, by_folds, by_the_course_head):
    function.needs_materials = True


WORKED = {
    "01.1": [
        FOUR,
        {"a": "Traditional ML", "b": "from scratch", "c": "multi-task", "d": "transfer learning"},
    ],
    "01.2": [4104, np.int64(4104)],
    "01.3": [gains, as_list],
    "01.4": [("digits", 5, 10), ["Digits", 5, 10]],
    "01.5": [by_folds, by_the_course_head],
    "01.6": [joint_loss, masked],
}
