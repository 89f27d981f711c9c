"""Exercises of chapter 09, speech."""

from tlcourse.exercises.ch09_cause import MISSING_CELL
from tlcourse.exercises.ch09_numbers import COUNT_THE_PICTURE
from tlcourse.exercises.ch09_pool import POOL_THE_RIGHT_AXIS
from tlcourse.exercises.ch09_split import DEFEND_THE_SPLIT
from tlcourse.exercises.ch09_words import KEEPS_THE_LABEL

EXERCISES = (
    COUNT_THE_PICTURE,
    KEEPS_THE_LABEL,
    POOL_THE_RIGHT_AXIS,
    DEFEND_THE_SPLIT,
    MISSING_CELL,
)
