"""Exercises 4.3 and 4.4: read a rate from a curve, and give each layer its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from tlcourse.exercises.exercise import (
    NOT_ATTEMPTED,
    Exercise,
    Mistake,
    Verdict,
    as_numbers,
    call,
    other,
    right,
)

_TOLERANCE = 0.01

# 4.3 suggest_rate

Curve = tuple[np.ndarray, np.ndarray]


@lru_cache(maxsize=1)
def curves() -> tuple[Curve, ...]:
    """Return three curves: a clean one, one that dips again after it exploded, one with NaN."""
    rates = np.geomspace(1e-6, 1e-1, 51)
    steps = np.arange(51.0)
    clean = 2.0 - 1.5 * np.exp(-(((steps - 30) / 9) ** 2)) + np.where(steps > 36, steps - 36, 0)
    late = clean.copy()
    late[46:] = 0.2
    broken = clean.copy()
    broken[44:] = np.nan
    return (rates, clean), (rates, late), (rates, broken)


def suggest_rate(rates: Sequence[float], losses: Sequence[float]) -> float:
    """Return a right answer: a tenth of the rate at the minimum before the first explosion."""
    rates, losses = np.asarray(rates), np.asarray(losses)
    best, at = np.inf, 0
    for i, loss in enumerate(losses):
        if not np.isfinite(loss) or loss > 4 * best:
            break
        if loss < best:
            best, at = loss, i
    return float(rates[at] / 10)


def _at_minimum(rates: Any, losses: Any) -> float:
    return 10 * suggest_rate(rates, losses)


def _late_dip(rates: Any, losses: Any) -> float:
    return float(np.asarray(rates)[np.nanargmin(losses)] / 10)


def _not_a_number(rates: Any, losses: Any) -> float:
    losses = np.asarray(losses)
    return float("nan") if np.isnan(losses).any() else suggest_rate(rates, losses)


def _an_index(rates: Any, losses: Any) -> int:
    return int(np.argmin(np.abs(np.asarray(rates) - _at_minimum(rates, losses))))


def _largest(rates: Any, losses: Any) -> float:
    losses = np.where(np.isfinite(losses), losses, -np.inf)
    return float(np.asarray(rates)[int(np.argmax(losses))] / 10)


def _one_number(value: Any) -> float | None:
    """Return a number, NaN included, or None."""
    if isinstance(value, (float, np.floating)) and np.isnan(value):
        return float("nan")
    numbers = as_numbers([value], 1)
    return None if numbers is None else float(numbers[0])


def _same(values: Sequence[float | None], wanted: Sequence[float]) -> bool:
    return all(
        v is not None and np.isclose(v, w, rtol=_TOLERANCE, atol=0, equal_nan=True)
        for v, w in zip(values, wanted, strict=True)
    )


def _judge_suggestion(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    raw = [call(answer, rates.copy(), losses.copy()) for rates, losses in curves()]
    if all(value is None or value is ... for value in raw):
        return NOT_ATTEMPTED
    given = [_one_number(value) for value in raw]
    if None in given:
        return other("Your function returned something else than one number. Return a rate.")
    if _same(given, [suggest_rate(*curve) for curve in curves()]):
        return right("A tenth of the rate at the minimum, read before the first explosion.")
    for mistake in exercise.mistakes:
        if _same(given, [mistake.example(*curve) for curve in curves()]):
            return exercise.wrong(mistake.name)
    return other(
        "On one of the three curves the rate is not a tenth of the one at the minimum. One curve "
        "dips again after it exploded, and one ends in NaN."
    )


SUGGEST_RATE = Exercise(
    id="04.3",
    question=(
        "Write suggest_rate(rates, losses): a tenth of the rate at the lowest smoothed loss, "
        "looking only at the part before the loss first exceeds four times its best so far."
    ),
    expects="a function that takes rates and losses and returns one rate",
    judge=_judge_suggestion,
    mistakes=(
        Mistake(
            "the minimum itself",
            _at_minimum,
            "That is the rate at the minimum. It sits on the edge: section 4 died near it.",
        ),
        Mistake(
            "late dip",
            _late_dip,
            "You found a dip that comes after the loss had exploded. Stop at the first explosion.",
        ),
        Mistake(
            "NaN",
            _not_a_number,
            "Your function returned NaN on the curve that ends in NaN. Leave such losses out "
            "first.",
        ),
        Mistake("an index", _an_index, "That is a position in the list, not a rate."),
        Mistake(
            "highest loss",
            _largest,
            "That belongs to the highest loss. The finder looks for the lowest one.",
        ),
    ),
)

# 4.4 layer_rates

NAMES = ("block5_conv1", "block5_conv2", "block5_conv3", "head")
_CASES = ((NAMES, 1e-4, 0.3), (("a", "b", "c", "d", "head"), 1e-3, 0.5))
Rates = Callable[[Sequence[str], float, float], Any]


def layer_rates(names: Sequence[str], base: float, decay: float) -> list[float]:
    """Return a right answer: base * decay**depth, the head having depth 0."""
    return [base * decay ** (len(names) - 1 - i) for i in range(len(names))]


def _reversed(names: Sequence[str], base: float, decay: float) -> list[float]:
    return layer_rates(names, base, decay)[::-1]


def _linear(names: Sequence[str], base: float, decay: float) -> list[float]:
    depths = range(len(names) - 1, -1, -1)
    return [base * decay * depth if depth else base for depth in depths]


def _equal(names: Sequence[str], base: float, decay: float) -> list[float]:
    return [base for _ in names]


def _one_deeper(names: Sequence[str], base: float, decay: float) -> list[float]:
    return [rate * decay for rate in layer_rates(names, base, decay)]


def _growing(names: Sequence[str], base: float, decay: float) -> list[float]:
    return [base / decay**depth for depth in range(len(names) - 1, -1, -1)]


def _listed(value: Any, names: Sequence[str]) -> np.ndarray | None:
    if isinstance(value, dict):
        value = [value.get(name) for name in names]
    return as_numbers(value, len(names))


def _judge_rates(answer: Any, exercise: Exercise) -> Verdict:
    if not callable(answer):
        return exercise.unexpected(answer)
    raw = [call(answer, list(names), base, decay) for names, base, decay in _CASES]
    if all(value is None or value is ... for value in raw):
        return NOT_ATTEMPTED
    given = [_listed(value, case[0]) for value, case in zip(raw, _CASES, strict=True)]
    if any(values is None for values in given):
        return other("Return one rate for each name, in their order, or a dictionary of them.")

    def equals(function: Rates) -> bool:
        return all(
            np.allclose(values, function(*case), rtol=_TOLERANCE, atol=0)
            for values, case in zip(given, _CASES, strict=True)
        )

    if equals(layer_rates):
        return right(
            "The head has the full rate, and each layer before it a fixed share of the next."
        )
    for mistake in exercise.mistakes:
        if equals(mistake.example):
            return exercise.wrong(mistake.name)
    return other("Write down the depth of each name first: the head has 0, the layer before it 1.")


LAYER_RATES = Exercise(
    id="04.4",
    question=(
        "Write layer_rates(names, base, decay): the rate of each layer, names ordered from input "
        "to head. The head has depth 0, and depth d has the rate base * decay**d."
    ),
    expects="a function that takes names, base and decay and returns one rate for each name",
    judge=_judge_rates,
    mistakes=(
        Mistake(
            "reversed",
            _reversed,
            "The order is turned round. Early layers hold general features: they get the smallest "
            "rate.",
        ),
        Mistake(
            "linear", _linear, "Linear steps. Multiply for each layer: base times decay to a power."
        ),
        Mistake("all equal", _equal, "All rates are equal: the depth never entered."),
        Mistake("one deeper", _one_deeper, "The head has depth 0, not depth 1."),
        Mistake(
            "growing",
            _growing,
            "The rates grow toward the input. You divided by the decay where it multiplies.",
        ),
    ),
)
