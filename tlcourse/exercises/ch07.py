"""Exercises of chapter 07, different tasks and different domains."""

from tlcourse.exercises.ch07_client import CLIENT
from tlcourse.exercises.ch07_coral import CORAL
from tlcourse.exercises.ch07_judge import JUDGE
from tlcourse.exercises.ch07_mmd import UNBIASED_MMD
from tlcourse.exercises.ch07_words import NAME_THE_GAP, WHO_PEEKS

EXERCISES = (NAME_THE_GAP, CORAL, WHO_PEEKS, UNBIASED_MMD, CLIENT, JUDGE)
