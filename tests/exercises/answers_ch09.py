"""Worked answers to the exercises of chapter 09, and what their checks need."""

from types import SimpleNamespace

import numpy as np

from tlcourse.exercises import ch09_cause, ch09_numbers, ch09_pool, ch09_split, ch09_words
from tlcourse.recipes.chapter09_voices import Difference


def with_materials(function):
    function.needs_materials = True
    return function


@with_materials
def held_out_voices(data):
    return ch09_split.worked(data)


@with_materials
def masks(data):
    aside = np.isin(data.groups, np.unique(data.groups)[::2][:4])
    return ~aside, aside


@with_materials
def missing_cell(difference):
    return ch09_cause.worked(difference)


@with_materials
def lower_case(difference):
    letter, verdict = ch09_cause.worked(difference)
    return [letter.lower(), verdict.title()]


WORKED = {
    "09.1": [ch09_numbers.ANSWER, np.array([96, 4_000]), [96.0, 4_000.0]],
    "09.2": [
        ch09_words.TRUTH,
        {key.upper(): np.bool_(value) for key, value in ch09_words.TRUTH.items()},
    ],
    "09.3": [
        ch09_pool.worked,
        lambda maps: maps.mean(axis=2).reshape(len(maps), -1),
        lambda maps: np.swapaxes(maps.max(axis=2), 1, 2).reshape(len(maps), -1),
    ],
    "09.4": [held_out_voices, masks],
    "09.5": [missing_cell, lower_case],
}


def materials(exercise_id):
    """Return small clips with voices, takes and digits, or one difference."""
    if exercise_id == "09.4":
        table = [(v, t, d) for v in range(12) for t in (130, 160, 195) for d in range(10)]
        return {
            "data": type("Clips", (SimpleNamespace,), {"__len__": lambda self: len(self.labels)})(
                groups=np.array([f"voice{v:02d}" for v, _, _ in table]),
                labels=np.array([d for _, _, d in table]),
                ids=tuple(f"target/voice{v:02d}/{d}_{t}" for v, t, d in table),
                n_classes=10,
            )
        }
    if exercise_id == "09.5":
        return {"difference": Difference(-0.08, -0.13, -0.03, "worse")}
    return {}


def acceptable(exercise_id, answer):
    """Say whether a drawn pair happens to be the right one."""
    return exercise_id == "09.5" and tuple(map(str, answer)) == ("C", "not supported")
