"""Subspace alignment: rotate the source's main directions onto the target's (Fernando 2013)."""

from __future__ import annotations

import numpy as np

from tlcourse.adaptation._arrays import feature_pair
from tlcourse.adaptation.alignment import Affine, Alignment
from tlcourse.errors import DataError


def subspace_alignment(
    source: np.ndarray, target: np.ndarray, *, components: int = 50
) -> Alignment:
    """Describe each domain by its leading principal axes and carry one basis into the other.

    Let P_s and P_t (d × k) hold the first k principal axes of each domain. The map M that
    solves min_M ‖P_s M − P_t‖²_F is M = P_sᵀ P_t. Source items become (x − μ_s) P_s P_sᵀ P_t,
    target items (x − μ_t) P_t; a classifier trained on the first reads the second.

    Args:
        source: Source features (n_s, d).
        target: Unlabeled target features (n_t, d).
        components: k. Few axes lose the classes, many carry noise that the domains do not
            share; 20 to 100 are usual. At most min(n_s − 1, n_t − 1, d).

    Returns:
        An alignment into k dimensions. Cost: two SVDs, O(min(n, d)² max(n, d)).

    Raises:
        DataError: If there are fewer items or features than components.

    Reference:
        Fernando, Habrard, Sebban and Tuytelaars, Unsupervised Visual Domain Adaptation Using
        Subspace Alignment, ICCV 2013, equations 1 to 3. The paper standardizes each domain
        first, and so should you where features have unequal scales, as VGG16's blocks do:
        `chain(source, target, standardize, subspace_alignment)`. Do not standardize again
        afterwards: the classifier must not rescale the axes (see `methods.unscaled_head`).

    Example:
        >>> aligned = subspace_alignment(source, target, components=50)
        >>> aligned.map_source(source).shape  # (n_s, 50)
    """
    source, target = feature_pair(source, target)
    most = min(len(source) - 1, len(target) - 1, source.shape[1])
    if not 1 <= components <= most:
        raise DataError(
            f"components={components}, but {len(source)} source items, {len(target)} target "
            f"items and {source.shape[1]} features allow 1 to {most}. Choose a value in between."
        )
    source_axes = principal_axes(source, components)
    target_axes = principal_axes(target, components)
    rotation = source_axes.T @ target_axes
    return Alignment(
        "subspace alignment",
        Affine(source.mean(axis=0), source_axes @ rotation),
        Affine(target.mean(axis=0), target_axes),
    )


def principal_axes(features: np.ndarray, components: int) -> np.ndarray:
    """Return the first `components` principal axes of features (n, d) as columns, (d, k).

    The sign of an axis is arbitrary; scikit-learn fixes it, so equal input gives equal axes.
    """
    from sklearn.decomposition import PCA

    pca = PCA(components, svd_solver="full").fit(features)
    return np.ascontiguousarray(pca.components_.T)
