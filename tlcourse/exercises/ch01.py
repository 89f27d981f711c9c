"""Exercises of chapter 01, background."""

from tlcourse.exercises.ch01_cut import CHOOSE_CUT
from tlcourse.exercises.ch01_gains import NEGATIVE, PAIRED_GAIN
from tlcourse.exercises.ch01_joint import JOINT_LOSS
from tlcourse.exercises.ch01_words import COUNT_TRAINED, NAME_THE_FOUR

EXERCISES = (NAME_THE_FOUR, COUNT_TRAINED, PAIRED_GAIN, NEGATIVE, CHOOSE_CUT, JOINT_LOSS)
