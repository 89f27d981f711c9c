import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlcourse.errors import DataError
from tlcourse.transferability import leep, nce

THETA = [[0.95, 0.05], [0.40, 0.60], [0.10, 0.90], [0.20, 0.80]]
LABELS = [0, 0, 1, 1]


def by_loops(theta, labels):
    """Return LEEP from its definition, one item and one class at a time."""
    n, n_sources = np.shape(theta)
    total = 0.0
    for i in range(n):
        expected = 0.0
        for z in range(n_sources):
            of_source = sum(theta[j][z] for j in range(n))
            if of_source > 0:
                together = sum(theta[j][z] for j in range(n) if labels[j] == labels[i])
                expected += together / of_source * theta[i][z]
        total += np.log(expected)
    return total / n


def entropy(labels):
    share = np.unique(labels, return_counts=True)[1] / len(labels)
    return -(share * np.log(share)).sum()


def test_worked_example():
    # P(y=0|z) = (1.35/1.65, 0.65/2.35) = (0.8182, 0.2766); P(y=1|z) = (0.1818, 0.7234).
    # Expected likelihoods: 0.7911, 0.4932, 0.6692, 0.6151; the mean of their logs is -0.4572.
    assert leep(THETA, LABELS) == pytest.approx(-0.4572, abs=5e-5)
    assert leep(THETA, LABELS) == pytest.approx(by_loops(THETA, LABELS), rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(4, 30),
    n_sources=st.integers(1, 8),
    empty=st.integers(0, 3),
    seed=st.integers(0, 10_000),
)
def test_lies_between_minus_entropy_and_zero_with_empty_source_classes(n, n_sources, empty, seed):
    draw = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    theta = draw.dirichlet(np.full(n_sources, 0.2), size=n)
    theta = np.hstack([np.zeros((n, empty)), theta])
    score = leep(theta, labels)
    assert -entropy(labels) - 1e-9 <= score <= 0
    assert score == pytest.approx(by_loops(theta, labels), rel=1e-9, abs=1e-12)


def test_source_that_says_nothing_scores_minus_the_entropy():
    assert leep(np.full((6, 4), 0.25), [0, 0, 0, 1, 1, 2]) == pytest.approx(
        -entropy([0, 0, 0, 1, 1, 2])
    )


def test_source_that_determines_the_label_scores_zero():
    assert leep(np.eye(4)[[0, 1, 2, 3]], [0, 0, 1, 1]) == 0


def test_with_certain_answers_it_is_nce(rng):
    answers, labels = rng.integers(0, 5, 60), rng.integers(0, 3, 60)
    assert leep(np.eye(7)[answers], labels) == pytest.approx(nce(answers, labels))


@pytest.mark.parametrize(
    ("theta", "labels", "message"),
    [
        ([[2.0, -1.0], [0.5, 0.5]], [0, 1], "softmax"),
        ([[2.0, 3.0], [0.5, 0.5]], [0, 1], "softmax"),
        ([[0.5, 0.5]], [0, 1], "1 rows of features and 2 labels"),
        ([[0.5, 0.5]] * 2, [0, 0], "at least 2"),
        ([[np.nan, 0.5]] * 2, [0, 1], "NaN"),
    ],
)
def test_refuses_what_are_not_probabilities(theta, labels, message):
    with pytest.raises(DataError, match=message):
        leep(theta, labels)
