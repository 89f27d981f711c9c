"""Worked answers to the exercises of chapter 02, and what their checks need besides."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd

from tlcourse.datasets import holdouts, load
from tlcourse.exercises import (
    ch02_candidate,
    ch02_evidence,
    ch02_leep,
    ch02_regret,
    ch02_statements,
)
from tlcourse.recipes import at_most, logistic_scores
from tlcourse.recipes.chapter02_pictures import gaussian_noise, gray_thumbnails
from tlcourse.recipes.chapter02_ranking import Statement


def tables():
    """Two targets, five candidates, two scores that choose differently."""
    names = ["a", "b", "c", "d", "e"]
    near = {"k-NN": [0.2, 0.6, 0.5, 0.1, 0.3], "LogME": [-0.4, 0.1, 0.3, -0.2, 0.0]}
    far = {"k-NN": [0.5, 0.4, 0.7, 0.6, 0.2], "LogME": [0.6, -0.1, 0.2, 0.5, 0.1]}
    return {
        "near": pd.DataFrame({**near, "truth": [0.31, 0.74, 0.79, 0.22, 0.55]}, index=names),
        "far": pd.DataFrame({**far, "truth": [0.61, 0.40, 0.81, 0.88, 0.35]}, index=names),
    }


def interval(low, high):
    return SimpleNamespace(low=low, high=high)


def statements():
    return {
        "a": Statement("x beats y", interval(0.1, 0.3)),
        "b": Statement("x beats z", interval(-0.1, 0.3)),
        "c": Statement("y beats x", interval(-0.3, -0.1)),
        "d": Statement("x beats noise", interval(0.2, 0.9)),
        "e": Statement("a score is an accuracy"),
        "f": Statement("z beats y", interval(-0.2, 0.2)),
    }


@cache
def candidates():
    """A few small digits with two candidates and their truth on two halves."""
    data = at_most(load("digits", size=16), 160)
    halves = holdouts(data, np.arange(len(data)), n=2, test=0.5)
    features = {
        "pixels": gray_thumbnails(data.images, side=4),
        "noise": gaussian_noise(data.images),
    }
    truth = {
        name: logistic_scores(name, f, data.labels, halves, strengths=(0.1,))
        for name, f in features.items()
    }
    return {"data": data, "halves": halves, "features": features, "truth": truth}


def materials(exercise):
    if exercise == "02.1":
        return {"tables": tables()}
    if exercise == "02.3":
        return {"statements": statements()}
    if exercise == "02.5":
        return {"labels": np.repeat([0, 1, 2], [30, 15, 5])}
    return dict(candidates()) if exercise == "02.6" else {}


def regrets(tables):
    return ch02_regret.solution(tables)


def by_hand(tables):
    return {"LogME": {"far": 0.27, "near": 0.0}, "k-NN": {"near": 0.05, "far": 0.07}}


def supported(statements):
    return ch02_statements.solution(statements)


def entropy(labels):
    p = np.bincount(labels) / len(labels)
    return float(np.sum(p * np.log(p)))


def with_term(alpha, beta, sigma, D):
    return np.log(alpha + beta * sigma).sum() + (D - len(sigma)) * np.log(alpha)


def small_copy(**given):
    return "thumbnail", ch02_candidate.thumbnail, 1


def rows_and_columns(**given):
    def represent(data):
        gray = data.images.mean(axis=3)
        return np.hstack([gray.mean(axis=1), gray.mean(axis=2)])

    return ["row and column means", represent, np.int64(2)]


for function in (regrets, by_hand, supported, entropy, small_copy, rows_and_columns):
    function.needs_materials = True


WORKED = {
    "02.1": [regrets, by_hand],
    "02.2": [ch02_evidence.solution, with_term],
    "02.3": [supported, {"a", "d"}, "a, d", ["D", "A"]],
    "02.4": [-0.4572, np.float32(-0.4572), ch02_leep.BY_HAND],
    "02.5": [entropy, -0.898],
    "02.6": [small_copy, rows_and_columns],
}
