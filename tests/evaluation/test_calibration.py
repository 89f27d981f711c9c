from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax

from tlcourse.errors import DataError
from tlcourse.evaluation.calibration import calibration, temperature


def reference(probabilities, labels, bins=15):
    """Return ECE and MCE from the definition of Guo et al. 2017, one bin at a time."""
    ece = mce = 0.0
    edges = np.linspace(0, 1, bins + 1)
    confidence, answer = probabilities.max(axis=1), probabilities.argmax(axis=1)
    for low, high in pairwise(edges):
        inside = [i for i in range(len(labels)) if low < confidence[i] <= high]
        if inside:
            accuracy = sum(answer[i] == labels[i] for i in inside) / len(inside)
            gap = abs(accuracy - sum(confidence[i] for i in inside) / len(inside))
            ece, mce = ece + len(inside) / len(labels) * gap, max(mce, gap)
    return ece, mce


def world(n, n_classes, seed, sharpen=1.0):
    """Return logits of a model that is `sharpen` times too sure, and labels."""
    draw = np.random.default_rng(seed)
    honest = 2 * draw.normal(size=(n, n_classes))
    labels = (softmax(honest, axis=1).cumsum(axis=1) < draw.random((n, 1))).sum(axis=1)
    return sharpen * honest, np.minimum(labels, n_classes - 1)


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(2, 200),
    n_classes=st.integers(2, 8),
    bins=st.integers(1, 20),
    seed=st.integers(0, 10_000),
)
def test_equals_the_reference(n, n_classes, bins, seed):
    logits, labels = world(n, n_classes, seed, sharpen=2)
    probabilities = softmax(logits, axis=1)
    found = calibration(probabilities, labels, bins=bins, draws=5)
    assert (found.ece, found.mce) == pytest.approx(reference(probabilities, labels, bins))
    assert sum(b.n for b in found.bins) == n
    assert 0 <= found.ece <= found.mce <= 1


def test_by_hand():
    # Confidences 0.9, 0.9, 0.6, 0.6 and hits 1, 0, 1, 1. Bin of 0.9: |0.5 - 0.9| = 0.4;
    # bin of 0.6: |1 - 0.6| = 0.4. ECE = 0.5*0.4 + 0.5*0.4 = 0.4. NLL = mean of
    # -ln 0.9, -ln 0.1, -ln 0.6, -ln 0.6 = (0.10536 + 2.30259 + 2*0.51083) / 4 = 0.85740.
    P = [[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.6, 0.4]]
    found = calibration(P, [0, 1, 0, 0])
    assert found.ece == pytest.approx(0.4)
    assert found.mce == pytest.approx(0.4)
    assert found.nll == pytest.approx(0.85740, abs=1e-5)
    assert (found.accuracy, found.confidence) == pytest.approx((0.75, 0.75))
    assert [b.n for b in found.bins if b.n] == [2, 2]


def test_a_perfect_model_shows_an_error_that_shrinks_with_n():
    seen = {}
    for n in (50, 500, 5000):
        logits, labels = world(n, 6, seed=1)
        seen[n] = calibration(softmax(logits, axis=1), labels)
    assert seen[50].null_mean > 2 * seen[500].null_mean > 4 * seen[5000].null_mean > 0
    assert all(found.verdict == "cannot tell" for found in seen.values())


def test_verdict_is_wrong_for_a_perfect_model_about_once_in_twenty():
    wrong = 0
    for seed in range(200):
        logits, labels = world(110, 5, seed)
        found = calibration(softmax(logits, axis=1), labels, draws=200)
        wrong += found.verdict == "miscalibrated"
    assert 2 <= wrong <= 20


def test_an_overconfident_model_is_named():
    logits, labels = world(400, 5, seed=2, sharpen=3)
    found = calibration(softmax(logits, axis=1), labels)
    assert found.verdict == "miscalibrated"
    assert found.confidence > found.accuracy
    assert "400 items" in found.note


@pytest.mark.parametrize("T", [0.4, 1.0, 2.5])
def test_recovers_a_known_temperature(T):
    logits, labels = world(20_000, 5, seed=3, sharpen=T)
    assert temperature(logits, labels, logits=True).value == pytest.approx(T, rel=0.04)


def test_probabilities_and_logits_give_the_same_answer():
    logits, labels = world(300, 4, seed=4, sharpen=2)
    probabilities = softmax(logits, axis=1)
    a, b = temperature(logits, labels, logits=True), temperature(probabilities, labels)
    assert a.value == pytest.approx(b.value, rel=1e-6)
    np.testing.assert_allclose(a.apply(logits), b.apply(probabilities), atol=1e-9)


def test_reaches_the_minimum_found_by_a_fine_grid():
    logits, labels = world(300, 4, seed=5, sharpen=2)
    found = temperature(logits, labels, logits=True)
    grid = np.geomspace(0.5, 8, 2001)
    losses = [-log_softmax(logits / T, axis=1)[np.arange(300), labels].mean() for T in grid]
    assert found.value == pytest.approx(grid[np.argmin(losses)], rel=0.002)
    assert found.nll_after <= min(losses) + 1e-12
    assert found.nll_after < found.nll_before
    assert found.determined


def test_never_changes_an_answer():
    logits, labels = world(500, 6, seed=6, sharpen=3)
    probabilities = softmax(logits, axis=1)
    after = temperature(probabilities, labels).apply(probabilities)
    np.testing.assert_array_equal(after.argmax(axis=1), probabilities.argmax(axis=1))
    np.testing.assert_allclose(after.sum(axis=1), 1)


def test_says_so_when_every_answer_is_right():
    found = temperature(np.eye(3) * 0.7 + 0.1, [0, 1, 2])
    assert not found.determined
    assert not temperature(np.full((4, 2), 0.5), [0, 1, 0, 1]).determined


def test_probabilities_of_exactly_zero_stay_finite():
    found = calibration([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], [0, 0, 1])
    assert np.isfinite(found.nll)
    assert np.isfinite(temperature([[1.0, 0.0], [0.0, 1.0]], [0, 0]).value)


@pytest.mark.parametrize(
    ("probabilities", "labels", "message"),
    [
        ([[3.0, -1.0]], [0], "softmax"),
        ([[0.5, 0.5]], [2], "naming a column"),
        ([[0.5, 0.5]], ["cat"], "naming a column"),
        ([[0.5, 0.5]], [0, 1], "1 rows of probabilities and 2 labels"),
        ([[np.nan, 0.5]], [0], "NaN"),
    ],
)
def test_refuses_impossible_input(probabilities, labels, message):
    with pytest.raises(DataError, match=message):
        calibration(probabilities, labels)
    with pytest.raises(DataError, match=message):
        temperature(probabilities, labels)


def test_refuses_no_bins():
    with pytest.raises(DataError, match="at least 1"):
        calibration([[0.5, 0.5]], [0], bins=0)
