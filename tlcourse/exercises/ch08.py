"""Exercises of chapter 08, text."""

from tlcourse.exercises.ch08_cut import CUT
from tlcourse.exercises.ch08_deploy import DEPLOY
from tlcourse.exercises.ch08_negative import NEGATIVE
from tlcourse.exercises.ch08_rotation import ROTATION
from tlcourse.exercises.ch08_votes import VOTES

EXERCISES = (CUT, VOTES, DEPLOY, NEGATIVE, ROTATION)
