"""Errors that a learner may see.

Every message says what happened, what was expected, and what to do next. The
command line prints the message alone, without a traceback, and exits with
status 2.
"""


class CourseError(Exception):
    """Base of every error that the course raises on purpose."""


class DataError(CourseError):
    """A data set, an image or a folder cannot be used as it is."""


class SealError(CourseError):
    """The sealed test part of a split was asked for in a way that would spoil it."""


class WeightsError(CourseError):
    """Pretrained weights are missing, damaged or of the wrong shape."""


class CacheError(CourseError):
    """A cache entry cannot be written or is damaged beyond recomputing."""
