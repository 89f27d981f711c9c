"""Worked answers of chapter 08 and the small materials that its checks need."""

import numpy as np

from tlcourse.datasets.glove import WordVectors
from tlcourse.evaluation.intervals import Interval
from tlcourse.exercises.ch08_cut import short_answer
from tlcourse.exercises.ch08_deploy import choices
from tlcourse.exercises.ch08_negative import negative
from tlcourse.exercises.ch08_rotation import solution
from tlcourse.exercises.ch08_votes import votes
from tlcourse.text.heads import fit_text_head
from tlcourse.text.procrustes import orthogonal_map
from tlcourse.text.tokenize import tokenize


def interval(low, high):
    return Interval((low + high) / 2, low, high, 0.95, "two-way bootstrap", 10)


def vote_materials():
    rng = np.random.default_rng(0)
    words = ("a", "good", "film", "and", "bad", "end")
    vectors = WordVectors(words, rng.normal(1, 2, size=(6, 4)).astype(np.float32))
    x = rng.normal(2, 3, size=(40, 4))
    head = fit_text_head(x, (x[:, 0] > 2).astype(int), strengths=(1.0,))
    return {"tokens": ["a", "good", "zzz", "film", "good"], "vectors": vectors, "head": head}


def deploy_materials():
    rows = {"A": (0.01, 0.05), "B": (-0.06, -0.01), "C": (0.05, 0.1), "D": (0.02, 0.09)}
    return {"intervals": {case: interval(*ends) for case, ends in rows.items()}}


def negative_materials():
    rows = {
        "a → b": (-0.09, -0.01),
        "b → a": (-0.05, 0.02),
        "a → c": (0.03, 0.08),
        "c → a": (-0.02, 0.04),
    }
    return {"gains": {pair: interval(*ends) for pair, ends in rows.items()}}


def materials(exercise):
    made = {"08.2": vote_materials, "08.3": deploy_materials, "08.4": negative_materials}
    return made.get(exercise, dict)()


def as_list(**given):
    return [float(v) for v in votes(**given)]


def votes_of(**given):
    return votes(**given)


def choices_of(**given):
    return choices(**given)


def negative_of(**given):
    return negative(**given)


def negative_list(**given):
    return sorted(negative(**given))


for function in (as_list, votes_of, choices_of, negative_of, negative_list):
    function.needs_materials = True

WORKED = {
    "08.1": [tokenize, short_answer],
    "08.2": [votes_of, as_list],
    "08.3": [choices_of],
    "08.4": [negative_of, negative_list, "a → b"],
    "08.5": [solution, orthogonal_map],
}
