"""Exercises of chapter 06, overfitting."""

from tlcourse.exercises.ch06_anchor import L2_SP
from tlcourse.exercises.ch06_diagnosis import NAME_THE_DISEASE
from tlcourse.exercises.ch06_numbers import LUCK_OF_THE_BEST, SOFT_TARGETS
from tlcourse.exercises.ch06_prescription import PRESCRIBE
from tlcourse.exercises.ch06_unit import ONE_NUMBER

EXERCISES = (NAME_THE_DISEASE, ONE_NUMBER, SOFT_TARGETS, L2_SP, LUCK_OF_THE_BEST, PRESCRIBE)
