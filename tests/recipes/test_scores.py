"""Scores on holdouts: intervals, paired differences, verdicts."""

import numpy as np
import pytest
from scipy import stats

from tlcourse.recipes import decided, scores

HOLDOUTS = [(np.arange(80), np.arange(80, 100))] * 4


def test_interval_is_the_corrected_t_interval():
    values = np.array([0.70, 0.80, 0.75, 0.85])
    found = scores("a", values, HOLDOUTS)
    half = stats.t.ppf(0.975, 3) * values.std(ddof=1) * np.sqrt(1 / 4 + 20 / 80)
    assert found.estimate == pytest.approx(0.775)
    assert found.low == pytest.approx(0.775 - half)
    assert found.high == pytest.approx(min(1, 0.775 + half))


def test_interval_stays_between_0_and_1():
    found = scores("a", [0.05, 0.95], HOLDOUTS)
    assert (found.low, found.high) == (0.0, 1.0)


def test_difference_is_paired():
    a = scores("a", [0.50, 0.60, 0.70, 0.80], HOLDOUTS)
    b = scores("b", [0.41, 0.51, 0.61, 0.69], HOLDOUTS)
    assert decided(a.minus(b)) == "better"
    assert decided(b.minus(a)) == "worse"
    # Shuffled, the same accuracies prove nothing: the pairs carried the evidence.
    shuffled = scores("b", [0.69, 0.61, 0.51, 0.41], HOLDOUTS)
    assert decided(a.minus(shuffled)) == "undecided"


def test_a_variant_with_fewer_holdouts_meets_the_first_ones():
    many = scores("many", [0.9, 0.8, 0.1, 0.1], HOLDOUTS)
    few = scores("few", [0.5, 0.5], HOLDOUTS)
    assert many.minus(few).difference == pytest.approx(0.35)


def test_sizes_come_from_the_holdouts():
    found = scores("a", [0.5, 0.6], HOLDOUTS, weights=7, seconds=1.5)
    assert (found.n_train, found.n_test, found.weights, found.seconds) == (80, 20, 7, 1.5)
    assert str(found).startswith("a: 0.550 [")
