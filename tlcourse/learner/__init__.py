"""What the learner has done so far, kept in one file on the learner's own computer."""

from tlcourse.learner.course_map import ChapterProgress, CourseMap, progress
from tlcourse.learner.record import VARIABLE, progress_file, reset

__all__ = ["VARIABLE", "ChapterProgress", "CourseMap", "progress", "progress_file", "reset"]
