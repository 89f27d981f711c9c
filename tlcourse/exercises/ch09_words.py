"""Exercise 9.2: which changes of a sound leave the word what it is?"""

from __future__ import annotations

from typing import Any

import numpy as np

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, right

TRUTH = {
    "shift by 0.1 s": True,
    "softer by 6 dB": True,
    "a masked band": True,
    "noise at 15 dB": True,
    "left-right flip": False,
    "upside down": False,
    "rotation by 90 degrees": False,
    "10 % faster": True,
}


def _read(answer: Any) -> dict[str, bool] | None:
    if not isinstance(answer, dict) or len(answer) != len(TRUTH):
        return None
    found = {}
    for key, value in answer.items():
        if not isinstance(key, str) or not isinstance(value, (bool, np.bool_)):
            return None
        found[_plain(key)] = bool(value)
    spelled = {_plain(key): key for key in TRUTH}
    if found.keys() != spelled.keys():
        return None
    return {spelled[key]: value for key, value in found.items()}


def _plain(key: str) -> str:
    return " ".join(key.lower().split())


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    found = _read(answer)
    if found is None:
        return exercise.unexpected(answer)
    wrong = [key for key, value in TRUTH.items() if found[key] != value]
    if not wrong:
        return right("An augmentation is a claim about the label. These claims hold for speech.")
    return exercise.wrong(wrong[0])


def _but(key: str) -> dict[str, bool]:
    return {**TRUTH, key: not TRUTH[key]}


_HINTS = {
    "left-right flip": "You would train on words played backwards: what does 'no' turn into?",
    "upside down": "High and low change places, and with them the vowels. Rows are frequency.",
    "softer by 6 dB": "Levels are relative to the clip's own maximum: does the picture change?",
    "a masked band": "A telephone cuts bands off as well. Do you still understand the word?",
    "rotation by 90 degrees": "Time became frequency. Which sound would have such a picture?",
    "shift by 0.1 s": "Is a word that is said a little later another word?",
    "noise at 15 dB": "Listen to the clips at 10 dB again: could you name them?",
    "10 % faster": "Hurried people are still understood. Which label would you write down?",
}

KEEPS_THE_LABEL = Exercise(
    id="09.2",
    question=(
        "Which changes leave the digit what it is? "
        + "; ".join(TRUTH)
        + ". True where the label stays."
    ),
    expects="a dictionary with these eight keys, each True or False",
    judge=_judge,
    mistakes=tuple(Mistake(key, _but(key), hint) for key, hint in _HINTS.items()),
)
