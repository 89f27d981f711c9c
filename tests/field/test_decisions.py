"""Thresholds, prevalence, abstention, costs, stability: against counting and closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlcourse import field as F
from tlcourse.errors import DataError


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=4, max_size=60),
    st.sampled_from([0.5, 0.8, 0.9, 0.95, 1.0]),
)
def test_the_threshold_is_the_smallest_score_that_keeps_the_specificity(pairs, wanted):
    scores = np.array([s for s, _ in pairs], float)
    sick = np.array([y for _, y in pairs]).astype(int)
    if len(set(sick)) < 2:
        return
    t = F.threshold_at_specificity(scores, sick, wanted)
    healthy = scores[sick == 0]
    assert np.mean(healthy <= t) >= wanted - 1e-12
    smaller = [s for s in healthy if s < t]
    assert all(np.mean(healthy <= s) < wanted for s in smaller)
    assert t in healthy


def test_decide_counts():
    found = F.decide([0.1, 0.6, 0.7, 0.2], [0, 0, 1, 1], 0.5)
    assert (found.sensitivity, found.specificity, found.n_sick, found.n_healthy) == (0.5, 0.5, 2, 2)
    low, high = found.sensitivity_interval
    assert low < 0.5 < high


@pytest.mark.parametrize(
    ("scores", "sick"),
    [
        ([0.1, 0.2], [0, 0]),
        ([0.1], [0, 1]),
        ([np.nan, 1], [0, 1]),
        ([[1, 2]], [[0, 1]]),
        ([1, 2], [0, 2]),
    ],
)
def test_scores_that_cannot_be_judged(scores, sick):
    with pytest.raises(DataError, match=r"Expected|must"):
        F.decide(scores, sick, 0.5)
    with pytest.raises(DataError, match=r"Expected|must"):
        F.threshold_at_specificity(scores, sick, 0.9)


@pytest.mark.parametrize("specificity", [0, 95, 1.2])
def test_specificity_is_a_share(specificity):
    with pytest.raises(DataError, match="share"):
        F.threshold_at_specificity([0.1, 0.2], [0, 1], specificity)


def test_ppv_by_counting():
    rng = np.random.default_rng(0)
    sick = rng.random(400_000) < 0.05
    alarm = rng.random(len(sick)) < np.where(sick, 0.75, 0.05)
    assert F.ppv(0.75, 0.95, 0.05) == pytest.approx(sick[alarm].mean(), abs=0.01)
    assert F.npv(0.75, 0.95, 0.05) == pytest.approx((~sick[~alarm]).mean(), abs=0.01)
    assert F.ppv(0.75, 0.95, 0.01) == pytest.approx(0.1316, abs=1e-4)
    assert np.isnan(F.ppv(0.0, 1.0, 0.1))
    with pytest.raises(DataError, match="percent"):
        F.ppv(75, 0.95, 0.01)


def test_counts_add_up():
    for prevalence in (0, 0.001, 0.013, 0.15, 1):
        counts = F.counts_of(0.75, 0.95, prevalence)
        assert sum(counts.values()) == 1000
        assert min(counts.values()) >= 0


def test_prior_correction_is_bayes():
    # Two Gaussians one apart: the posterior is known for every base rate.
    x = np.linspace(-3, 4, 50)

    def posterior(rate):
        sick, healthy = rate * np.exp(-((x - 1) ** 2) / 2), (1 - rate) * np.exp(-(x**2) / 2)
        return sick / (sick + healthy)

    found = F.correct_prior(posterior(0.5), trained=0.5, used=0.02)
    assert np.allclose(found, posterior(0.02))
    assert np.allclose(F.correct_prior(found, trained=0.02, used=0.5), posterior(0.5))
    with pytest.raises(DataError, match="strictly"):
        F.correct_prior(found, trained=0.5, used=0)


def test_risk_falls_with_coverage_only_when_confidence_means_something():
    rng = np.random.default_rng(0)
    confidence = rng.random(5000)
    honest = F.risk_coverage(confidence, rng.random(5000) < 0.5 + 0.5 * confidence)
    blind = F.risk_coverage(confidence, rng.random(5000) < 0.75)
    assert honest.at(0.2) < honest.at(1.0) - 0.1
    assert abs(blind.at(0.2) - blind.at(1.0)) < 0.05
    assert honest.coverage[-1] == 1
    assert np.all(np.diff(honest.coverage) > 0)


def test_ties_are_answered_together():
    found = F.risk_coverage([0.9, 0.5, 0.5, 0.5], [True, True, False, False])
    assert found.coverage.tolist() == [0.25, 1.0]
    assert found.risk.tolist() == [0.0, 0.5]
    with pytest.raises(DataError, match="Expected"):
        F.risk_coverage([], [])


def test_abstain_between_two_thresholds():
    assert F.abstain([0.1, 0.3, 0.5, 0.9], low=0.2, high=0.6).tolist() == [0, -1, -1, 1]
    with pytest.raises(DataError, match="low"):
        F.abstain([0.1], low=0.6, high=0.2)


def test_break_even_makes_expected_profit_zero():
    p = F.break_even(4500, 600)
    assert (1 - p) * 600 - p * 4500 == pytest.approx(0)
    with pytest.raises(DataError, match="above 0"):
        F.break_even(4500, 0)


def test_costs_by_hand():
    y = np.array([0, 0, 1, 1])
    p = np.array([0.0, 0.9, 0.05, 0.9])
    # declined one good loan, accepted one bad one, of four
    cost = F.cost_per_thousand(p, y, threshold=0.5, loss=4500, margin=600)
    assert cost == 1000 * (600 + 4500) / 4
    assert F.cost_per_thousand(y, y, threshold=0.5, loss=4500, margin=600) == 0
    with pytest.raises(DataError, match="for every loan"):
        F.cost_per_thousand(p[:3], y, threshold=0.5, loss=1, margin=1)


def test_the_best_threshold_of_true_probabilities_is_break_even():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 6, 300_000)
    y = rng.random(len(p)) < p
    t = F.break_even(4500, 600)
    costs = {
        k: F.cost_per_thousand(p, y, threshold=k * t, loss=4500, margin=600)
        for k in (0.5, 0.75, 1, 1.25, 2)
    }
    assert min(costs, key=costs.get) in (0.75, 1, 1.25)
    assert costs[1] < costs[0.5]
    assert costs[1] < costs[2]


def test_stability_index():
    rng = np.random.default_rng(0)
    x = rng.normal(size=4000)
    assert F.stability_index(x, x) == 0
    assert F.stability_index(x, rng.normal(size=4000)) < 0.02
    small, large = (F.stability_index(x, x + d) for d in (0.2, 1.0))
    assert 0.02 < small < 0.1 < large
    with pytest.raises(DataError, match="NaN"):
        F.stability_index(x, [np.nan])
    with pytest.raises(DataError, match="at least 2 bins"):
        F.stability_index(x, x, bins=1)
