"""Exercises of chapter 00, start here."""

from tlcourse.exercises.ch00_fair import FAIR
from tlcourse.exercises.ch00_numbers import GUESSING, SECONDS, WIDTH
from tlcourse.exercises.ch00_results import HARDEST, MORE_LABELS

EXERCISES = (GUESSING, WIDTH, SECONDS, MORE_LABELS, HARDEST, FAIR)
