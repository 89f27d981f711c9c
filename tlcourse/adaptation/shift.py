"""Four rulers for the distance between two domains, each with its own zero.

A distance between two *samples* is rarely zero, even if both come from one distribution:
with fewer items than features the Fréchet distance of two halves of one domain can be in the
hundreds. So every measure here comes with a permutation null: the pooled items are dealt out
at random many times, and the mean of what is then measured is the floor.

All four are symmetric and none looks at classes, so none can know which direction of transfer
is harder, or whether the shift moves anything across a class boundary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.adaptation._arrays import feature_pair, squared_distances
from tlcourse.adaptation.mmd import mmd_from_kernel, rbf
from tlcourse.errors import DataError


@dataclass(frozen=True)
class Measure:
    """One distance and what it would be without a shift.

    Args:
        name: Name of the measure.
        value: Measured distance.
        floor: Mean over random relabelings of source and target: the measure's own zero.
        floor_high: 95 % quantile of the same.
        p_value: Share of relabelings at least as far apart, (1 + hits) / (1 + permutations);
            NaN without permutations.
        unit: Unit and range.
        note: How to read it.
    """

    name: str
    value: float
    floor: float
    floor_high: float
    p_value: float
    unit: str
    note: str

    @property
    def excess(self) -> float:
        """Value minus floor: the part that is shift."""
        return self.value - self.floor


@dataclass(frozen=True)
class Shift:
    """The four measures of one pair of domains; see `shift`."""

    proxy_a_distance: Measure
    mmd: Measure
    coral: Measure
    frechet: Measure
    n_source: int
    n_target: int

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The four measures, in the order of the table."""
        return self.proxy_a_distance, self.mmd, self.coral, self.frechet

    def to_frame(self) -> Any:
        """Return a pandas table, one row for each measure."""
        import pandas as pd

        columns = ("name", "value", "floor", "floor_high", "excess", "p_value", "unit")
        rows = [{column: getattr(m, column) for column in columns} for m in self.measures]
        return pd.DataFrame(rows).set_index("name")


def shift(
    source: np.ndarray,
    target: np.ndarray,
    *,
    scale: bool = True,
    permutations: int = 50,
    max_items: int = 500,
    seed: int = 0,
) -> Shift:
    """Measure how far apart two domains are, without any label.

    - **Proxy A-distance** 2 (1 − 2 ε): ε is the cross-validated balanced error of a linear
      classifier that tells the domains apart (Ben-David et al. 2007).
    - **MMD²**, unbiased, RBF kernel with the median heuristic (Gretton et al. 2012).
    - **CORAL distance** ‖C_s − C_t‖²_F / (4 d²) (Sun and Saenko 2016).
    - **Fréchet distance** ‖μ_s − μ_t‖² + tr(C_s + C_t − 2 (C_s C_t)^(1/2)): the squared
      2-Wasserstein distance between two Gaussians (Dowson and Landau 1982).

    Args:
        source: Source features (n_s, d).
        target: Target features (n_t, d).
        scale: Divide each feature by its standard deviation over both domains together first.
            Without it the features of the loudest block decide alone (block 3 of VGG16 is
            hundreds of times as loud as block 5), and units are those of the features. The
            pooled deviation does not know who is source, so the null stays exact.
        permutations: Random relabelings for the null; 0 leaves it out. The Fréchet distance,
            the slow one, uses the first 20 at most.
        max_items: Larger domains are reduced to a random part of this size, because time and
            memory grow with the square of the number of items.
        seed: Of the random parts, the relabelings and the folds.

    Returns:
        The four measures. The null is exact for independent items; if the same concept occurs
        in both domains, the p-values are approximate.

    Cost: O(N² d) for the distances between the N items, then O(N²) for each relabeling and
    O(N³/8) for the Fréchet distance. About 2 s for 500 + 500 items of 1,280 features.

    Example:
        >>> shift(twemoji_features, outline_features).to_frame()
    """
    source, target = feature_pair(source, target)
    if permutations < 0 or max_items < 10:
        raise DataError(
            f"permutations={permutations} and max_items={max_items}, but permutations of 0 or "
            f"more and at least 10 items are needed."
        )
    rng = np.random.default_rng(seed)
    source, target = (_part(x, max_items, rng) for x in (source, target))
    if min(len(source), len(target)) < 5:
        raise DataError(
            f"There are {len(source)} source and {len(target)} target items, but five folds "
            f"need at least 5 of each. Pass more items."
        )
    pooled = np.concatenate([source, target])
    pooled -= pooled.mean(axis=0)
    if scale:
        deviation = pooled.std(axis=0)
        pooled /= np.where(deviation > 0, deviation, 1.0)
    members = _relabelings(len(source), len(pooled), permutations, rng)

    distances = squared_distances(pooled, pooled)
    np.fill_diagonal(distances, 0.0)
    gram = pooled @ pooled.T
    return Shift(
        _measure("proxy A-distance", _a_distances(pooled, members, rng), _A_UNIT, _A_NOTE),
        _measure("MMD²", _mmd_or_zero(distances, members), _M_UNIT, _M_NOTE),
        _measure("CORAL distance", _corals(gram, members, pooled.shape[1]), _C_UNIT, _C_NOTE),
        _measure("Fréchet distance", _frechets(gram, members[:, :21]), _F_UNIT, _F_NOTE),
        n_source=len(source),
        n_target=len(target),
    )


_A_UNIT = "0 (alike) to 2 (separable)"
_A_NOTE = "Saturates: in many dimensions most domains can be told apart, classes moved or not."
_M_UNIT = "0 to 2"
_M_NOTE = "Unbiased, so it may be negative when nothing differs."
_C_UNIT = "feature units to the fourth power"
_C_NOTE = "Sees covariances only, not a shift of the mean."
_F_UNIT = "feature units squared"
_F_NOTE = "Assumes Gaussians; with fewer items than features its floor is far above zero."


def frechet_distance(source: np.ndarray, target: np.ndarray) -> float:
    """Return the Fréchet distance between Gaussians fitted to two samples (divisor n − 1).

    ‖μ_s − μ_t‖² + tr C_s + tr C_t − 2 tr (C_s C_t)^(1/2). The last trace is computed without a
    matrix square root: with centered data, it is the sum of the singular values of X_s X_tᵀ,
    over √((n_s − 1)(n_t − 1)). That holds for singular covariances as well.
    """
    source, target = feature_pair(source, target)
    pooled = np.concatenate([source, target])
    pooled -= pooled.mean(axis=0)
    members = (np.arange(len(pooled)) < len(source))[:, None]
    return float(_frechets(pooled @ pooled.T, members)[0])


def proxy_a_distance(source: np.ndarray, target: np.ndarray, *, seed: int = 0) -> float:
    """Return 2 (1 − 2 ε), ε the five-fold balanced error of a linear domain classifier.

    The classifier is ridge-regularized linear discriminant analysis on standardized features.
    The value is not clipped at 0: without a shift it varies around 0.
    """
    source, target = feature_pair(source, target)
    pooled = np.concatenate([source, target])
    members = (np.arange(len(pooled)) < len(source))[:, None]
    return float(_a_distances(pooled, members, np.random.default_rng(seed))[0])


def _part(features: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    if len(features) <= most:
        return features
    return features[np.sort(rng.choice(len(features), most, replace=False))]


def _relabelings(n_source: int, n: int, repeats: int, rng: np.random.Generator) -> np.ndarray:
    """Return bool (n, 1 + repeats): column 0 marks the true source, the others a random one."""
    members = np.zeros((n, 1 + repeats), dtype=bool)
    members[:n_source, 0] = True
    for column in range(1, 1 + repeats):
        members[rng.permutation(n)[:n_source], column] = True
    return members


def _measure(name: str, values: np.ndarray, unit: str, note: str) -> Measure:
    value, null = float(values[0]), values[1:]
    if not len(null):
        return Measure(name, value, float("nan"), float("nan"), float("nan"), unit, note)
    # Equal up to rounding counts as a hit: identical data must give p = 1.
    hits = (null >= value - 1e-12 * max(1.0, abs(value))).sum()
    p = (1 + int(hits)) / (1 + len(null))
    return Measure(name, value, float(null.mean()), float(np.quantile(null, 0.95)), p, unit, note)


def _mmd_or_zero(distances: np.ndarray, members: np.ndarray) -> np.ndarray:
    if not distances.any():  # all items identical: no kernel width exists, and no distance
        return np.zeros(members.shape[1])
    n_source = int(members[:, 0].sum())
    return mmd_from_kernel(rbf(distances), n_source, members=members.astype(np.float64))


def _blocks(gram: np.ndarray, member: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the inner products within source, within target and across, each side centered."""

    def centered(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        block = gram[np.ix_(rows, columns)]
        block = block - block.mean(axis=0)
        return block - block.mean(axis=1, keepdims=True)

    s, t = np.flatnonzero(member), np.flatnonzero(~member)
    return centered(s, s), centered(t, t), centered(s, t)


def _corals(gram: np.ndarray, members: np.ndarray, d: int) -> np.ndarray:
    """Return the CORAL distance for each relabeling.

    ‖C_s − C_t‖² = ‖C_s‖² − 2 ⟨C_s, C_t⟩ + ‖C_t‖², and each term is the squared norm of a matrix
    of inner products between items, so no d × d matrix is ever formed.
    """
    result = np.empty(members.shape[1])
    for column, member in enumerate(members.T):
        ss, tt, st = _blocks(gram, member)
        a, b = len(ss) - 1, len(tt) - 1
        squared = (ss**2).sum() / a**2 + (tt**2).sum() / b**2 - 2 * (st**2).sum() / (a * b)
        result[column] = max(squared, 0.0) / (4 * d**2)
    return result


def _frechets(gram: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Return the Fréchet distance for each relabeling."""
    result = np.empty(members.shape[1])
    for column, member in enumerate(members.T):
        ss, tt, st = _blocks(gram, member)
        a, b = len(ss) - 1, len(tt) - 1
        weights = np.where(member, 1 / member.sum(), -1 / (~member).sum())
        means_apart = weights @ gram @ weights
        exact = st if column == 0 else st.astype(np.float32)  # the null needs three digits
        overlap = np.linalg.svd(exact, compute_uv=False).sum(dtype=np.float64) / np.sqrt(a * b)
        result[column] = means_apart + np.trace(ss) / a + np.trace(tt) / b - 2 * overlap
    return np.maximum(result, 0.0)


def _a_distances(
    pooled: np.ndarray, members: np.ndarray, rng: np.random.Generator, *, folds: int = 5
) -> np.ndarray:
    """Return the proxy A-distance for each relabeling.

    Ridge regression on ±1 has a closed form, so all relabelings share one factorization of
    each fold. The folds ignore the labels: the null is then exact.
    """
    scale = pooled.std(axis=0)
    z = (pooled - pooled.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    kernel = z @ z.T / z.shape[1]
    fold = rng.permutation(len(z)) % folds
    wrong = np.zeros_like(members)
    for k in range(folds):
        test, train = fold == k, fold != k
        wrong[test] = _predict_source(kernel, train, test, members[train]) != members[test]
    error_source = (wrong & members).sum(axis=0) / members.sum(axis=0)
    error_target = (wrong & ~members).sum(axis=0) / (~members).sum(axis=0)
    return 2 * (1 - (error_source + error_target))


def _predict_source(
    kernel: np.ndarray, train: np.ndarray, test: np.ndarray, members: np.ndarray
) -> np.ndarray:
    """Return bool (n_test, b): is a test item closer to the source, along the ridge direction?"""
    inner = kernel[np.ix_(train, train)]
    outer = kernel[np.ix_(test, train)]
    row_mean = inner.mean(axis=0)
    outer = outer - row_mean - outer.mean(axis=1, keepdims=True) + row_mean.mean()
    inner = inner - row_mean - row_mean[:, None] + row_mean.mean()
    answers = 2.0 * members - 1.0
    answers -= answers.mean(axis=0)
    # Ridge as large as the mean squared length of an item, which is 1 here.
    dual = np.linalg.solve(inner + np.eye(len(inner)), answers)
    scores = inner @ dual
    means = [(scores * m).sum(axis=0) / np.maximum(m.sum(axis=0), 1) for m in (members, ~members)]
    return outer @ dual > (means[0] + means[1]) / 2
