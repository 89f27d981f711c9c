"""The door to the learner's map: `tl.progress()`. The work is done in `tlcourse.learner`."""

from tlcourse.learner import progress

__all__ = ["progress"]
