"""Detection with and without transfer, and style transfer, each over five seeds.

Detection: drawn objects on photographs, one to three in a scene, 8 classes. Each seed deals the
concepts into five folds and composes new scenes; the scenes of one fold test, those of the others
train. No concept and no pixel of background is on both sides. Rivals get the same scenes:

- transferred: linear heads on the map of the frozen, pretrained VGG16;
- random trunk: the same heads on VGG16 with random weights, frozen; the same arithmetic;
- from scratch: a small network trained as a whole for the seconds that "transferred" took, maps
  included;
- coarse pixels: the same heads without a network.

Intervals are corrected resampled t intervals (Nadeau and Bengio 2003), because the seeds share
their concepts. Nothing is chosen on the scenes of the test.

Style transfer: see `vision_style.py`.

    python bench/vision.py                 writes bench/vision.json
    python bench/vision.py --part style    this part anew, the other stays as it was measured
    python bench/vision.py --quick         a minute, for the test; the numbers mean nothing
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from machine import ROOT, machine
from vision_style import style

PARTS = ("detection", "style")


@dataclass(frozen=True)
class Size:
    """How much work a run is."""

    seeds: int = 5
    objects: int = 600
    train_scenes: int = 96  # of each fold
    test_scenes: int = 40
    scene: int = 128
    seconds_at_most: float = 60.0
    paint: int = 128
    steps: int = 50  # of a round
    rounds: int = 4
    contents_of_a_class: int = 1
    retextured: int = 6000


QUICK = Size(2, 80, 6, 6, 64, 2.0, 32, 3, 1, 1, 100)


def detection_seed(objects: Any, size: Size, seed: int) -> dict[str, dict[str, float]]:
    """Train and judge every detector once: name -> AP50, mAP50, seconds."""
    import tlcourse as tl
    from tlcourse import vision
    from tlcourse.recipes import chapter10_scenes, chapter10_scratch
    from tlcourse.recipes.chapter10_detect import judge

    fold = chapter10_scenes.concept_folds(objects, n=5, seed=seed)
    sides = (size.scene // 4, 15 * size.scene // 32)
    options = {"size": size.scene, "count": (1, 3), "sides": sides, "seed": seed}
    dealt = chapter10_scenes.deal(objects, fold, size.train_scenes, half="first", **options)
    train = dealt.scenes.subset(dealt.without(0))
    test = chapter10_scenes.deal(objects, fold, size.test_scenes, half="second", **options)
    test = test.scenes.subset(test.of(0))
    vision.assert_apart(train, test)

    rows = {}
    for name, weights in (("transferred", None), ("random trunk", "random")):
        trunk = tl.backbone(image_size=size.scene, weights=weights, seed=seed)
        vision.feature_maps(trunk, train.images[:32])  # compile before the clock runs
        started = time.perf_counter()
        maps = vision.feature_maps(trunk, train.images)
        detector = vision.fit_detector(maps, train)
        seconds = time.perf_counter() - started
        said = detector.candidates(vision.feature_maps(trunk, test.images))
        rows[name] = row(judge(said, test), seconds, detector.trained_parameters)
    allowed = min(rows["transferred"]["seconds"], size.seconds_at_most)
    model, steps = chapter10_scratch.train(train, seconds=allowed, seed=seed)
    said = chapter10_scratch.candidates(model, test.images)
    rows["from scratch"] = row(judge(said, test), allowed, model.count_params(), steps=steps)
    started = time.perf_counter()
    detector = vision.fit_detector(pixel_cells(train.images), train)
    seconds = time.perf_counter() - started
    said = detector.candidates(pixel_cells(test.images))
    rows["coarse pixels"] = row(judge(said, test), seconds, detector.trained_parameters)
    for name, found in rows.items():
        print(f"seed {seed}, {name}: AP50 {found['ap50']:.3f}, mAP50 {found['map50']:.3f}")
    rows["sizes"] = {"train": len(train), "test": len(test)}
    return rows


def row(judged: Any, seconds: float, weights: int, **more: Any) -> dict[str, Any]:
    return {
        "ap50": round(judged.found, 4),
        "map50": round(judged.both, 4),
        "named_right_if_found": round(judged.named, 4),
        "seconds": round(seconds, 2),
        "trained_weights": int(weights),
        **more,
    }


def pixel_cells(images: np.ndarray, *, stride: int = 16) -> np.ndarray:
    """Return each place's own pixels reduced to 4×4, (n, rows, columns, 48)."""
    n, size, part = len(images), images.shape[1] // stride, stride // 4
    small = images.reshape(n, 4 * size, part, 4 * size, part, 3).mean(axis=(2, 4))
    small = small.reshape(n, size, 4, size, 4, 3).transpose(0, 1, 3, 2, 4, 5)
    return small.reshape(n, size, size, 48)


def summarized(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return mean and interval of every detector, and the gain of transfer over each rival."""
    from tlcourse.evaluation import compare, interval

    sizes = {f"n_{part}": runs[0]["sizes"][part] for part in ("train", "test")}
    names = [name for name in runs[0] if name != "sizes"]
    table: dict[str, Any] = {}
    for name in names:
        rows = [run[name] for run in runs]
        table[name] = {"runs": rows}
        for metric in ("ap50", "map50"):
            found = interval(np.array([r[metric] for r in rows]), **sizes)
            table[name][metric] = round(found.estimate, 4)
            table[name][f"{metric}_interval"] = [round(found.low, 4), round(found.high, 4)]
        if name != "transferred":
            ours = [run["transferred"]["map50"] for run in runs]
            gain = compare(ours, [r["map50"] for r in rows], names=("transferred", name), **sizes)
            table[name]["gain_of_transfer_map50"] = round(gain.difference, 4)
            table[name]["gain_interval"] = [round(gain.low, 4), round(gain.high, 4)]
            print(gain.verdict)
    return {**sizes, "detectors": table}


def measured_before(path: Path, part: str | None) -> dict[str, Any]:
    """Return what stays when only one part is measured anew; nothing when both are."""
    if part is None or not path.exists():
        return {}
    return json.loads(path.read_text("utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few scenes, seeds and steps")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "vision.json")
    parser.add_argument("--part", choices=PARTS, help="only this part; the rest of --out stays")
    options = parser.parse_args()

    from tlcourse import runtime
    from tlcourse.recipes import chapter10_scenes

    runtime.quiet_tensorflow()
    size = QUICK if options.quick else Size()
    objects = chapter10_scenes.load_objects("emoji", most=size.objects)
    result = measured_before(options.out, options.part)
    result |= {
        "data": f"scenes of {len(objects)} emoji (Twemoji), {objects.n_classes} classes",
        "quick": options.quick,
        **asdict(size),
        "intervals": "95 %, corrected resampled t over seeds",
    }
    if options.part != "style":
        started = time.perf_counter()
        runs = [detection_seed(objects, size, seed) for seed in range(size.seeds)]
        result["detection"] = summarized(runs)
        result["seconds"] = round(time.perf_counter() - started, 1)
        result["machine"] = machine()
    if options.part != "detection":
        fold = chapter10_scenes.concept_folds(objects, n=5, seed=0)
        result["style_transfer"] = {
            **style(objects, fold, size, options.out.with_name("painted.jpg")),
            "machine": machine(),
        }
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
