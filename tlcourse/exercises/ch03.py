"""Exercises of chapter 03, feature extraction."""

from tlcourse.exercises.ch03_features import FEATURES
from tlcourse.exercises.ch03_head import HONEST_HEAD
from tlcourse.exercises.ch03_numbers import COUNT_THE_HEAD, WHAT_VGG_SEES
from tlcourse.exercises.ch03_words import DIAGNOSE, STALE_KEY

EXERCISES = (WHAT_VGG_SEES, COUNT_THE_HEAD, STALE_KEY, FEATURES, DIAGNOSE, HONEST_HEAD)
