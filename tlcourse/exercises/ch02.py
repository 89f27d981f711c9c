"""Exercises of chapter 02, choosing a model."""

from tlcourse.exercises.ch02_candidate import ENTER
from tlcourse.exercises.ch02_evidence import REPAIR
from tlcourse.exercises.ch02_leep import LEEP_BY_HAND, THE_FLOOR
from tlcourse.exercises.ch02_regret import REGRET
from tlcourse.exercises.ch02_statements import SUPPORTED

EXERCISES = (REGRET, REPAIR, SUPPORTED, LEEP_BY_HAND, THE_FLOOR, ENTER)
