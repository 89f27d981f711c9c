"""Worked answers to the exercises of chapter 11, and what their checks need."""

import numpy as np

from tlcourse.exercises import ch11_quantize, ch11_toward
from tlcourse.field.costs import break_even
from tlcourse.field.prevalence import ppv
from tlcourse.field.thresholds import threshold_at_specificity


def higher(scores, sick, specificity):
    return np.quantile(scores[sick == 0], specificity, method="inverted_cdf")


def by_hand(kernel, bits):
    levels = 2 ** (bits - 1) - 1
    scale = np.abs(kernel).max(axis=(0, 1, 2), keepdims=True) / levels
    scale[scale == 0] = 1
    return np.rint(kernel / scale).astype("int8"), scale


WORKED = {
    "11.1": [threshold_at_specificity, higher],
    "11.2": [-1.88, float(np.log(84 / 551)), np.float32(-1.881)],
    "11.3": [0.1316, float(ppv(0.75, 0.95, 0.01)), np.array([0.131579])],
    "11.4": [ch11_toward.worked, ch11_toward.by_minimizer],
    "11.5": [0.1176, break_even(4500, 600), 600 / 5100],
    "11.6": [ch11_quantize.worked, by_hand],
}


def materials(exercise_id):
    """No exercise of this chapter needs any."""
    return {}
