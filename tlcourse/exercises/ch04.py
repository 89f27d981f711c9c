"""Exercises of chapter 04, fine-tuning."""

from tlcourse.exercises.ch04_alpha import CHOOSE_ALPHA
from tlcourse.exercises.ch04_counts import MOVING_AVERAGES, WHAT_TRAINS
from tlcourse.exercises.ch04_rates import LAYER_RATES, SUGGEST_RATE
from tlcourse.exercises.ch04_unfreeze import UNFREEZE

EXERCISES = (WHAT_TRAINS, UNFREEZE, SUGGEST_RATE, LAYER_RATES, MOVING_AVERAGES, CHOOSE_ALPHA)
