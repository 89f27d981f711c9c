"""Exercises of chapter 05, evaluation."""

from tlcourse.exercises.ch05_calibration import MISCALIBRATED
from tlcourse.exercises.ch05_interval import CORRECTED_INTERVAL
from tlcourse.exercises.ch05_numbers import READ_A_RESULT
from tlcourse.exercises.ch05_pipeline import REPAIR
from tlcourse.exercises.ch05_transfer import NAME_THE_TRANSFER
from tlcourse.exercises.ch05_words import WHO_STAYS_TOGETHER

EXERCISES = (
    READ_A_RESULT,
    WHO_STAYS_TOGETHER,
    REPAIR,
    CORRECTED_INTERVAL,
    MISCALIBRATED,
    NAME_THE_TRANSFER,
)
