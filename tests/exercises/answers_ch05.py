"""Worked answers to the exercises of chapter 05, and what their checks need."""

import numpy as np

from tlcourse import evaluation
from tlcourse.exercises import ch05_calibration, ch05_interval, ch05_pipeline, ch05_transfer


def with_materials(function):
    function.needs_materials = True
    return function


def by_compare(differences, n_train, n_test):
    found = evaluation.compare(
        differences, np.zeros(len(differences)), n_train=n_train, n_test=n_test
    )
    return found.difference, found.low, found.high


def by_gain(with_, without):
    found = evaluation.transfer_gain(with_, without)
    return found.gain, found.low, found.high, found.word


@with_materials
def pipeline(**materials):
    return ch05_pipeline.honest()


@with_materials
def other_order(**_):
    from sklearn.feature_selection import SelectKBest, f_classif
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(
        StandardScaler(), SelectKBest(f_classif, k=20), LogisticRegression(max_iter=1000)
    )


@with_materials
def searched(**_):
    from sklearn.model_selection import GridSearchCV

    return GridSearchCV(ch05_pipeline.honest(), {"logisticregression__C": [0.1, 1.0]}, cv=3)


@with_materials
def calibrated(**materials):
    return ch05_calibration.worked(**materials)


WORKED = {
    "05.1": [(0.696, 0.849), evaluation.wilson(86, 110), np.array([0.6957, 0.8489])],
    "05.2": [
        {"A": None, "B": "concept", "C": "style", "D": "speaker"},
        {"a": "none", "b": "Concept", "c": "style ", "d": "speaker"},
        {"A": "concept", "B": "concept", "C": "style", "D": "speaker"},
    ],
    "05.3": [pipeline, other_order, searched],
    "05.4": [ch05_interval.interval_of, by_compare],
    "05.5": [calibrated],
    "05.6": [ch05_transfer.name_transfer, by_gain],
}


def materials(exercise_id):
    """Return small data with a known story for the exercises that need some."""
    rng = np.random.default_rng(5)
    if exercise_id == "05.3":
        labels = np.repeat([0, 1, 2], (40, 40, 20))
        features = rng.normal(size=(100, 60))
        features[:, :10] += 1.5 * (labels == 1)[:, None]
        return {"features": features, "labels": labels}
    if exercise_id == "05.5":
        labels = rng.integers(8, size=110)
        scores = 2.2 * np.eye(8)[labels] + rng.normal(size=(110, 8))
        sharp = np.exp(3 * scores)
        return {"probabilities": sharp / sharp.sum(axis=1, keepdims=True), "labels": labels}
    return {}
