"""How common is it? The same test means different things in different places."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit, logit

from tlcourse.errors import DataError


def _share(name: str, value: Any) -> np.ndarray:
    value = np.asarray(value, float)
    if not ((value >= 0) & (value <= 1)).all():
        raise DataError(f"The {name} is {value}. Expected a share from 0 to 1, not percent.")
    return value


def ppv(sensitivity: Any, specificity: Any, prevalence: Any) -> Any:
    """Return the positive predictive value: of those with an alarm, the share that is sick.

    Bayes: se·π / (se·π + (1 − sp)·(1 − π)). Numbers or arrays; NaN where nobody raises an
    alarm.

    Example:
        >>> round(float(ppv(0.9, 0.9, 0.5)), 3)
        0.9
    """
    sick = _share("sensitivity", sensitivity) * _share("prevalence", prevalence)
    healthy = (1 - _share("specificity", specificity)) * (1 - np.asarray(prevalence, float))
    alarms = sick + healthy
    return np.divide(sick, alarms, out=np.full(np.shape(alarms), np.nan), where=alarms > 0)


def npv(sensitivity: Any, specificity: Any, prevalence: Any) -> Any:
    """Return the negative predictive value: of those without an alarm, the share healthy."""
    return ppv(specificity, sensitivity, 1 - _share("prevalence", prevalence))


def counts_of(
    sensitivity: float, specificity: float, prevalence: float, *, of: int = 1000
) -> dict[str, int]:
    """Return how many of `of` people are true alarms, false alarms, missed, and left alone.

    Rounded to whole people: the sick and the healthy always add up to `of`.
    """
    sick = round(of * float(_share("prevalence", prevalence)))
    hits = round(sick * float(_share("sensitivity", sensitivity)))
    false = round((of - sick) * (1 - float(_share("specificity", specificity))))
    return {
        "true alarm": hits,
        "missed": sick - hits,
        "false alarm": false,
        "correct no": of - sick - false,
    }


def correct_prior(probability: Any, *, trained: float, used: float) -> np.ndarray:
    """Return probabilities for a place where the sick are more or less common.

    If only the base rate π changed and the sick look equally sick, then Bayes' rule moves
    every logit by the same number, logit(π_used) − logit(π_trained). Ranks stay as they are.

    Args:
        probability: The model's probabilities of being sick, any shape.
        trained: Share of the sick that the model was trained with. With balanced class
            weights this is one half, whatever the data held.
        used: Share of the sick where it is used.

    Raises:
        DataError: If a share is not strictly between 0 and 1.

    Source: Elkan 2001, "The Foundations of Cost-Sensitive Learning", IJCAI, theorem 2.
    """
    for name, value in (("trained", trained), ("used", used)):
        if not 0 < value < 1:
            raise DataError(
                f"The base rate {name}= is {value}. Expected a share strictly between 0 and 1."
            )
    return expit(logit(_share("probability", probability)) + logit(used) - logit(trained))
