"""Exercise 5.6: name the transfer. The function meets hidden tables of hits of all kinds."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from tlcourse.evaluation.two_way import two_way_bootstrap
from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    as_numbers,
    call,
    describe,
    other,
    right,
)

Answer = tuple[float, float, float, str]
WORDS = ("positive", "negative", "undecided")
_GAIN, _END = 1e-6, 0.012  # tolerances; the ends of a bootstrap wobble a little
_DRAWS, _ITEMS = 6, 150
# Accuracy with and without transfer. In the last case the truth is zero, the mean is not.
_CASES = ((0.8, 0.55), (0.5, 0.75), (0.72, 0.7))
_CLEAR = 2  # the case that tells most mistakes apart


@lru_cache(maxsize=4)
def hidden(case: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two tables of hits, bool (draws, items), that share hard items and lucky draws."""
    rng = np.random.default_rng(560 + case)
    hard = rng.normal(0, 1.2, _ITEMS)  # the same test items on both sides
    shared = np.linspace(-1, 1, _DRAWS)[:, None]  # the same training draws
    tables = []
    for accuracy, own in zip(_CASES[case], (0.35, -0.35), strict=True):
        luck = 0.8 * shared + own * rng.permutation(np.linspace(-1, 1, _DRAWS))[:, None]
        noise = rng.normal(0, 0.4, (_DRAWS, _ITEMS))
        score = luck + hard + noise
        tables.append(score > np.quantile(score, 1 - accuracy))
    return tables[0], tables[1]


def name_transfer(
    with_: np.ndarray,
    without: np.ndarray,
    *,
    rows: bool = True,
    paired: bool = True,
    by_mean: bool = False,
    draws: int = 2000,
) -> Answer:
    """Return (gain, low, high, word): right with the defaults, wrong in one way otherwise."""
    a, b = np.asarray(with_, float), np.asarray(without, float)
    gain = float((a - b).mean())
    rng = np.random.default_rng(0)
    means = []
    J, n = a.shape

    def resample(table: np.ndarray) -> float:
        row = rng.integers(J, size=J) if rows else np.arange(J)
        return table[row][:, rng.integers(n, size=n)].mean()

    for _ in range(draws):
        means.append(resample(a - b) if paired else resample(a) - resample(b))
    low, high = (float(end) for end in np.percentile(means, [2.5, 97.5]))
    if by_mean:
        return gain, low, high, WORDS[0] if gain > 0 else WORDS[1]
    return gain, low, high, _word(low, high)


def _word(low: float, high: float) -> str:
    return WORDS[0] if low > 0 else WORDS[1] if high < 0 else WORDS[2]


@lru_cache(maxsize=4)
def _truth(case: int) -> tuple[float, float, float]:
    a, b = hidden(case)
    found = two_way_bootstrap(a.astype(float) - b, draws=4000)
    return found.estimate, found.low, found.high


def _judge(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    for case in (_CLEAR, 0, 1):
        a, b = hidden(case)
        found = call(answer, a.copy(), b.copy())
        if found is None or found is ...:
            return NOT_ATTEMPTED
        read = _read(found)
        if read is None:
            return other(
                f"The function returned {describe(found)}. Expected (gain, low, high, word), the "
                f"word one of {', '.join(WORDS)}."
            )
        verdict = _judge_numbers(read[0], case, exercise)
        if verdict is None and read[1] != _word(*_truth(case)[1:]):
            verdict = exercise.wrong("word from the mean")
        if verdict is not None:
            return verdict
    return right("Three hidden comparisons, three right words.")


def _read(found: Any) -> tuple[np.ndarray, str] | None:
    if not isinstance(found, (tuple, list)) or len(found) != 4 or not isinstance(found[3], str):
        return None
    numbers = as_numbers(list(found[:3]), 3)
    word = found[3].strip().lower().removesuffix(" transfer")
    return None if numbers is None or word not in WORDS else (numbers, word)


def _judge_numbers(values: np.ndarray, case: int, exercise: Exercise) -> Verdict | None:
    gain, low, high = _truth(case)
    if abs(values[0] - gain) <= _GAIN and np.abs(values[1:] - (low, high)).max() <= _END:
        return None
    if abs(values[0] + gain) <= _GAIN:
        return exercise.wrong("sign")
    if np.abs(values).max() > 1:
        return exercise.wrong("points")
    if abs(values[0] - gain) > _GAIN:
        return other("The gain is not the mean over draws and test items of with − without.")
    if values[1] > values[2]:
        return other("The ends are swapped: gain, low, high, word.")
    for name, slip in (("items only", {"rows": False}), ("unpaired", {"paired": False})):
        ends = name_transfer(*hidden(case), **slip)[1:3]
        if np.abs(values[1:] - ends).max() <= 2 * _END:
            return exercise.wrong(name)
    ratio = (values[2] - values[1]) / (high - low)
    return other(
        f"The gain is right; its interval is {ratio:.2f} times as wide as it should be. Draw "
        f"training draws and test items again, both with replacement, both sides together."
    )


def _sign(with_: np.ndarray, without: np.ndarray) -> Answer:
    return name_transfer(without, with_)


def _points(with_: np.ndarray, without: np.ndarray) -> Answer:
    gain, low, high, word = name_transfer(with_, without)
    return 100 * gain, 100 * low, 100 * high, word


def _slip(**changed: Any) -> Callable[[np.ndarray, np.ndarray], Answer]:
    return lambda with_, without: name_transfer(with_, without, **changed)


NAME_THE_TRANSFER = Exercise(
    id="05.6",
    question=(
        "Write transfer_verdict(with_, without) for two tables of hits, (draws, test items): gain, "
        "low, high, and the word positive, negative or undecided."
    ),
    expects="a function of two bool tables that returns (gain, low, high, word)",
    judge=_judge,
    mistakes=(
        Mistake("sign", _sign, "The sign is turned round. The gain is what transfer adds."),
        Mistake(
            "points",
            _points,
            "Some numbers are above 1. Give the gain and its ends as fractions, not points.",
        ),
        Mistake(
            "items only",
            _slip(rows=False),
            "Your interval is too narrow: test items were drawn again, but the training draws vary "
            "too.",
        ),
        Mistake(
            "unpaired",
            _slip(paired=False),
            "Your interval is too wide. Both sides answer the same test items: pair them, and "
            "noise they share cancels.",
        ),
        Mistake(
            "word from the mean",
            _slip(by_mean=True),
            "The word does not follow from the interval. A mean below zero is no proof while the "
            "interval reaches across.",
        ),
    ),
)
