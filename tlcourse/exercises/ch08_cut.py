"""Exercise 8.1: cut a text the way the corpus of GloVe was cut."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import numpy as np

from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    call,
    describe,
    other,
    right,
)

SENTENCE = "I don't like it, it is Slow :)"
ENOUGH = 0.9


@lru_cache(maxsize=1)
def _tweets() -> tuple[str, ...]:
    """Return 300 tweets, always the same."""
    from tlcourse.datasets.sentiment import read_rated

    texts = [row.text for row in read_rated("tweets")]
    return tuple(texts[i] for i in np.random.default_rng(0).permutation(len(texts))[:300])


def _coverage(texts: list[list[str]]) -> float:
    from tlcourse.datasets.glove import load_glove

    return load_glove().coverage(texts)


def _is_words(answer: Any) -> bool:
    return isinstance(answer, (list, tuple)) and all(isinstance(word, str) for word in answer)


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    """Judge a function from a text to its words."""
    if not callable(answer):
        return exercise.unexpected(answer)
    words = call(answer, SENTENCE)
    if words is None or words is ...:
        return NOT_ATTEMPTED
    if not _is_words(words):
        return other(f"Your function returned {describe(words)}. Expected a list of words.")
    found = set(words)
    if found & {"it,", "like,"}:
        return exercise.wrong("split")
    if "Slow" in found or "I" in found:
        return exercise.wrong("case")
    if found & {"dont", "n’t", "don't"} or "n't" not in found:
        return exercise.wrong("negation")
    if ":)" not in found:
        return exercise.wrong("faces")
    cut = [call(answer, text) for text in _tweets()]
    if not all(_is_words(text) for text in cut):
        return other("On one of the tweets your function returned no list of words.")
    kept, characters = _coverage(cut), _kept_characters(cut)
    if kept < ENOUGH or characters < 0.8:
        return other(
            f"{kept:.1%} of the tokens of 300 tweets have a vector, and {characters:.0%} of the "
            f"letters are still there. Expected {ENOUGH:.0%} and nearly all. Print what is lost."
        )
    return right(f"{kept:.1%} of the tokens of 300 tweets have a vector now.")


def _kept_characters(cut: list[list[str]]) -> float:
    """Return the share of letters and digits that survived the cut."""
    left = sum(sum(c.isalnum() for c in "".join(words)) for words in cut)
    return left / sum(sum(c.isalnum() for c in text) for text in _tweets())


def short_answer(text: str) -> list[str]:
    """A worked answer in one expression."""
    pattern = r"[:;=][-o']?[)(dp/]|\w+(?=n't\b)|n't\b|'\w+|\w+|[^\w\s]"
    return re.findall(pattern, text.lower().replace("’", "'"))


CUT = Exercise(
    id="08.1",
    question=(
        "Write tokenize(text): lower case, punctuation apart, don't cut into do and n't, and :) "
        "kept whole."
    ),
    expects="a function from a text to the list of its words",
    judge=_judge,
    mistakes=(
        Mistake(
            "split",
            lambda text: text.lower().split(),
            "A comma sticks to its word, and `like,` is not a word in GloVe. Section 2 shows how "
            "many tokens are lost that way.",
        ),
        Mistake(
            "case",
            lambda text: re.findall(r"[:;]\)|\w+(?=n't)|n't|\w+|[^\w\s]", text),
            "GloVe 6B was trained on text without capitals, so a word with one is never found.",
        ),
        Mistake(
            "negation",
            lambda text: re.findall(r"[:;]\)|\w+|[^\w\s]", text.lower().replace("'", "")),
            "The negation is lost. GloVe's corpus cut don't into two words; look up which two have "
            "a vector that you would trust.",
        ),
        Mistake(
            "faces",
            lambda text: re.findall(r"\w+(?=n't\b)|n't\b|\w+|[.,!?]", text.lower()),
            "`:)` did not come through whole. It is one of the most frequent tokens of the tweets, "
            "and the most honest one.",
        ),
    ),
)
