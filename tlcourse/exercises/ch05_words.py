"""Exercise 5.2: which items must stay together? Answered with a dictionary of words."""

from __future__ import annotations

from typing import Any

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, right

KEYS = ("none", "picture", "concept", "style", "speaker", "recording")
ANSWER = {"A": None, "B": "concept", "C": "style", "D": "speaker"}
# With one drawing of each concept these three make the same groups: one for each picture.
_SAME_FOR_A = {"none", "picture", "concept"}
_ACCEPTED = {"A": _SAME_FOR_A, "B": {"concept"}, "C": {"style"}, "D": {"speaker"}}


def _read(answer: Any) -> dict[str, str] | None:
    """Return letter -> key in lower case, or None if this is no such dictionary."""
    if not isinstance(answer, dict) or len(answer) != len(ANSWER):
        return None
    found = {}
    for letter, key in answer.items():
        if not isinstance(letter, str) or not isinstance(key, (str, type(None))):
            return None
        word = "none" if key is None else key.strip().lower()
        if letter.strip().upper() not in ANSWER or word not in KEYS:
            return None
        found[letter.strip().upper()] = word
    return found if len(found) == len(ANSWER) else None


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    keys = _read(answer)
    if keys is None:
        return exercise.unexpected(answer)
    if all(keys[letter] in accepted for letter, accepted in _ACCEPTED.items()):
        return right("The use decides: group by what will be new when the model is used.")
    tests = (
        ("copies apart", keys["B"] in ("none", "picture")),
        ("style for concepts", keys["B"] == "style"),
        ("concept for styles", keys["C"] == "concept"),
        ("no style", keys["C"] in ("none", "picture")),
        ("recording", keys["D"] == "recording"),
    )
    for name, made in tests:
        if made:
            return exercise.wrong(name)
    return exercise.wrong("wrong world")


def _with(**changed: str | None) -> dict[str, str | None]:
    return {**ANSWER, **changed}


WHO_STAYS_TOGETHER = Exercise(
    id="05.2",
    question=(
        "What must never be on both sides of the split? A: one drawing of each concept, used on "
        "new concepts. B: three drawings of each concept, used on new concepts. C: known concepts, "
        "used in a style never seen. D: spoken digits, used by new speakers."
    ),
    expects=(
        "a dictionary with the keys A, B, C, D; each value one of None, 'picture', 'concept', "
        "'style', 'speaker', 'recording'"
    ),
    judge=_judge,
    mistakes=(
        Mistake(
            "copies apart",
            _with(B=None),
            "In B, the same apple in another style sits in the training part. Section 5 measured "
            "what that buys.",
        ),
        Mistake(
            "style for concepts",
            _with(B="style"),
            "In B, every test concept was seen in training, in another style. That answers C's "
            "question.",
        ),
        Mistake(
            "concept for styles",
            _with(C="concept"),
            "In C, you are testing new things in known styles. That answers B's question.",
        ),
        Mistake(
            "no style",
            _with(C=None),
            "In C, the test would show styles that training has shown. What is new in use must be "
            "new in the test.",
        ),
        Mistake(
            "recording",
            _with(D="recording"),
            "In D, each recording is its own group, so nothing is held together: the voice is on "
            "both sides.",
        ),
        Mistake(
            "wrong world",
            _with(D="concept"),
            "One key does not exist in its data set or is not what will be new. Ask of each: what "
            "has the model never met?",
        ),
    ),
)
