"""Procrustes and CSLS against loops and hidden rotations."""

import numpy as np
import pytest
from scipy.stats import ortho_group

from tlcourse import text
from tlcourse.errors import DataError
from tlcourse.text.csls import neighborhood


@pytest.fixture
def spheres():
    rng = np.random.default_rng(0)
    X = text.unit_rows(rng.normal(size=(50, 8)) + 1)
    R = ortho_group.rvs(8, random_state=1)
    return X, R, X @ R


def test_a_hidden_rotation_is_found(spheres):
    X, R, Y = spheres
    found = text.orthogonal_map(X, Y)
    np.testing.assert_allclose(found, R, atol=1e-8)
    np.testing.assert_allclose(found.T @ found, np.eye(8), atol=1e-8)


def test_the_rotation_is_u_vt(spheres):
    X, _, Y = spheres
    noisy = Y + 0.3 * np.random.default_rng(2).normal(size=Y.shape)
    U, _, Vt = np.linalg.svd(X.T @ noisy)
    np.testing.assert_allclose(text.orthogonal_map(X, noisy), U @ Vt, atol=1e-8)


def test_least_squares_fits_as_many_anchors_as_dimensions_exactly(spheres):
    X = spheres[0]
    noise = np.random.default_rng(2).normal(size=(8, 8))
    M = text.least_squares_map(X[:8], noise)
    np.testing.assert_allclose(X[:8] @ M, noise, atol=1e-6)
    assert np.abs(M.T @ M - np.eye(8)).max() > 0.5
    assert np.linalg.norm(X[:8] @ text.orthogonal_map(X[:8], noise) - noise) > 1


def test_rows_are_centered_and_of_length_one(spheres):
    X, _, _ = spheres
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), 1)
    assert np.linalg.norm(X.mean(axis=0)) < 0.1


def test_csls_agrees_with_a_loop(spheres):
    X, _, _ = spheres
    rng = np.random.default_rng(3)
    Y = rng.normal(size=(40, 8))

    def cos(a, b):
        return a @ b / np.linalg.norm(a) / np.linalg.norm(b)

    expected = np.zeros((5, 40))
    for i in range(5):
        r_t = np.mean(sorted(cos(X[i], y) for y in Y)[-10:])
        for j in range(40):
            r_s = np.mean(sorted(cos(x, Y[j]) for x in X)[-10:])
            expected[i, j] = 2 * cos(X[i], Y[j]) - r_t - r_s
    np.testing.assert_allclose(text.csls(X[:5], Y, X), expected, atol=1e-10)


def test_blocks_change_nothing(spheres):
    X, _, Y = spheres
    np.testing.assert_allclose(neighborhood(X, Y, block=7), neighborhood(X, Y))


def test_ranks_count_better_targets():
    scores = np.array([[0.1, 0.9, 0.5], [0.3, 0.2, 0.1]])
    np.testing.assert_array_equal(text.ranks(scores, np.array([2, 0])), [1, 0])


@pytest.mark.parametrize("map_", [text.orthogonal_map, text.least_squares_map])
def test_anchors_must_pair(map_):
    with pytest.raises(DataError, match="one row for each"):
        map_(np.zeros((3, 2)), np.zeros((4, 2)))
