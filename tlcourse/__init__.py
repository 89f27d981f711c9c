"""tlcourse: the helper package of the transfer-learning course."""

__version__ = "0.1.0"
