"""Exercise 8.2: what each word of a sentence adds to the logit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tlcourse.datasets.glove import WordVectors
from tlcourse.exercises.exercise import Exercise, Mistake, Verdict, as_numbers, other, right
from tlcourse.text.heads import head_weights


def _parts(tokens: Sequence[str], vectors: WordVectors, head: Any) -> tuple:
    """Return the vectors of known words (k, d), w, b and the number of tokens."""
    w, b = head_weights(head)
    return vectors.lookup(list(tokens)), w, b, len(tokens)


def votes(*, tokens: Sequence[str], vectors: WordVectors, head: Any) -> np.ndarray:
    """Return the worked answer: w·e / L for each known word."""
    known, w, _, _ = _parts(tokens, vectors, head)
    return known @ w / len(known)


def _too_large(*, tokens: Sequence[str], vectors: WordVectors, head: Any) -> np.ndarray:
    known, w, _, _ = _parts(tokens, vectors, head)
    return known @ w


def _unknown_counted(*, tokens: Sequence[str], vectors: WordVectors, head: Any) -> np.ndarray:
    known, w, _, n = _parts(tokens, vectors, head)
    return known @ w / n


def _intercept_each(*, tokens: Sequence[str], vectors: WordVectors, head: Any) -> np.ndarray:
    known, w, b, _ = _parts(tokens, vectors, head)
    return known @ w / len(known) + b


def _unscaled(*, tokens: Sequence[str], vectors: WordVectors, head: Any) -> np.ndarray:
    known = vectors.lookup(list(tokens))
    return known @ head[-1].coef_[0] / len(known)


_WRONG = {
    "not divided": _too_large,
    "unknown words": _unknown_counted,
    "intercept": _intercept_each,
    "scaler": _unscaled,
}


def _judge(
    answer: Any, exercise: Exercise, *, tokens: Sequence[str], vectors: WordVectors, head: Any
) -> Verdict:
    """Judge one number for each known word."""
    made = {"tokens": tokens, "vectors": vectors, "head": head}
    expected = votes(**made)
    if not isinstance(answer, (list, tuple, np.ndarray)):
        return exercise.unexpected(answer)
    given = as_numbers(answer, len(expected))
    if given is None:
        n = np.size(answer)
        return other(
            f"Received {n} values, or values that are no numbers. {len(expected)} of the "
            f"{len(tokens)} tokens have a vector. Expected {exercise.expects}."
        )
    if np.allclose(given, expected, atol=1e-4):
        known = [t for t in tokens if t in vectors]
        loudest = known[int(np.argmax(np.abs(expected)))]
        return right(f"With the constant they add up to the logit. The loudest is '{loudest}'.")
    for name, wrong in _WRONG.items():
        if np.allclose(given, wrong(**made), atol=1e-4):
            return exercise.wrong(name)
    return other(
        "These numbers do not add up to the logit. The mean of the vectors goes through the "
        "scaler, then through w: which number does one word put in?"
    )


VOTES = Exercise(
    id="08.2",
    question=(
        "Return what each known word of the sentence adds to the logit, in order. Together with a "
        "constant they give the logit of the head."
    ),
    expects="one number for each word that has a vector, in order",
    judge=_judge,
    materials=("tokens", "vectors", "head"),
    mistakes=(
        Mistake(
            "not divided",
            _too_large,
            "The direction is right and the size is not: the head sees the mean of the vectors, "
            "and a mean divides by something.",
        ),
        Mistake(
            "unknown words",
            _unknown_counted,
            "You divided by all tokens. Those without a vector were skipped, not averaged in as "
            "zeros.",
        ),
        Mistake(
            "intercept",
            _intercept_each,
            "The constant has found its way into every word. It votes once, whatever the length "
            "of the sentence.",
        ),
        Mistake(
            "scaler",
            _unscaled,
            "The weights belong to standardized features and your vectors are not standardized. "
            "What does the first step of `head` do?",
        ),
    ),
)
