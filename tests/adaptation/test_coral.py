import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skada import CORALAdapter
from skada.utils import source_target_merge

from tlcourse.adaptation import coral, coral_distance
from tlcourse.errors import DataError

SHAPES = [(60, 50, 8), (30, 40, 60)]  # n > d and n < d


def skada_coral(source, target, reg):
    x, domain = source_target_merge(source, target)
    mapped = CORALAdapter(reg=reg).fit_transform(x, sample_domain=domain)
    return mapped[domain >= 0], mapped[domain < 0]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("shrinkage", "reg"), [("ledoit-wolf", "auto"), (0.1, 0.1)])
def test_agrees_with_skada(two_domains, shape, shrinkage, reg):
    source, target = two_domains(*shape)
    aligned = coral(source, target, shrinkage=shrinkage)
    expected_source, expected_target = skada_coral(source, target, reg)
    np.testing.assert_allclose(aligned.map_source(source), expected_source, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(aligned.map_target(target), expected_target, rtol=1e-8, atol=1e-8)


def test_ridge_is_the_formula_of_the_paper(two_domains):
    from scipy.linalg import fractional_matrix_power as power

    source, target = two_domains(30, 40, 60)
    aligned = coral(source, target, shrinkage=0.0, ridge=1.0)
    identity = np.eye(60)
    c_s = np.cov(source, rowvar=False, bias=True) + identity
    c_t = np.cov(target, rowvar=False, bias=True) + identity
    expected = (source - source.mean(0)) @ power(c_s, -0.5) @ power(c_t, 0.5)
    np.testing.assert_allclose(aligned.map_source(source), expected.real, atol=1e-8)


def test_mapped_source_has_the_covariance_of_the_target_and_mean_zero(two_domains):
    source, target = two_domains(500, 500, 5)
    mapped = coral(source, target, shrinkage=0.0, ridge=1e-9).map_source(source)
    np.testing.assert_allclose(np.cov(mapped.T), np.cov(target.T), atol=1e-6)
    np.testing.assert_allclose(mapped.mean(axis=0), 0, atol=1e-10)


@settings(max_examples=20, deadline=None)
@given(n=st.integers(5, 40), d=st.integers(2, 60), seed=st.integers(0, 1000))
def test_equal_domains_are_only_centered(n, d, seed):
    x = np.random.default_rng(seed).normal(size=(n, d)) * 3 + 1
    np.testing.assert_allclose(coral(x, x).map_source(x), x - x.mean(axis=0), atol=1e-6)


def test_target_is_unchanged_and_float32_stays_float32(two_domains):
    source, target = (x.astype(np.float32) for x in two_domains(30, 30, 6))
    before = target.copy()
    aligned = coral(source, target)
    assert aligned.map_source(source).dtype == np.float32
    np.testing.assert_array_equal(target, before)


def test_singular_source_without_shrinkage_says_what_to_do(two_domains):
    source, target = two_domains(10, 10, 20)
    with pytest.raises(DataError, match="ledoit-wolf"):
        coral(source, target, shrinkage=0.0)


@pytest.mark.parametrize("options", [{"shrinkage": "auto"}, {"shrinkage": 1.5}, {"ridge": -1.0}])
def test_options_out_of_range(two_domains, options):
    with pytest.raises(DataError):
        coral(*two_domains(10, 10, 3), **options)


@pytest.mark.parametrize("bad", [np.zeros((4, 3, 2)), np.full((4, 5), np.nan), np.zeros((4, 6))])
def test_bad_target(bad):
    with pytest.raises(DataError):
        coral(np.random.default_rng(0).normal(size=(6, 5)), bad)


def test_distance_is_the_frobenius_formula(two_domains):
    source, target = two_domains(20, 30, 4)
    expected = np.linalg.norm(np.cov(source.T) - np.cov(target.T)) ** 2 / (4 * 4**2)
    assert coral_distance(source, target) == pytest.approx(expected)
