"""The door to the quizzes: `tl.quiz("03")`. The work is done in `tlcourse.exercises.quizzes`."""

from tlcourse.exercises.quizzes import quiz

__all__ = ["quiz"]
