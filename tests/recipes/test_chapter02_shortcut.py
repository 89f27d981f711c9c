"""The shortcut of LogME: right with the full sum, and a friend of wide noise without it."""

import numpy as np
import pytest

from tlcourse.recipes.chapter02_shortcut import iterated_logme
from tlcourse.transferability import logme


@pytest.fixture
def labels():
    return np.arange(60) % 3


def features(rng, labels, d, signal):
    return signal * np.eye(3)[labels][:, np.arange(d) % 3] + rng.normal(size=(len(labels), d))


@pytest.mark.parametrize("d", [8, 200])
def test_the_full_sum_comes_close_to_the_exact_maximum_and_never_above(rng, labels, d):
    values = features(rng, labels, d, signal=1.0)
    ours, exact = iterated_logme(values, labels, forget=False), logme(values, labels)
    assert ours <= exact + 1e-6
    assert ours == pytest.approx(exact, abs=0.05)


def test_nothing_is_forgotten_where_there_are_more_items_than_features(rng, labels):
    values = features(rng, labels, 8, signal=1.0)
    kept, forgotten = (iterated_logme(values, labels, forget=f) for f in (False, True))
    assert kept == pytest.approx(forgotten)


def test_forgetting_zeros_lets_wide_noise_win(rng, labels):
    useful, noise = features(rng, labels, 20, signal=1.5), rng.normal(size=(60, 2000))
    assert iterated_logme(useful, labels, forget=False) > iterated_logme(
        noise, labels, forget=False
    )
    assert iterated_logme(useful, labels, forget=True) < iterated_logme(noise, labels, forget=True)
