"""Look-alikes: in two classes a wrong label, in two parts a leak, else a copy."""

from __future__ import annotations

import numpy as np

from tlcourse.data_check.report import Finding
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.duplicates import NearDuplicates


def from_copies(dataset: Dataset, found: NearDuplicates) -> list[Finding]:
    """List every set of look-alikes under the most serious heading that fits."""
    return [_finding(dataset, rows, found) for rows in found.clusters]


def _finding(dataset: Dataset, rows: np.ndarray, found: NearDuplicates) -> Finding:
    inside = {int(r) for r in rows}
    pairs = [p for p in found if p.first in inside]
    exact = all(p.exact for p in pairs)
    same = "the same bytes" if exact else f"{max(p.distance for p in pairs)} of 144 bits differ"
    items = tuple(dataset.ids[r] for r in rows)
    labels = sorted({dataset.class_names[c] for c in dataset.labels[rows]})
    if len(labels) > 1:
        kind = "two_labels" if exact else "near_two_labels"
        return Finding(kind, items, f"{' and '.join(labels)}; {same}", len(rows))
    parts = [] if dataset.presplit is None else sorted(set(dataset.presplit[rows].tolist()))
    if len(parts) > 1:
        return Finding("leak", items, f"{' and '.join(parts)}; {same}", len(rows))
    return Finding("duplicate" if exact else "near_duplicate", items, same, len(rows))
