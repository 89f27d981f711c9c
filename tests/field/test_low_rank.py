"""Low rank: against reference solutions, and what the ranks may cost."""

import numpy as np
import pytest
import scipy.optimize

from tlcourse.errors import CourseError
from tlcourse.field.low_rank import input_directions, reduced_rank, spend, triple_parameters


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 7)) @ rng.normal(size=(7, 7))
    y = x @ rng.normal(size=(7, 5)) + 2 * rng.normal(size=(400, 5))
    x, y = x - x.mean(0), y - y.mean(0)
    return x, y, x.T @ x / len(x), x.T @ y / len(x)


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_reduced_rank_regression_is_the_best_of_its_rank(problem, rank):
    x, y, gram, cross = problem
    left, right = reduced_rank(gram, cross, rank, prior=np.zeros((7, 5)), ridge=0)
    assert left.shape == (7, rank)
    assert right.shape == (rank, 5)
    found = np.mean((y - x @ left @ right) ** 2)
    # An independent way: least squares over both factors by descent, from several starts.

    def loss(w):
        a, b = w[: 7 * rank].reshape(7, rank), w[7 * rank :].reshape(rank, 5)
        wrong = x @ a @ b - y
        slope = 2 * x.T @ wrong / y.size
        return np.mean(wrong**2), np.r_[(slope @ b.T).ravel(), (a.T @ slope).ravel()]

    rng = np.random.default_rng(rank)
    starts = (rng.normal(size=12 * rank) for _ in range(5))
    best = min(
        scipy.optimize.minimize(loss, s, jac=True, options={"maxiter": 2000}).fun for s in starts
    )
    assert found == pytest.approx(best, rel=1e-4)


def test_at_full_rank_it_is_ridge_regression_toward_the_prior(problem):
    x, y, gram, cross = problem
    prior = np.random.default_rng(1).normal(size=(7, 5))
    strength = 0.3 * np.trace(gram) / 7
    rows = np.r_[x / np.sqrt(len(x)), np.sqrt(strength) * np.eye(7)]
    answers = np.r_[y / np.sqrt(len(x)), np.sqrt(strength) * prior]
    left, right = reduced_rank(gram, cross, 5, prior=prior, ridge=0.3)
    assert np.allclose(left @ right, np.linalg.lstsq(rows, answers)[0])
    kept = reduced_rank(np.eye(7), prior, 5, prior=prior, ridge=1e9)
    assert np.allclose(kept[0] @ kept[1], prior)


def test_input_directions():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(500, 6)) * [3, 2, 1, 1, 1, 1]
    kernel = rng.normal(size=(3, 3, 6, 4))
    moment = x.T @ x / len(x)
    down, up = input_directions(moment, kernel, 6)
    assert np.allclose(x @ down @ up, x)
    # A 1 x 1 kernel in disguise: the answers that are lost are those of the best projection.
    kernel[:] = 0
    kernel[1, 1] = rng.normal(size=(6, 4))
    for rank in (1, 2, 3):
        down, up = input_directions(moment, kernel, rank)
        lost = np.sum((x @ kernel[1, 1] - x @ down @ up @ kernel[1, 1]) ** 2)
        singular = np.linalg.svd(x @ kernel[1, 1])[1]
        assert lost == pytest.approx(np.sum(singular[rank:] ** 2), rel=1e-6)


def test_ranks_cost_what_is_allowed_and_go_where_variance_is():
    steep, flat = 0.5 ** np.arange(64.0), np.ones(64)
    spectra = {"steep": (steep, steep), "flat": (flat, flat)}
    for allowed in (20_000, 40_000, 60_000):
        ranks = spend(spectra, allowed)
        cost = sum(triple_parameters(64, 64, *r) for r in ranks.values())
        assert cost <= allowed
        assert min(ranks["flat"]) > max(ranks["steep"])
    assert allowed - cost < 4 * 9 * 64 + 4 * 64  # what is left buys no further step
    assert spend(spectra, 10**7) == {"steep": (64, 64), "flat": (64, 64)}
    with pytest.raises(CourseError, match="Allow more parameters"):
        spend(spectra, 5_000)


def test_a_triple_is_counted_as_keras_counts_it():
    import keras

    layers = [
        keras.layers.Conv2D(5, 1, use_bias=False),
        keras.layers.Conv2D(7, 3, use_bias=False),
        keras.layers.Conv2D(11, 1),
    ]
    model = keras.Sequential([keras.Input((8, 8, 6)), *layers])
    assert model.count_params() == triple_parameters(6, 11, 5, 7)
