import numpy as np
import pytest
from skada import SubspaceAlignmentAdapter
from skada.utils import source_target_merge

from tlcourse.adaptation import subspace_alignment
from tlcourse.errors import DataError


@pytest.mark.parametrize("shape", [(60, 50, 8), (30, 40, 60)])
@pytest.mark.parametrize("components", [1, 5])
def test_agrees_with_skada(two_domains, shape, components):
    source, target = two_domains(*shape)
    aligned = subspace_alignment(source, target, components=components)
    x, domain = source_target_merge(source, target)
    reference = SubspaceAlignmentAdapter(n_components=components, random_state=0)
    expected = reference.fit_transform(x, sample_domain=domain)
    # The sign of a principal axis is arbitrary; the target's flips both domains alike.
    ours = np.concatenate([aligned.map_source(source), aligned.map_target(target)])
    theirs = np.concatenate([expected[domain >= 0], expected[domain < 0]])
    flips = np.sign((ours * theirs).sum(axis=0))
    np.testing.assert_allclose(ours * flips, theirs, rtol=1e-7, atol=1e-8)


def test_full_rank_on_equal_domains_is_a_rotation(rng):
    x = rng.normal(size=(40, 6))
    mapped = subspace_alignment(x, x, components=6).map_source(x)
    centered = x - x.mean(axis=0)
    np.testing.assert_allclose(mapped @ mapped.T, centered @ centered.T, atol=1e-10)


def test_the_map_minimizes_the_bregman_objective(two_domains, rng):
    from tlcourse.adaptation.subspace_alignment import principal_axes

    source, target = two_domains(60, 50, 8)
    p_s, p_t = principal_axes(source, 3), principal_axes(target, 3)
    best = np.linalg.lstsq(p_s, p_t, rcond=None)[0]
    np.testing.assert_allclose(p_s.T @ p_t, best, atol=1e-10)


@pytest.mark.parametrize("components", [0, 9, 30])
def test_too_many_components(two_domains, components):
    with pytest.raises(DataError, match="1 to 8"):
        subspace_alignment(*two_domains(60, 50, 8), components=components)
