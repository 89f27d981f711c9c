"""Worked answers to the exercises of chapter 06, and what their checks need besides."""

import numpy as np

from tlcourse.exercises.ch06_anchor import l2sp
from tlcourse.exercises.ch06_diagnosis import ANSWER
from tlcourse.exercises.ch06_numbers import FLOOR, LUCK, OFF, ON
from tlcourse.exercises.ch06_prescription import worked
from tlcourse.exercises.ch06_unit import one_number
from tlcourse.recipes.chapter06_plans import SealedPlans

PLANS = ("a", "b", "c")


def materials(exercise):
    rng = np.random.default_rng(0)
    if exercise == "06.2":
        grids = np.maximum(rng.normal(size=(20, 3, 3, 16)), 0).astype(np.float32)
        return {"grids": grids, "rows": np.arange(0, 20, 2)}
    if exercise == "06.6":
        hits = {name: rng.random((5, 60)) < 0.6 + 0.1 * i for i, name in enumerate(PLANS)}
        return {
            "validation": {
                "a": np.array([0.9, 1.3, 1.2, 1.3, 1.2]),
                "b": np.array([1.1, 0.9, 0.9, 1.0, 0.8]),
                "c": np.array([1.0, 1.1, 1.0, 1.1, 1.2]),
            },
            "train": {"a": np.full(5, 0.2), "b": np.full(5, 0.3), "c": np.full(5, 0.1)},
            "sealed": SealedPlans(hits, rng.random((5, 60)) < 0.5),
        }
    return {}


def right_number(**given):
    return one_number(**given)


right_number.needs_materials = True


def choose_and_open(**given):
    return worked(**given)


choose_and_open.needs_materials = True

WORKED = {
    "06.1": [ANSWER, {k.lower(): v.upper() for k, v in ANSWER.items()}],
    "06.2": [right_number],
    "06.3": [(ON, OFF, FLOOR), [0.9125, 0.0125, 0.467]],
    "06.4": [l2sp],
    "06.5": [LUCK, 0.113],
    "06.6": [choose_and_open],
}
