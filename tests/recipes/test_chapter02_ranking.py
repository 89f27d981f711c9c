"""Rankings of a score against the truth, verdicts, statements, and who may vote."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import weightedtau

from tlcourse.recipes.chapter02_ranking import Statement, better_ranking, may_vote, ranking, verdict

NAMES = ["a", "b", "c", "d", "e", "f"]
TRUTHS = np.array([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.2, 0.1, 0.3, 0.4, 0.6, 0.5]])


def test_a_score_in_the_order_of_the_truth_has_tau_one_and_no_regret():
    found = ranking("s", "t", 10 * TRUTHS, TRUTHS, NAMES, draws=50)
    assert found.tau.estimate == pytest.approx(1)
    assert found.single == pytest.approx((1, 1))
    assert found.regret == 0
    assert found.first in ("e", "f")


def test_a_reversed_score_has_negative_tau_and_the_largest_regret():
    found = ranking("s", "t", -TRUTHS, TRUTHS, NAMES, draws=50)
    assert found.tau.estimate < -0.9
    assert found.regrets == pytest.approx((0.5, 0.5))
    assert "regret 0.500" in str(found)


def test_single_halves_equal_scipy(rng):
    scores = rng.normal(size=TRUTHS.shape)
    found = ranking("s", "t", scores, TRUTHS, NAMES, draws=20)
    for i in (0, 1):
        assert found.single[i] == pytest.approx(weightedtau(scores[i], TRUTHS[i]).statistic)


def test_a_score_that_says_the_same_of_all_has_no_order():
    scores = np.vstack([np.ones(6), TRUTHS[1]])
    assert ranking("s", "t", scores, TRUTHS, NAMES, draws=20).single[0] == 0


def test_the_difference_of_two_rankings_has_a_sign_and_a_verdict():
    better = better_ranking(TRUTHS, -TRUTHS, TRUTHS, draws=200)
    assert better.low > 0
    assert verdict(better) == "higher"
    assert verdict(better_ranking(-TRUTHS, TRUTHS, TRUTHS, draws=200)) == "lower"
    assert verdict(better_ranking(TRUTHS, TRUTHS, TRUTHS, draws=50)) == "undecided"


def test_a_statement_is_supported_above_zero_only():
    above, across = SimpleNamespace(low=0.1, high=0.2), SimpleNamespace(low=-0.1, high=0.2)
    assert Statement("x", above).supported
    assert not Statement("x", across).supported
    assert not Statement("x").supported
    assert "[+0.100, +0.200]" in str(Statement("x", above))
    assert str(Statement("x")) == "x"


def test_groups_vote_only_where_every_class_has_two():
    labels = np.array([0, 0, 1, 1])
    groups = np.array(["p", "q", "p", "q"])
    assert may_vote(labels, groups) is groups
    assert may_vote(labels, np.array(["p", "p", "q", "r"])) is None
