"""Nearest neighbors of every picture under several inputs and cuts, computed beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.errors import CourseError

Setting = tuple[str, str]


@dataclass(frozen=True, eq=False)
class NeighborTable:
    """What the nearest neighbors of each picture are, for each setting (input, cut).

    Args:
        images: Pictures, uint8 RGB (n, S, S, 3).
        names: What each picture shows, n.
        labels: Classes, int (n,).
        class_names: In label order.
        queries: Rows that can be asked for.
        inputs: Names of the inputs, in order.
        cuts: Names of the cuts, from early to late.
        nearest: For each setting, rows of the k nearest other pictures, int (n, k).
        same_class: For each setting, share of the k with the picture's own class, (n,).
        color_ratio: For each setting, mean color distance to the neighbors, relative to the
            mean over all pairs: 1 where neighbors are as unlike in color as any two pictures.
    """

    images: np.ndarray
    names: tuple[str, ...]
    labels: np.ndarray
    class_names: tuple[str, ...]
    queries: tuple[int, ...]
    inputs: tuple[str, ...]
    cuts: tuple[str, ...]
    nearest: dict[Setting, np.ndarray]
    same_class: dict[Setting, np.ndarray]
    color_ratio: dict[Setting, float]

    def check(self, query: int, cut: str, kind: str) -> Setting:
        """Return the setting, or raise `CourseError` naming what is unknown."""
        for what, value, known in (("cut", cut, self.cuts), ("input", kind, self.inputs)):
            if value not in known:
                raise CourseError(f"Unknown {what} {value!r}. Expected one of {', '.join(known)}.")
        if not 0 <= query < len(self.labels):
            raise CourseError(
                f"There is no picture {query}. Expected a row from 0 to {len(self.labels) - 1}."
            )
        return kind, cut

    def describe(self, query: int, cut: str, kind: str) -> str:
        """Say in words who the neighbors of a picture are."""
        setting = self.check(query, cut, kind)
        near = ", ".join(self.names[i] for i in self.nearest[setting][query])
        return f"{self.names[query]} at {cut}, {kind} input: {near}"


def neighbor_table(
    features: Mapping[Setting, np.ndarray],
    images: np.ndarray,
    labels: np.ndarray,
    *,
    class_names: Sequence[str],
    names: Sequence[str] | None = None,
    queries: Sequence[int] | None = None,
    k: int = 6,
) -> NeighborTable:
    """Find the k nearest neighbors of every picture by cosine on standardized features.

    Args:
        features: For each setting (input, cut), features (n, d). Every input needs every cut.
            Leave test pictures out.
        images: Pictures, uint8 RGB (n, S, S, 3).
        labels: Classes, int (n,).
        class_names: In label order.
        names: What each picture shows; its class when None.
        queries: Rows that can be asked for; 16 spread evenly when None.
        k: Number of neighbors.

    Raises:
        CourseError: If a setting is missing, or arrays do not pair.

    Cost: n*n*d multiplications for each setting; 0.1 s for 500 pictures.
    """
    labels = np.asarray(labels)
    n = len(labels)
    inputs = tuple(dict.fromkeys(kind for kind, _ in features))
    cuts = tuple(dict.fromkeys(cut for _, cut in features))
    missing = [(kind, cut) for kind in inputs for cut in cuts if (kind, cut) not in features]
    if missing or not features:
        raise CourseError(f"Features for {missing or 'any setting'} are missing. Expected all.")
    sizes = {len(images), *(len(f) for f in features.values())} | ({len(names)} if names else set())
    if sizes != {n} or n <= k:
        raise CourseError(
            f"There are {n} labels and arrays of {sorted(sizes)} rows. Expected the same number of "
            f"each, and more than k={k}."
        )
    names = tuple(names) if names else tuple(class_names[label] for label in labels)
    spread = np.linspace(0, n - 1, min(16, n)).astype(int).tolist()
    queries = tuple(int(q) for q in (spread if queries is None else queries))
    nearest = {setting: _nearest(np.asarray(f), k) for setting, f in features.items()}
    same = {s: (labels[rows] == labels[:, None]).mean(axis=1) for s, rows in nearest.items()}
    ratio = _color_ratios(np.asarray(images), nearest)
    return NeighborTable(
        np.asarray(images), names, labels, tuple(class_names), queries, inputs, cuts, nearest, same,
        ratio,
    )  # fmt: skip


def _nearest(features: np.ndarray, k: int) -> np.ndarray:
    """Return rows of the k most similar other pictures, the most similar first, int (n, k)."""
    features = features.astype(np.float64)
    scale = features.std(axis=0)
    floor = 1e-6 * max(np.abs(features).max(), 1e-30)  # constant channels stay silent
    unit = np.where(scale > floor, (features - features.mean(axis=0)) / np.maximum(scale, floor), 0)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-30)
    similarity = unit @ unit.T
    np.fill_diagonal(similarity, -np.inf)
    return np.argsort(-similarity, axis=1, kind="stable")[:, :k]


def _color_ratios(images: np.ndarray, nearest: dict[Setting, np.ndarray]) -> dict[Setting, Any]:
    """Compare mean colors (RGB, averaged over the picture) of neighbors and of all pairs."""
    colors = images.reshape(len(images), -1, images.shape[-1]).mean(axis=1)
    distances = np.linalg.norm(colors[:, None] - colors[None], axis=2)
    n = len(colors)
    average = max(distances.sum() / (n * (n - 1)), 1e-12)
    rows = np.arange(n)[:, None]
    return {s: float(distances[rows, near].mean() / average) for s, near in nearest.items()}
