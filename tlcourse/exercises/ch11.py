"""Exercises of chapter 11, in the field."""

from tlcourse.exercises.ch11_numbers import BREAK_EVEN, UNDO_THE_WEIGHTS, WHOSE_ALARM
from tlcourse.exercises.ch11_quantize import QUANTIZE
from tlcourse.exercises.ch11_threshold import THRESHOLD
from tlcourse.exercises.ch11_toward import TOWARD

EXERCISES = (
    THRESHOLD,
    UNDO_THE_WEIGHTS,
    WHOSE_ALARM,
    TOWARD,
    BREAK_EVEN,
    QUANTIZE,
)
