"""Find the same thing in another drawing style, by features alone and without a label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tlcourse.evaluation.intervals import Interval, interval


@dataclass(frozen=True, eq=False)
class TwinHunt:
    """For each picture the nearest of the other style, and whether it is the same thing.

    Args:
        name: What was compared, such as "block 4, pretrained".
        nearest: Row of the nearest picture of the other style, int (n,).
        found: Whether that picture shows the same thing, bool (n,).
    """

    name: str
    nearest: np.ndarray
    found: np.ndarray

    @property
    def share(self) -> Interval:
        """Share of pictures whose nearest one is the same thing, with Wilson's interval."""
        return interval(self.found)


def twin_hunt(
    name: str,
    features: np.ndarray,
    other_features: np.ndarray,
    things: np.ndarray,
    other_things: np.ndarray,
) -> TwinHunt:
    """Compare every picture with every picture of another style; see `TwinHunt`.

    Features are standardized within each style, so that a style as a whole does not count,
    and compared by the cosine.

    Args:
        name: What is compared.
        features: Of one style, float (n, d).
        other_features: Of the other style, float (m, d).
        things: What each picture shows, (n,).
        other_things: The same for the other style, (m,).
    """
    nearest = (_unit(features) @ _unit(other_features).T).argmax(axis=1)
    return TwinHunt(name, nearest, np.asarray(other_things)[nearest] == np.asarray(things))


def _unit(features: np.ndarray) -> np.ndarray:
    """Standardize columns, then scale rows to length 1; constant columns stay silent."""
    spread = features.std(axis=0)
    usable = spread > 1e-6 * max(float(np.abs(features).max()), 1e-30)
    values = np.where(usable, features - features.mean(axis=0), 0) / np.where(usable, spread, 1)
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
