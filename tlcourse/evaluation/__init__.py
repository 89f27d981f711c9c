"""Measuring models: accuracy with intervals, comparisons, calibration, learning curves."""

from tlcourse.evaluation.evaluate import evaluate, measure
from tlcourse.evaluation.result import Cost, Result

__all__ = ["Cost", "Result", "evaluate", "measure"]
