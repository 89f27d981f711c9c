"""Exercises of chapter 10, beyond classification."""

from tlcourse.exercises.ch10_cam import CLASS_MAP
from tlcourse.exercises.ch10_flip import FLIP_BOXES
from tlcourse.exercises.ch10_gram import GRAM
from tlcourse.exercises.ch10_numbers import AVERAGE_PRECISION, OVERLAP
from tlcourse.exercises.ch10_sticker import STICKER

EXERCISES = (OVERLAP, FLIP_BOXES, CLASS_MAP, STICKER, AVERAGE_PRECISION, GRAM)
