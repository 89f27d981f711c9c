"""The main job, measured: frozen VGG16 with a linear head against a network from scratch.

Five folds, stratified and grouped by concept, of the emoji drawn in Noto style at 96 px.
Both get the same labels in every fold. The network from scratch is no straw man: it has
batch normalization, augmentation, dropout, a validation part cut from its training
labels, and stops when that part no longer improves (`tlcourse.scratch`).

    python bench/main_job.py            writes bench/main_job.json
    python bench/main_job.py --quick    a minute, for the test; the numbers mean nothing
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from machine import ROOT, machine

IMAGE_SIZE = 96
FOLDS = 5
VALIDATION = 0.15  # share of the training labels that decides when the rival stops
EPOCHS = 60


@dataclass
class Clock:
    """Seconds of wall clock and of all cores since it was made."""

    def __post_init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        """Return what has passed, in seconds."""
        return {
            "seconds": round(time.perf_counter() - self.wall, 2),
            "cpu_seconds": round(time.process_time() - self.cpu, 2),
        }


def probe(data: Any, folds: int, image_size: int) -> tuple[Any, dict[str, float]]:
    """Build the backbone, extract with an empty cache, fit and test a head in every fold."""
    import tlcourse as tl
    from tlcourse.evaluation import cross_validate

    clock = Clock()
    features = tl.extract(tl.backbone(image_size=image_size), data)
    found = cross_validate(features, data.labels, groups=data.groups, folds=folds)
    return found, clock.read()


def scratch(data: Any, folds: int, epochs: int, image_size: int) -> tuple[Any, dict[str, float]]:
    """Train the rival in every fold, on the same labels."""
    from tlcourse.datasets.images import at_size
    from tlcourse.datasets.splits import folds as make_folds
    from tlcourse.evaluation import cross_validate
    from tlcourse.scratch import fit_scratch

    lengths = []

    def fit(images: np.ndarray, labels: np.ndarray, *, groups: Any, seed: int) -> Any:
        parts = min(round(1 / VALIDATION), np.bincount(labels).min())
        train, validation = next(make_folds(labels, groups, n=parts, seed=seed))
        model = fit_scratch(
            images[train],
            labels[train],
            validation=(images[validation], labels[validation]),
            n_classes=data.n_classes,
            epochs=epochs,
            seed=seed,
        )
        lengths.append(len(model.history))
        return model

    clock = Clock()
    images = at_size(data.images, image_size)[np.arange(len(data))]
    found = cross_validate(images, data.labels, groups=data.groups, folds=folds, fit=fit)
    return found, clock.read() | {"epochs": lengths}


def report(name: str, found: Any, cost: dict[str, Any]) -> dict[str, Any]:
    span = found.interval
    print(f"{name:8s} {span}  {cost['seconds']:.1f} s, {cost['cpu_seconds']:.1f} s of cores")
    return {
        "accuracy": round(float(np.mean(found.accuracy)), 4),
        "interval": [round(float(span.low), 4), round(float(span.high), 4)],
        "folds": [round(float(a), 4) for a in found.accuracy],
        **cost,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few pictures and epochs")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "main_job.json")
    options = parser.parse_args()

    import tlcourse as tl
    from tlcourse import runtime
    from tlcourse.evaluation import compare

    runtime.quiet_tensorflow()
    data = tl.load("emoji", style="noto")
    folds, epochs, image_size = FOLDS, EPOCHS, IMAGE_SIZE
    if options.quick:
        few = np.concatenate([np.flatnonzero(data.labels == c)[:8] for c in range(data.n_classes)])
        data, folds, epochs, image_size = data.subset(few), 2, 1, 32
    with tempfile.TemporaryDirectory() as cache:
        os.environ["TLCOURSE_CACHE"] = cache
        ours, our_cost = probe(data, folds, image_size)
    rival, rival_cost = scratch(data, folds, epochs, image_size)
    gain = compare(ours, rival, names=("blocks 3+4+5 with a linear head", "from scratch"))
    result = {
        "data": f"emoji, Noto style, {len(data)} pictures, {data.n_classes} classes",
        "image_size": image_size,
        "folds": folds,
        "quick": options.quick,
        "probe": report("probe", ours, our_cost),
        "scratch": report("scratch", rival, rival_cost),
        "gain": {
            "difference": round(gain.difference, 4),
            "interval": [round(gain.low, 4), round(gain.high, 4)],
            "verdict": gain.verdict,
        },
        "times_the_seconds": round(rival_cost["seconds"] / our_cost["seconds"], 1),
        "machine": machine(),
    }
    print(gain.verdict)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
