"""Tuning: what moves, what stays, and the closed formula of the gradient."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from tlcourse import text
from tlcourse.errors import CourseError


@pytest.fixture
def task():
    rng = np.random.default_rng(0)
    n, v = 80, 30
    A = rng.random((n, v)) * (rng.random((n, v)) < 0.2)
    A[:, 20:] = 0  # ten words never occur
    A[:, 0] += 0.1
    A /= A.sum(axis=1, keepdims=True)
    E = rng.normal(size=(v, 5)).astype(np.float32)
    y = (A @ E[:, 0] > np.median(A @ E[:, 0])).astype(int)
    return csr_matrix(A.astype(np.float32)), y, E


@pytest.mark.parametrize("start", ["fitted head", "random head"])
def test_only_words_that_were_learned_from_move(task, start):
    A, y, E = task
    before = E.copy()
    found = text.tune_vectors(A, y, E, start=start, steps=60, patience=60)
    unseen = np.setdiff1d(np.arange(30), found.rows)
    assert set(range(20, 30)) <= set(unseen)
    np.testing.assert_array_equal(found.matrix[unseen], E[unseen])
    assert np.abs(found.matrix[found.rows] - E[found.rows]).max(axis=1).min() > 0
    np.testing.assert_array_equal(E, before)


def test_tuning_learns_the_task_and_votes_add_up_to_the_logit(task):
    A, y, E = task
    found = text.tune_vectors(A, y, E)
    logits = found.logits(A)
    assert ((logits > 0) == y).mean() > 0.9
    votes, constant = found.word_weights()
    np.testing.assert_allclose(A @ votes + constant, logits, atol=1e-4)


def test_no_steps_leave_the_vectors_and_the_fitted_head(task):
    A, y, E = task
    found = text.tune_vectors(A, y, E, steps=0)
    np.testing.assert_array_equal(found.matrix, E)
    assert found.steps == 0
    assert ((found.logits(A) > 0) == y).mean() > 0.8


def test_the_same_seed_gives_the_same_vectors(task):
    A, y, E = task
    first, again = (text.tune_vectors(A, y, E, start="random head", seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.matrix, again.matrix)
    other = text.tune_vectors(A, y, E, start="random head", seed=4)
    assert not np.array_equal(first.w, other.w)


def test_one_step_follows_the_numeric_gradient(task):
    """Adam's first step is the sign of the gradient times the rate: compare signs numerically."""
    A, y, E = task
    found = text.tune_vectors(A, y, E, start="fitted head", steps=1, patience=5, seed=0)
    frozen = text.tune_vectors(A, y, E, start="fitted head", steps=0, seed=0)
    if found.steps == 0:
        pytest.skip("the first step did not lower the validation loss")
    moved = found.matrix[found.rows] - E[found.rows]
    np.testing.assert_allclose(np.abs(moved[np.abs(moved) > 1e-4]), 0.02, rtol=0.01)
    rng = np.random.default_rng(0)
    hold = np.sort(np.concatenate([rng.permutation(np.flatnonzero(y == c))[:8] for c in (0, 1)]))
    learn = np.setdiff1d(np.arange(80), hold)

    def loss(matrix):
        z = frozen.logits(A[learn], matrix=matrix)
        return np.mean(np.logaddexp(0, z) - y[learn] * z)

    for row, column in ((0, 0), (3, 1), (7, 4)):
        up, down = E.astype(float).copy(), E.astype(float).copy()
        up[row, column] += 1e-3
        down[row, column] -= 1e-3
        slope = loss(up) - loss(down)
        place = int(np.flatnonzero(found.rows == row)[0])
        assert np.sign(moved[place, column]) == -np.sign(slope)


def test_an_unknown_start_is_named(task):
    A, y, E = task
    with pytest.raises(CourseError, match="'warm' is unknown"):
        text.tune_vectors(A, y, E, start="warm")
