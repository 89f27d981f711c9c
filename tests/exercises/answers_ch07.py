"""Worked answers of chapter 07 and the small materials that its checks need."""

import numpy as np

from tlcourse.adaptation import adaptation_problem
from tlcourse.adaptation.selection import Evidence, mutual_information
from tlcourse.exercises.ch07_coral import solution
from tlcourse.exercises.ch07_mmd import RIGHT
from tlcourse.exercises.ch07_words import GAPS, PEEKING
from tlcourse.recipes.chapter07_choice import Candidate, Situation

C, N_TEST, N_UNLABELED = 4, 40, 31
PRESENT = (1, 3)


def client_materials():
    """A box in which classes 1 and 3 occur; class c is told by feature c."""
    rng = np.random.default_rng(0)
    ys, yt = rng.choice(range(C), 60), rng.choice(PRESENT, N_UNLABELED)
    yq = np.repeat(PRESENT, N_TEST // 2)  # in blocks: answering in turn is right half the time
    xs, xt, xq = (np.eye(C)[y] + 0.1 * rng.normal(size=(len(y), C)) for y in (ys, yt, yq))
    _, sealed = adaptation_problem(
        xs, ys, xt, test_features=xq, test_labels=yq, n_classes=C, name="a → b"
    )
    return {"sealed": sealed, "present": PRESENT, "baseline": 0.2, "n_unlabeled": N_UNLABELED}


def evidence(kind, rng):
    """Return what a rule sees of a broken (sure, one answer), a good and a hesitant candidate."""
    n = 60
    y = np.arange(n) % C
    p = np.full((n, C), 0.01)
    if kind == "broken":
        p[:, 0] = 1.0
    elif kind == "good":
        p[np.arange(n), y] = 0.5
    else:
        p[:] = 0.25
    p += 0.01 * rng.random((n, C))
    p /= p.sum(axis=1, keepdims=True)
    validation = np.eye(C)[y] * (0.9 if kind == "broken" else 0.6) + 0.05
    if kind != "broken":  # adapted candidates lose a little on the source
        validation[:3] = np.eye(C)[3 - y[:3]]
    return Evidence(p, validation / validation.sum(axis=1, keepdims=True), y, np.ones(n))


def judge_materials():
    rng = np.random.default_rng(1)
    accuracy = {"hesitant": 0.2, "broken": 0.25, "good": 0.6}
    rounds = tuple(
        {k: Candidate(evidence(k, rng), a + 0.02 * rng.random()) for k, a in accuracy.items()}
        for _ in range(3)
    )
    last = ({k: Candidate(evidence(k, rng), 0.9 - a) for k, a in accuracy.items()},)
    return {
        "situations": (
            Situation("first", rounds),
            Situation("second", rounds[::-1]),
            Situation("third", last, graded=False),
        )
    }


def materials(exercise):
    return {"07.5": client_materials, "07.6": judge_materials}.get(exercise, dict)()


def mapped(source, target, *, ridge):
    """Another root: any rotation between whitening and coloring gives the same covariance."""
    whiten = np.linalg.cholesky(
        np.linalg.inv(np.cov(source, rowvar=False) + ridge * np.eye(source.shape[1]))
    )
    color = np.linalg.cholesky(np.cov(target, rowvar=False) + ridge * np.eye(source.shape[1])).T
    return (source - source.mean(axis=0)) @ whiten @ color


def nearest_class(*, sealed, present, **_):
    """Each class has a feature of its own here."""
    return np.asarray(present)[sealed.test_features[:, list(present)].argmax(axis=1)]


nearest_class.needs_materials = True


def balanced_and_sure(p_target, p_source_val, y_source_val):
    weights = np.ones(len(y_source_val))
    return mutual_information(Evidence(p_target, p_source_val, y_source_val, weights))


def as_array(p_target, p_source_val, y_source_val):
    return np.float32(balanced_and_sure(p_target, p_source_val, y_source_val))


WORKED = {
    "07.1": [
        GAPS,
        {letter: set(kinds) for letter, kinds in GAPS.items()},
        {**{letter: list(kinds) for letter, kinds in GAPS.items()}, "a": "Pictures"},
    ],
    "07.2": [solution, mapped],
    "07.3": [set(PEEKING), "2, 4, 5, 7", [7, 5, 4, 2], {"2", "4", "5", "7"}],
    "07.4": [RIGHT, np.float64(RIGHT), [RIGHT]],
    "07.5": [nearest_class],
    "07.6": [balanced_and_sure, as_array],
}
