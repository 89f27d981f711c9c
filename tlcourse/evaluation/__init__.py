"""Measuring models: accuracy with intervals, comparisons, calibration, learning curves."""

from tlcourse.evaluation.calibration import calibration, temperature
from tlcourse.evaluation.compare import Comparison, compare, holm, mcnemar
from tlcourse.evaluation.crossval import CrossValidation, cross_validate
from tlcourse.evaluation.evaluate import evaluate, measure
from tlcourse.evaluation.intervals import Interval, bootstrap, interval, wilson
from tlcourse.evaluation.learning_curve import LearningCurve, learning_curve
from tlcourse.evaluation.result import Cost, Result
from tlcourse.evaluation.transfer_gain import Gain, gain_curve, transfer_gain
from tlcourse.evaluation.two_way import two_way_bootstrap

__all__ = [
    "Comparison",
    "Cost",
    "CrossValidation",
    "Gain",
    "Interval",
    "LearningCurve",
    "Result",
    "bootstrap",
    "calibration",
    "compare",
    "cross_validate",
    "evaluate",
    "gain_curve",
    "holm",
    "interval",
    "learning_curve",
    "mcnemar",
    "measure",
    "temperature",
    "transfer_gain",
    "two_way_bootstrap",
    "wilson",
]
