"""Exercises 3.3 and 3.5: answered with letters and words, read generously."""

from __future__ import annotations

from typing import Any

from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, right

# 3.3 When is a cached feature stale?

OPTIONS = {
    "a": "picture bytes",
    "b": "picture order",
    "c": "class names",
    "d": "cut",
    "e": "preprocessing",
    "f": "image size",
    "g": "weights",
    "h": "precision",
    "i": "split seed",
    "j": "batch size",
    "k": "C",
}
STALE = frozenset("adefgh")


def _letters(answer: Any) -> frozenset[str] | None:
    """Read letters from a set, list, tuple or text; the options' full names are welcome too."""
    if isinstance(answer, str):
        words = answer.replace(",", " ").split()
        answer = list(answer.strip()) if len(words) == 1 and len(words[0]) > 1 else words
        if " ".join(words).lower() in OPTIONS.values():
            answer = [" ".join(words)]
    if not isinstance(answer, (set, frozenset, list, tuple)):
        return None
    names = {name.lower(): letter for letter, name in OPTIONS.items()}
    found = set()
    for word in answer:
        if not isinstance(word, str):
            return None
        letter = names.get(word.strip().lower(), word.strip().strip(".)").lower())
        if letter not in OPTIONS:
            return None
        found.add(letter)
    return frozenset(found)


def _judge_stale(answer: Any, exercise: Exercise) -> Verdict:
    letters = _letters(answer)
    if letters is None:
        return exercise.unexpected(answer)
    if letters == STALE:
        return right("The key holds all that can change the numbers, and nothing else.")
    tests = (
        ("preprocessing missing", "e" not in letters),
        ("weights missing", "g" not in letters),
        ("bytes missing", "a" not in letters),
        ("cut or size missing", not {"d", "f"} <= letters),
        ("precision missing", "h" not in letters),
        ("seed or names", bool({"c", "i"} & letters)),
        ("order", "b" in letters),
        ("batch size", "j" in letters),
        ("C", "k" in letters),
    )
    return exercise.wrong(next(name for name, made in tests if made))


STALE_KEY = Exercise(
    id="03.3",
    question=(
        "When is a cached feature stale? Choose all that must change the key: "
        + ", ".join(f"{letter} {name}" for letter, name in OPTIONS.items())
        + "."
    ),
    expects='a set of letters from a to k, such as {"b", "k"}',
    judge=_judge_stale,
    mistakes=(
        Mistake(
            "preprocessing missing",
            STALE - {"e"},
            "Without preprocessing in the key you would reuse features from step 6's wrong input.",
        ),
        Mistake(
            "weights missing",
            STALE - {"g"},
            "Without the weights in the key the untrained network would be served VGG16's "
            "features.",
        ),
        Mistake(
            "bytes missing",
            STALE - {"a"},
            "A picture that was edited under the same name would get the old picture's features.",
        ),
        Mistake(
            "cut or size missing",
            STALE - {"d", "f"},
            "Another cut gives other channels, and another size other numbers: both must be in "
            "the key.",
        ),
        Mistake(
            "precision missing",
            STALE - {"h"},
            "bfloat16 keeps three digits. With one key for both, a machine's precision would "
            "decide which numbers you get.",
        ),
        Mistake(
            "seed or names",
            STALE | {"c", "i"},
            "Features never see the split seed or the class names; recomputing them wastes the "
            "whole pass.",
        ),
        Mistake(
            "order",
            STALE | {"b"},
            "Keys are for each picture by itself, so order cannot matter.",
        ),
        Mistake(
            "batch size",
            STALE | {"j"},
            "Batch size changes the last digits only, which a tolerance covers, not the meaning.",
        ),
        Mistake(
            "C",
            STALE | {"k"},
            "C belongs to the head, which comes after the features.",
        ),
    ),
)

# 3.5 Diagnose

_REPAIRS = {
    "freeze": ("freez", "frozen", "trainable"),
    "lower rate": ("rate", "slow", "lr"),
    "preprocessing": ("preprocess", "subtract", "bgr"),
    "pooling": ("pool",),
}
_WRONG_WAY = ("higher", "raise", "increase", "larger", "unfreeze", "un-freeze", "faster")


def _repairs(answer: Any) -> set[str] | None:
    """Read names of repairs, generously; a repair in the wrong direction counts as "other"."""
    items = [answer] if isinstance(answer, str) else answer
    if not isinstance(items, (set, frozenset, list, tuple)):
        return None
    found = set()
    for item in items:
        if not isinstance(item, str):
            return None
        text = item.lower()
        names = [name for name, signs in _REPAIRS.items() if any(sign in text for sign in signs)]
        wrong_way = any(word in text for word in _WRONG_WAY)
        found |= {"other"} if wrong_way or not names else set(names[:1])
    return found


def _judge_diagnosis(answer: Any, exercise: Exercise) -> Verdict:
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        return exercise.unexpected(answer)
    line, repairs = as_numbers([answer[0]], 1), _repairs(answer[1])
    if line is None or repairs is None:
        return exercise.unexpected(answer)
    line = float(line[0])
    if line == 2:
        return exercise.wrong("preprocessing")
    if line in (7, 8):
        return exercise.wrong("pooling")
    if line == 12:
        return exercise.wrong("fit_generator")
    if line not in (6, 10):
        return exercise.wrong("another line", f"You named line {line:g}.")
    if repairs == {"freeze", "lower rate"}:
        return right(
            "Everything trainable at rate 1e-3 destroys it. Freeze it, or go slowly: chapter 04."
        )
    if repairs in ({"freeze"}, {"lower rate"}):
        return exercise.wrong("one repair")
    return exercise.wrong("other repair")


_BOTH = {"freeze", "lower rate"}

DIAGNOSE = Exercise(
    id="03.5",
    question=(
        "A log reads: loss 2.6, 14,800, 41.7, 1.9, … 2.0; one class predicted; the base layers "
        "moved. Which line of the ledger is to blame, and which two different repairs would help?"
    ),
    expects=(
        "a pair, the number of the ledger's line and a set of two repairs in words, such as "
        '(12, {"pooling", "preprocessing"})'
    ),
    judge=_judge_diagnosis,
    mistakes=(
        Mistake("preprocessing", (2, _BOTH), "Step 3 tried it: still collapsed."),
        Mistake(
            "pooling",
            (7, _BOTH),
            "Step 3 tried pooling alone: the network still collapsed.",
        ),
        Mistake(
            "fit_generator",
            (12, _BOTH),
            "Then it would not have started: the log shows training that ran.",
        ),
        Mistake(
            "one repair",
            (6, {"freeze"}),
            "That is one. There is a second, and chapter 04 is built on the pair.",
        ),
        Mistake(
            "another line",
            (5, _BOTH),
            "That line cannot make a pretrained kernel move so far. Look for what lets the base "
            "move, or for how far each step goes.",
        ),
        Mistake(
            "other repair",
            (6, {"preprocessing", "freeze"}),
            "The line fits. One of the repairs does not stop a pretrained layer from being thrown "
            "far off: think of who may move, and of how far.",
        ),
    ),
)
