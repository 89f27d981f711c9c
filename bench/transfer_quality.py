"""What transfer is worth: many labels on photographs, few labels on drawings; five seeds.

Part 1, flower photographs at 160 px: fine-tuning (head first, then block 5) against the linear
probe on blocks 3+4+5. Both learn from the same three quarters; the recipe was fixed
beforehand, so no validation part is needed.

Part 2, emoji at 96 px with ten labels for each class: the probe and LP-FT against a network
from scratch, and against the same VGG16 with random weights. The rival from scratch may look
at the validation part to know when to stop, which is more labels than the others get.

Each seed makes its own split, stratified and grouped. The test part of a split is opened
for every method, once. Intervals of accuracies and of paired gains are corrected resampled
t intervals (Nadeau and Bengio 2003); what the splits of a data set share is set by the share
of its pictures that a split tests, also where only some of the others are learned from.

    python bench/transfer_quality.py            writes bench/transfer_quality.json
    python bench/transfer_quality.py --quick    a minute, for the test; the numbers mean nothing

Part 1 needs the photographs: `TLCOURSE_MIRROR` names a folder that holds them, or they were
downloaded before. Where they are missing the result says so.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from machine import ROOT, machine

TEST = 0.25


@dataclass(frozen=True)
class Size:
    """How much work a run is."""

    seeds: int = 5
    flowers_side: int = 160
    emoji_side: int = 96
    most: int | None = None
    labels: int = 10
    epochs: int = 5
    few_epochs: int = 10
    scratch_epochs: int = 60


QUICK = Size(
    seeds=2, flowers_side=32, emoji_side=32, most=80, labels=2, epochs=1, few_epochs=1,
    scratch_epochs=1,
)  # fmt: skip


def flowers(size: Size) -> dict[str, Any]:
    """Fine-tune and probe with all labels of three quarters of the photographs."""
    import tlcourse as tl
    from tlcourse.finetuning import cache_trunk

    try:
        data = few(tl.load("flowers"), size.most)
    except tl.errors.CourseError as error:
        return {"skipped": str(error)}
    network = tl.backbone(image_size=size.flowers_side)
    plan = tl.FreezePlan("block5")
    features = tl.extract(network, data)
    trunk = cache_trunk(network, data, plan=plan)
    runs = []
    for seed in range(size.seeds):
        split = tl.split(data, test=TEST, validation=0, seed=seed)
        start = time.perf_counter()
        tuned = tl.finetune(
            network, split, plan=plan, trunk=trunk, epochs=size.epochs, part="test", seed=seed
        )
        seconds = time.perf_counter() - start
        probe = probed(features, split, seed)
        runs.append({"fine-tuned": tuned.accuracy, "linear probe": probe, "seconds": seconds})
        print(f"flowers, seed {seed}: {runs[-1]}", flush=True)
    return summary(runs, split, [("fine-tuned", "linear probe")])


def emoji(size: Size) -> dict[str, Any]:
    """Compare four methods with few labels for each class."""
    import tlcourse as tl

    data = few(tl.load("emoji", style="noto"), size.most)
    network = tl.backbone(image_size=size.emoji_side)
    blank = tl.backbone(image_size=size.emoji_side, weights="random")
    features, blank_features = tl.extract(network, data), tl.extract(blank, data, cache=False)
    runs = []
    for seed in range(size.seeds):
        split = tl.split(data, test=TEST, seed=seed).few(size.labels, seed=seed)
        tuned = tl.finetune(
            network, split, epochs=size.few_epochs, learning_rate=3e-5, part="test", seed=seed
        )
        runs.append(
            {
                "LP-FT": tuned.accuracy,
                "linear probe": probed(features, split, seed),
                "from scratch": from_scratch(data, split, seed, size),
                "random VGG16, linear probe": probed(blank_features, split, seed),
            }
        )
        print(f"emoji, seed {seed}: {runs[-1]}", flush=True)
    rivals = ("from scratch", "random VGG16, linear probe")
    pairs = [(ours, rival) for ours in ("LP-FT", "linear probe") for rival in rivals]
    return summary(runs, split, pairs)


def probed(features: np.ndarray, split: Any, seed: int) -> float:
    """Return the test accuracy of a linear head on the training rows."""
    import tlcourse as tl

    data, rows = split.dataset, split.train
    options = {"groups": data.groups[rows], "n_classes": data.n_classes, "seed": seed}
    head = tl.fit_head(features[rows], data.labels[rows], **options)
    return tl.evaluate(head, features, split=split, part="test", again=True).accuracy


def from_scratch(data: Any, split: Any, seed: int, size: Size) -> float:
    """Return the test accuracy of the small network, stopped by the validation part."""
    import tlcourse as tl
    from tlcourse.datasets.images import at_size
    from tlcourse.scratch import fit_scratch

    images = at_size(data.images, size.emoji_side)[np.arange(len(data))]
    checked = split.validation
    model = fit_scratch(
        images[split.train],
        data.labels[split.train],
        validation=(images[checked], data.labels[checked]),
        n_classes=data.n_classes,
        epochs=size.scratch_epochs,
        seed=seed,
    )
    return tl.evaluate(model, images, split=split, part="test", again=True).accuracy


def few(data: Any, most: int | None) -> Any:
    """Return at most so many pictures, every class alike; all where most is None."""
    if most is None:
        return data
    each = most // data.n_classes
    rows = [np.flatnonzero(data.labels == c)[:each] for c in range(data.n_classes)]
    return data.subset(np.sort(np.concatenate(rows)))


def summary(
    runs: list[dict[str, float]], split: Any, pairs: list[tuple[str, str]]
) -> dict[str, Any]:
    """Return means and paired gains with their intervals, and every run."""
    from tlcourse.evaluation import compare, interval

    sizes = {"n_train": len(split.dataset) - split.n_test, "n_test": split.n_test}
    column: Callable[[str], np.ndarray] = lambda name: np.array([r[name] for r in runs])  # noqa: E731
    accuracy, gains = {}, {}
    for name in [n for n in runs[0] if n != "seconds"]:
        span = interval(column(name), **sizes)
        accuracy[name] = rounded(column(name).mean(), span.low, span.high)
        print(f"{name}: {accuracy[name]}")
    for ours, rival in pairs:
        found = compare(column(ours), column(rival), names=(ours, rival), **sizes)
        values = rounded(found.difference, found.low, found.high)
        gains[f"{ours} - {rival}"] = values | {"verdict": found.verdict}
        print(found.verdict, flush=True)
    counts = {"learned_from": len(split.train), "tested_on": split.n_test}
    return {**counts, "accuracy": accuracy, "gains": gains, "runs": runs}


def rounded(mean: float, low: float, high: float) -> dict[str, Any]:
    return {
        "mean": round(float(mean), 4),
        "interval": [round(float(low), 4), round(float(high), 4)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few pictures and epochs")
    parser.add_argument("--part", choices=("flowers", "emoji"), help="only this part")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "transfer_quality.json")
    options = parser.parse_args()

    from tlcourse import runtime

    runtime.quiet_tensorflow()
    size = QUICK if options.quick else Size()
    result = json.loads(options.out.read_text("utf-8")) if options.out.is_file() else {}
    result |= {"quick": options.quick, "machine": machine()}
    for name, part in (("emoji", emoji), ("flowers", flowers)):
        if options.part in (None, name):
            result[name] = part(size)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
