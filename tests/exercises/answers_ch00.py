"""Worked answers to the exercises of chapter 00, and what their checks need besides."""

from functools import cache

import numpy as np

from tlcourse.datasets import load
from tlcourse.datasets.splits import holdouts
from tlcourse.evaluation.evaluate import measure
from tlcourse.exercises.ch00_fair import fair
from tlcourse.exercises.ch00_results import hardest, worked_more

# Rows: true class. The class with most errors, the least precise one, the rarest and the
# hardest one are four different classes.
NAMES = ("face", "hand", "plant", "food", "animal")
CONFUSION = np.array(
    [
        [45, 0, 0, 13, 2],
        [0, 8, 0, 12, 0],
        [0, 0, 7, 1, 0],
        [2, 1, 1, 24, 2],
        [0, 0, 0, 1, 29],
    ]
)


@cache
def pictures():
    data = load("emoji", style="twemoji")
    pool, unseen = holdouts(data, np.arange(len(data)), n=1, test=0.4)[0]
    return {"data": data, "pool": pool, "unseen": unseen}


def confused():
    pairs = [(t, p) for t, p in np.ndindex(CONFUSION.shape) for _ in range(CONFUSION[t, p])]
    true, predicted = np.array(pairs).T
    return measure(np.eye(len(NAMES))[predicted], true, class_names=NAMES)


def materials(exercise):
    if exercise == "00.3":
        return {
            "report": {
                "seconds_per_100": 0.8,
                "first_batch_seconds": 0.9,
                "batch_seconds": [0.26, 0.25, 0.256],
            }
        }
    if exercise == "00.4":
        return dict(pictures())
    return {"result": confused()} if exercise == "00.5" else {}


def trained_on_fifteen(**given):
    return worked_more(**given)


def hardest_class(result):
    return hardest(result)


trained_on_fifteen.needs_materials = hardest_class.needs_materials = True

WORKED = {
    "00.1": [0.125, 1 / 8, np.float32(0.125), [0.125]],
    "00.2": [1280, 1280.0, np.int64(1280)],
    "00.3": [80, 80.0],
    "00.4": [trained_on_fifteen],
    "00.5": [hardest_class, "hand", " Hand"],
    "00.6": [fair],
}
