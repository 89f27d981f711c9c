import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from tlcourse.adaptation import coral_distance, frechet_distance, mmd, proxy_a_distance, shift
from tlcourse.errors import DataError


def sample(n, d, *, move=0.0, stretch=1.0, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)) * stretch + move


@settings(max_examples=25, deadline=None)
@given(n=st.integers(5, 40), m=st.integers(5, 40), d=st.integers(1, 60), seed=st.integers(0, 999))
def test_frechet_equals_the_closed_form(n, m, d, seed):
    rng = np.random.default_rng(seed)
    source, target = rng.normal(size=(n, d)) * 2, rng.normal(size=(m, d)) + 1
    c_s, c_t = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (source, target))
    # tr (C_s C_t)^(1/2) is the sum of the roots of the eigenvalues of C_s C_t
    roots = np.sqrt(np.maximum(np.linalg.eigvals(c_s @ c_t).real, 0)).sum()
    means = ((source.mean(axis=0) - target.mean(axis=0)) ** 2).sum()
    expected = means + np.trace(c_s) + np.trace(c_t) - 2 * roots
    # roots of eigenvalues that should be 0 are off by √eps each
    assert frechet_distance(source, target) == pytest.approx(expected, abs=1e-5 * (1 + d))


def test_frechet_against_a_matrix_square_root():
    source, target = sample(200, 6), sample(150, 6, move=1.0, stretch=2.0, seed=1)
    c_s, c_t = np.cov(source.T), np.cov(target.T)
    expected = ((source.mean(0) - target.mean(0)) ** 2).sum()
    expected += np.trace(c_s + c_t - 2 * sqrtm(c_s @ c_t).real)
    assert frechet_distance(source, target) == pytest.approx(expected, rel=1e-9)


def test_frechet_of_two_gaussians_on_a_line():
    source, target = sample(2_000, 1), sample(2_000, 1, move=3.0, stretch=2.0, seed=1)
    s, t = source.std(ddof=1), target.std(ddof=1)
    expected = (source.mean() - target.mean()) ** 2 + (s - t) ** 2
    assert frechet_distance(source, target) == pytest.approx(expected)


@pytest.mark.parametrize("d", [5, 80])
def test_values_equal_the_single_functions(d):
    source, target = sample(40, d), sample(50, d, move=0.5, stretch=1.5, seed=1)
    measured = shift(source, target, permutations=3, scale=False)
    assert measured.mmd.value == pytest.approx(mmd(source, target))
    assert measured.coral.value == pytest.approx(coral_distance(source, target))
    assert measured.frechet.value == pytest.approx(frechet_distance(source, target))


def test_scaling_makes_units_irrelevant():
    source, target = sample(30, 6), sample(30, 6, move=0.5, seed=1)
    units = np.array([1e-3, 1.0, 1e3, 5.0, 0.1, 7.0])
    plain = shift(source, target, permutations=5)
    other = shift(source * units, target * units, permutations=5)
    for a, b in zip(plain.measures, other.measures, strict=True):
        assert a.value == pytest.approx(b.value)
        assert a.floor == pytest.approx(b.floor)


@pytest.mark.parametrize("d", [5, 80])
def test_equal_distributions_lie_inside_the_null(d):
    for seed in range(3):
        measured = shift(sample(60, d, seed=2 * seed), sample(50, d, seed=2 * seed + 1), seed=seed)
        for measure in measured.measures:
            assert measure.p_value > 0.01
            assert measure.value <= measure.floor + 3 * (measure.floor_high - measure.floor) + 1e-9


@pytest.mark.parametrize("d", [5, 80])
def test_measures_grow_with_the_shift(d):
    source = sample(60, d)
    results = [
        shift(source, sample(60, d, move=m, stretch=1 + m, seed=1), permutations=20)
        for m in (0.0, 0.5, 2.0)
    ]
    for i in range(4):
        values = [result.measures[i].value for result in results]
        assert values == sorted(values)
        assert results[-1].measures[i].p_value == pytest.approx(1 / 21)
        assert results[-1].measures[i].excess > 0


def test_p_values_are_uniform_enough_without_a_shift():
    hits = [
        shift(sample(20, 4, seed=2 * i), sample(20, 4, seed=2 * i + 1), permutations=19, seed=i)
        for i in range(60)
    ]
    for i in range(4):
        p = np.array([measured.measures[i].p_value for measured in hits])
        assert (p <= 0.1).mean() < 0.3  # expected 0.1
        assert 0.35 < p.mean() < 0.7  # expected 0.525


def test_proxy_a_distance_saturates_at_two():
    assert proxy_a_distance(sample(40, 5), sample(40, 5, move=9.0, seed=1)) == 2.0


def test_proxy_a_distance_is_about_that_of_logistic_regression():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score

    source, target = sample(300, 20), sample(300, 20, move=0.3, seed=1)
    x, y = np.concatenate([source, target]), np.repeat([0, 1], 300)
    error = 1 - cross_val_score(LogisticRegression(), x, y, cv=5).mean()
    assert proxy_a_distance(source, target) == pytest.approx(2 * (1 - 2 * error), abs=0.1)


def test_identical_data_show_no_shift():
    x = sample(30, 4)
    measured = shift(x, x)
    assert measured.frechet.value == pytest.approx(0, abs=1e-9)
    assert measured.coral.value == pytest.approx(0, abs=1e-12)
    constant = shift(np.ones((10, 3)), np.ones((12, 3)), permutations=5)
    assert constant.mmd.value == 0


def test_subsampling_and_seed():
    source, target = sample(200, 4), sample(200, 4, move=1, seed=1)
    a, b = (shift(source, target, max_items=50, permutations=5, seed=3) for _ in range(2))
    assert a == b
    assert a.n_source == a.n_target == 50


def test_table_and_no_null():
    measured = shift(sample(20, 4), sample(20, 4, seed=1), permutations=0)
    frame = measured.to_frame()
    assert list(frame.index) == [
        "proxy A-distance", "MMD²", "CORAL distance", "Fréchet distance",
    ]  # fmt: skip
    assert frame["p_value"].isna().all()


def test_too_few_items():
    with pytest.raises(DataError, match="at least 5"):
        shift(sample(4, 3), sample(9, 3))
