"""Optimal transport: move the source cloud onto the target cloud at the least total cost."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from tlcourse.adaptation._arrays import feature_matrix, feature_pair
from tlcourse.errors import DataError

_BACKENDS = ("PYTORCH", "TENSORFLOW", "JAX", "CUPY")


@dataclass(frozen=True, eq=False)
class Transport:
    """A fitted transport plan; `map_target` changes nothing.

    Args:
        plan: How much of each source item goes to each target item, (n_s, n_t). Rows sum to
            1/n_s, columns to 1/n_t.
        estimator: The fitted POT object, which maps new source items.
    """

    plan: np.ndarray
    estimator: Any

    def map_source(self, features: np.ndarray) -> np.ndarray:
        """Move source features (n, d) to the target.

        An item of the fit goes to the mean of the target items it is sent to (the barycentric
        map); a new item takes the displacement of its nearest neighbor in the fit.
        """
        moved = self.estimator.transform(Xs=feature_matrix(features, "source"))
        given = np.asarray(features).dtype
        return moved.astype(given) if given == np.float32 else moved

    def map_target(self, features: np.ndarray) -> np.ndarray:
        """Return the target features as they are."""
        return np.asarray(features)


def optimal_transport(
    source: np.ndarray,
    target: np.ndarray,
    *,
    regularization: float | None = None,
    max_pairs: int = 25_000_000,
) -> Transport:
    """Find the cheapest way to turn the source cloud into the target cloud (Courty 2017).

        min_P Σ_ij P_ij ‖s_i − t_j‖²   with rows of P summing to 1/n_s and columns to 1/n_t,

    then move each source item to the barycenter of where it goes, n_s Σ_j P_ij t_j. All mass
    has to arrive: if the target lacks a class, its items are sent to other classes all the
    same, and their labels with them. The solver is POT's.

    Args:
        source: Source features (n_s, d). Distances should mean something: standardize and
            project first, as in the example.
        target: Unlabeled target features (n_t, d).
        regularization: None for the exact plan; a positive number ε for the entropic one
            (Cuturi 2013), which spreads each item over several target items. ε is measured
            against costs divided by their largest value, so 0.01 to 0.1 are usual.
        max_pairs: Refuse more than this many pairs n_s · n_t.

    Returns:
        The fitted transport.

    Raises:
        DataError: If there are too many pairs or ε is not positive.

    Cost: memory 24 n_s n_t bytes (cost matrix, its copy and the plan): 115 MB for 2,190 items
    on each side, 600 MB at the default bound. Time grows like n³ log n; 220 × 220 takes 20 ms.

    Example:
        >>> from functools import partial
        >>> chain(source, target, standardize, partial(joint_pca, components=50),
        ...       optimal_transport)
    """
    source, target = feature_pair(source, target)
    pairs = len(source) * len(target)
    if pairs > max_pairs:
        raise DataError(
            f"{len(source)} source and {len(target)} target items make {pairs:,} pairs, which "
            f"need about {24 * pairs / 2**20:,.0f} MB; the limit is {max_pairs:,} pairs. "
            f"Use a random part of each domain, or raise max_pairs."
        )
    if regularization is not None and not regularization > 0:
        raise DataError(f"regularization={regularization}, but a positive number is needed.")
    ot = _import_pot()
    if regularization is None:
        estimator = ot.da.EMDTransport(max_iter=1_000_000)
    else:
        estimator = ot.da.SinkhornTransport(reg_e=regularization, norm="max", max_iter=10_000)
    estimator.fit(Xs=source, Xt=target)
    return Transport(np.asarray(estimator.coupling_), estimator)


def _import_pot() -> ModuleType:
    """Import POT without the deep-learning backends it would load along, which cost seconds."""
    if "ot" not in sys.modules:
        switches = [f"POT_BACKEND_DISABLE_{backend}" for backend in _BACKENDS]
        ours = [switch for switch in switches if switch not in os.environ]
        os.environ.update(dict.fromkeys(ours, "1"))
        try:
            import ot.da
        finally:
            for switch in ours:
                del os.environ[switch]
    import ot

    return ot
