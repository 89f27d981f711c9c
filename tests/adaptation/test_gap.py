import numpy as np
import pytest

from tlcourse.adaptation import gap_closed
from tlcourse.errors import DataError
from tlcourse.evaluation import compare

SIZES = {"n_train": 80, "n_test": 20}


@pytest.fixture
def folds(rng):
    source_only = 0.40 + 0.04 * rng.normal(size=10)
    adapted = source_only + 0.12 + 0.03 * rng.normal(size=10)
    ceiling = source_only + 0.30 + 0.04 * rng.normal(size=10)
    return adapted, source_only, ceiling


def test_the_ends_are_where_the_corrected_t_test_stops_objecting(folds):
    adapted, source_only, ceiling = folds
    found = gap_closed(*folds, **SIZES)

    def p(share):
        return compare(adapted - source_only, share * (ceiling - source_only), **SIZES).p

    assert p(found.low) == pytest.approx(0.05)
    assert p(found.high) == pytest.approx(0.05)
    assert p(found.share) == pytest.approx(1)
    assert p(found.low - 0.01) < 0.05 < p(found.low + 0.01)


def test_the_share_divides_means(folds):
    adapted, source_only, ceiling = folds
    found = gap_closed(*folds, **SIZES)
    assert found.gain == pytest.approx(np.mean(adapted) - np.mean(source_only))
    assert found.share == pytest.approx(found.gain / (np.mean(ceiling) - np.mean(source_only)))
    assert found.low < found.share < found.high
    assert found.n == 10
    assert found.at_least(found.low)
    assert not found.at_least(found.share)
    assert f"{found.share:.0%} of the gap" in str(found)


def test_a_method_that_hurts_has_a_negative_share(folds):
    adapted, source_only, ceiling = folds
    found = gap_closed(2 * source_only - adapted, source_only, ceiling, **SIZES)
    assert found.high < 0


def test_no_gap_no_share(rng):
    a, b, c = 0.5 + 0.05 * rng.normal(size=(3, 10))
    found = gap_closed(a, b, c, **SIZES)
    assert not found.is_defined
    assert not found.at_least(-100)
    assert "not established" in str(found)
    assert not gap_closed(b, b, b, **SIZES).is_defined
    assert not gap_closed(a, b, b - 0.3, **SIZES).is_defined  # a ceiling below the floor


def test_exact_folds_leave_no_doubt():
    low, high = np.full(5, 0.4), np.full(5, 0.8)
    found = gap_closed(np.full(5, 0.5), low, high, **SIZES)
    assert (found.low, found.share, found.high) == pytest.approx((0.25, 0.25, 0.25))


def test_it_covers_the_truth_as_often_as_it_says(rng):
    """Independent experiments: no shared items, so the correction is switched off."""
    hits = 0
    for _ in range(400):
        base = rng.normal(0.4, 0.05, 8)
        adapted, ceiling = base + rng.normal(0.1, 0.06, 8), base + rng.normal(0.4, 0.06, 8)
        found = gap_closed(adapted, base, ceiling, n_train=1e9, n_test=1)
        hits += found.low <= 0.25 <= found.high
    assert 0.92 < hits / 400 < 0.98


def test_folds_must_pair():
    for adapted in ([0.5, 0.6], [0.5], 0.5):
        with pytest.raises(DataError, match="same folds"):
            gap_closed(adapted, [0.4, 0.4, 0.4], [0.8, 0.8, 0.8], **SIZES)
    with pytest.raises(DataError, match="at least two"):
        gap_closed([0.5], [0.4], [0.8], **SIZES)
