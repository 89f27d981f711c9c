"""CORAL: give the source the covariance of the target (Sun, Feng and Saenko, 2016)."""

from __future__ import annotations

import numpy as np

from tlcourse.adaptation._arrays import feature_pair, symmetric_power
from tlcourse.adaptation.alignment import Affine, Alignment
from tlcourse.errors import DataError


def coral(
    source: np.ndarray,
    target: np.ndarray,
    *,
    shrinkage: str | float = "ledoit-wolf",
    ridge: float = 0.0,
) -> Alignment:
    """Whiten the source, then color it with the covariance of the target.

    CORAL looks for the linear map A that brings the source covariance C_s closest to the
    target covariance C_t, min_A ‖Aᵀ C_s A − C_t‖²_F. One solution is

        A = C_s^(−1/2) C_t^(1/2):  first whiten (covariance I), then color (covariance C_t).

    Both domains are centered. The classifier is then trained on the mapped source and reads
    the centered target, which is not changed otherwise.

    With fewer items than features C_s has no inverse, so the covariances are estimated with
    shrinkage. The default pulls each one towards its own diagonal, by the amount that Ledoit
    and Wolf (2004) derive: the columns are scaled to variance 1, shrunk, and scaled back.
    SKADA calls the same thing `reg="auto"`.

    Args:
        source: Source features (n_s, d).
        target: Unlabeled target features (n_t, d).
        shrinkage: "ledoit-wolf", or a number s from 0 to 1 for (1 − s) C + s tr(C)/d I.
        ridge: λ ≥ 0, added to both diagonals after shrinking. The paper's own setting is
            `shrinkage=0.0, ridge=1.0`.

    Returns:
        An alignment: `map_source` centers, whitens and colors; `map_target` only centers, with
        the mean of the unlabeled target given here. A source covariance equal to the target's
        is mapped by the identity.

    Raises:
        DataError: If an option is out of range or the source covariance has no inverse.

    Cost: O(n d² + d³); about one second for d = 1,280. `joint_pca` to 128 first is ten times
    as fast.

    Example:
        >>> aligned = coral(source, target)
        >>> head = fit_head(aligned.map_source(source), source_labels)
        >>> head.predict(aligned.map_target(target))
    """
    source, target = feature_pair(source, target)
    whiten = symmetric_power(covariance(source, shrinkage=shrinkage, ridge=ridge), -0.5)
    color = symmetric_power(covariance(target, shrinkage=shrinkage, ridge=ridge), 0.5)
    unchanged = np.ones(source.shape[1])
    return Alignment(
        "CORAL",
        Affine(source.mean(axis=0), whiten @ color),
        Affine(target.mean(axis=0), unchanged),
    )


def covariance(
    features: np.ndarray, *, shrinkage: str | float = "ledoit-wolf", ridge: float = 0.0
) -> np.ndarray:
    """Estimate the covariance (d, d) of features (n, d), divisor n; options as in `coral`."""
    from sklearn.covariance import empirical_covariance, ledoit_wolf, shrunk_covariance

    if ridge < 0:
        raise DataError(f"ridge={ridge}, but a value of 0 or more is needed.")
    if shrinkage == "ledoit-wolf":
        scale = features.std(axis=0)
        scale[scale == 0] = 1.0
        shrunk, _ = ledoit_wolf((features - features.mean(axis=0)) / scale)
        estimate = scale[:, None] * shrunk * scale[None, :]
    elif isinstance(shrinkage, int | float) and 0.0 <= shrinkage <= 1.0:
        estimate = shrunk_covariance(empirical_covariance(features), shrinkage=float(shrinkage))
    else:
        raise DataError(
            f"shrinkage={shrinkage!r}, but 'ledoit-wolf' or a number from 0 to 1 is needed."
        )
    estimate[np.diag_indices_from(estimate)] += ridge
    return estimate


def coral_distance(source: np.ndarray, target: np.ndarray) -> float:
    """Return ‖C_s − C_t‖²_F / (4 d²), the loss of Deep CORAL (Sun and Saenko, 2016).

    Covariances have divisor n − 1. Two samples of one distribution do not give 0 but a floor
    that falls like 1/n: compare with the null of `shift`.
    """
    source, target = feature_pair(source, target)
    difference = np.cov(source, rowvar=False) - np.cov(target, rowvar=False)
    return float((difference**2).sum() / (4 * source.shape[1] ** 2))
