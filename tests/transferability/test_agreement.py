import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlcourse.errors import DataError
from tlcourse.transferability import regret, tau_difference, weighted_tau


def by_pairs(scores, truth):
    """Return weighted tau from its definition for values without ties.

    Every pair counts 1/(r_i + 1) + 1/(r_j + 1), r being the rank from the top (0 is the best);
    the ranks of the scores and those of the truth are used in turn and averaged.
    """
    taus = []
    for by in (scores, truth):
        rank = np.argsort(np.argsort(-np.asarray(by)))
        top = bottom = 0.0
        for i in range(len(by)):
            for j in range(i):
                weight = 1 / (rank[i] + 1) + 1 / (rank[j] + 1)
                top += weight * np.sign((scores[i] - scores[j]) * (truth[i] - truth[j]))
                bottom += weight
        taus.append(top / bottom)
    return np.mean(taus)


@settings(max_examples=40, deadline=None)
@given(m=st.integers(3, 15), seed=st.integers(0, 10_000))
def test_equals_the_definition(m, seed):
    scores, truth = np.random.default_rng(seed).normal(size=(2, m))
    found = weighted_tau(scores, truth, draws=20)
    assert found.estimate == pytest.approx(by_pairs(scores, truth))
    assert -1 <= found.low <= found.high <= 1


def test_perfect_reversed_and_constant_scores():
    truth = [0.5, 0.6, 0.7, 0.8, 0.9]
    assert weighted_tau([1, 2, 3, 4, 5], truth).estimate == pytest.approx(1)
    assert weighted_tau([1, 2, 3, 4, 5], truth).low == pytest.approx(1)
    assert weighted_tau([5, 4, 3, 2, 1], truth).estimate == pytest.approx(-1)
    assert np.isnan(weighted_tau([1, 1, 1, 1, 1], truth).estimate)


def test_a_mistake_at_the_top_costs_more():
    truth = np.arange(8.0)
    at_top, at_bottom = truth.copy(), truth.copy()
    at_top[[6, 7]] = at_top[[7, 6]]
    at_bottom[[0, 1]] = at_bottom[[1, 0]]
    assert weighted_tau(at_top, truth).estimate < weighted_tau(at_bottom, truth).estimate


def test_difference_is_paired(rng):
    truth = rng.normal(size=12)
    good, bad = truth + 0.1 * rng.normal(size=12), rng.normal(size=12)
    found = tau_difference(good, bad, truth)
    expected = weighted_tau(good, truth).estimate - weighted_tau(bad, truth).estimate
    assert found.estimate == pytest.approx(expected)
    assert found.low < found.estimate < found.high
    same = tau_difference(good, good, truth)
    assert (same.estimate, same.low, same.high) == (0, 0, 0)


def test_regret_is_the_truth_given_up():
    assert regret([3, 9, 1], [0.7, 0.8, 0.9]) == pytest.approx(0.1)
    assert regret([1, 2, 3], [0.7, 0.8, 0.9]) == 0


def test_refuses_too_few_or_unpaired_candidates():
    with pytest.raises(DataError, match="at least 3 candidates"):
        weighted_tau([1, 2], [0.5, 0.6])
    with pytest.raises(DataError, match="at least 3 candidates"):
        weighted_tau([1, 2, 3], [0.5, 0.6])
    with pytest.raises(DataError, match="NaN"):
        weighted_tau([1, 2, np.nan], [0.5, 0.6, 0.7])
