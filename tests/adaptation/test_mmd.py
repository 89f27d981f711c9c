import numpy as np
import pytest
from sklearn.metrics.pairwise import rbf_kernel

from tlcourse.adaptation import mmd
from tlcourse.errors import DataError


def reference(source, target, gamma, unbiased):
    """MMD² from scikit-learn's kernel; scikit-learn's gamma is 1/m."""
    ss, tt = rbf_kernel(source, gamma=gamma), rbf_kernel(target, gamma=gamma)
    across = 2 * rbf_kernel(source, target, gamma=gamma).mean()
    if not unbiased:
        return ss.mean() + tt.mean() - across
    a, b = len(source), len(target)
    within = (ss.sum() - a) / (a * (a - 1)) + (tt.sum() - b) / (b * (b - 1))
    return within - across


@pytest.mark.parametrize("shape", [(60, 50, 8), (30, 40, 60)])
@pytest.mark.parametrize("unbiased", [True, False])
def test_agrees_with_scikit_learn(two_domains, shape, unbiased):
    source, target = two_domains(*shape)
    ours = mmd(source, target, bandwidth=7.0, unbiased=unbiased)
    assert ours == pytest.approx(reference(source, target, 1 / 7.0, unbiased), abs=1e-12)


def test_median_heuristic_is_the_median_squared_distance(two_domains):
    from scipy.spatial.distance import pdist

    source, target = two_domains(20, 25, 4)
    width = np.median(pdist(np.concatenate([source, target]), "sqeuclidean"))
    assert mmd(source, target) == pytest.approx(mmd(source, target, bandwidth=width), abs=1e-12)


def test_several_bandwidths_average_their_kernels(two_domains):
    source, target = two_domains(20, 25, 4)
    both = mmd(source, target, bandwidth=(1.0, 5.0))
    single = [mmd(source, target, bandwidth=m) for m in (1.0, 5.0)]
    assert both == pytest.approx(np.mean(single))


def test_unbiased_estimate_is_centered_on_zero_and_sometimes_negative():
    values = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        values.append(mmd(rng.normal(size=(15, 3)), rng.normal(size=(12, 3)), bandwidth=6.0))
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values)) < 4 * error
    assert min(values) < 0


def test_biased_estimate_of_a_sample_with_itself_is_zero(rng):
    x = rng.normal(size=(20, 5))
    assert mmd(x, x, unbiased=False) == pytest.approx(0, abs=1e-12)


def test_identical_items_have_no_bandwidth():
    with pytest.raises(DataError, match="identical"):
        mmd(np.ones((4, 2)), np.ones((5, 2)))


def test_bad_bandwidth(two_domains):
    with pytest.raises(DataError, match="positive"):
        mmd(*two_domains(5, 5, 2), bandwidth=-1.0)
