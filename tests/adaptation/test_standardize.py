import numpy as np
from sklearn.preprocessing import StandardScaler

from tlcourse.adaptation import chain, coral, identity, joint_pca, joint_scale, standardize


def test_each_domain_by_its_own_statistics(two_domains):
    source, target = two_domains(30, 40, 60)
    aligned = standardize(source, target)
    np.testing.assert_allclose(
        aligned.map_source(source), StandardScaler().fit_transform(source), atol=1e-10
    )
    np.testing.assert_allclose(
        aligned.map_target(target), StandardScaler().fit_transform(target), atol=1e-10
    )


def test_constant_feature_stays_finite():
    source = np.full((7, 2), 0.1)
    target = np.random.default_rng(0).normal(size=(7, 2))
    mapped = standardize(source, target).map_source(source)
    np.testing.assert_allclose(mapped, 0, atol=1e-12)


def test_identity_changes_nothing(two_domains):
    source, target = two_domains(5, 6, 3)
    np.testing.assert_array_equal(identity(source, target).map_source(source), source)


def test_joint_pca_keeps_inner_products_at_full_rank(two_domains):
    source, target = two_domains(10, 12, 30)
    projected = joint_pca(source, target, components=100)
    both = np.concatenate([source, target])
    both = both - both.mean(axis=0)
    mapped = np.concatenate([projected.map_source(source), projected.map_target(target)])
    np.testing.assert_allclose(mapped @ mapped.T, both @ both.T, atol=1e-9)


def test_chain_fits_each_step_on_the_output_of_the_one_before(two_domains):
    source, target = two_domains(50, 60, 5)
    both = chain(source, target, standardize, coral)
    first = standardize(source, target)
    second = coral(first.map_source(source), first.map_target(target))
    np.testing.assert_allclose(both.map_source(source), second.map_source(first.map_source(source)))
    np.testing.assert_allclose(both.map_target(target), second.map_target(first.map_target(target)))


def test_one_scale_for_both_aligns_nothing(two_domains):
    source, target = two_domains(30, 40, 6)
    scaled = joint_scale(source, target)
    both = np.concatenate([scaled.map_source(source), scaled.map_target(target)])
    pooled = np.concatenate([source, target])
    np.testing.assert_allclose(both, StandardScaler().fit_transform(pooled), atol=1e-10)
    np.testing.assert_array_equal(scaled.map_source(source), scaled.map_target(source))
