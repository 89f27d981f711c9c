"""Distillation, measured: what a student with a tenth of the parameters loses.

The teacher is frozen VGG16 (blocks 3, 4 and 5, averaged) with a linear head. The student is
VGG16 up to the second layer of block 3, pooled, with one hidden layer: less than a tenth of
the teacher's parameters, everything counted. It is trained on the teacher's probabilities
for pictures without labels: the training things in all four drawing styles, and their mirror
images. Five splits by thing; the test things are seen by nobody, in no style.

Two regimes: 10 labels for each class, as in chapter 11, and a label for every training thing.

    python bench/field.py            writes bench/field.json
    python bench/field.py --quick    a minute, for the test; the numbers mean nothing
"""

from __future__ import annotations

import argparse
import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from machine import ROOT, machine

SPLITS = 5
REGIMES = {"10 labels a class": 10, "every training thing labeled": None}
TAPS = ("block2_pool", "block3_conv2")
STUDENTS = {  # regime -> options of the student, fixed before the test things were looked at
    "10 labels a class": {"hidden": (128,), "epochs": 30},
    "every training thing labeled": {"hidden": (160,), "epochs": 60},
}
POINTS, SHARE = 2.0, 0.1  # what is aimed at: points lost, share of the teacher's parameters


def regime(pictures: Any, data: Any, name: str, splits: int, quick: bool) -> dict[str, Any]:
    """Teach a student in every split and compare it with its teacher."""
    from tlcourse.recipes import chapter11_small as small
    from tlcourse.recipes.scores import scores

    options = STUDENTS[name] | ({"epochs": 1} if quick else {})
    cuts = small.thing_splits(data, n=splits, per_class=REGIMES[name])
    start = time.process_time()
    found = small.compare_students(pictures, data, cuts, {small.DISTILLED: options})
    seconds = time.process_time() - start
    home = int(small.home_rows(data).sum())
    n_test = len(cuts[0].test)
    holdouts = [(np.arange(home - n_test), np.arange(n_test))]
    packed = {k: scores(k, v, holdouts) for k, v in found.items()}
    lost = packed[small.DISTILLED].minus(packed[small.TEACHER])
    for score in packed.values():
        print(f"{name}: {score}")
    print(lost.verdict)
    return {
        "labels": len(cuts[0].labeled),
        "pictures_without_labels": len(cuts[0].unlabeled),
        "test_things": n_test,
        **{k: [round(a, 4) for a in v] for k, v in found.items()},
        "points_lost": round(-100 * lost.difference, 2),
        "points_lost_interval": [round(-100 * lost.high, 2), round(-100 * lost.low, 2)],
        "lost_at_most_2_points_on_average": bool(-100 * lost.difference <= POINTS),
        "lost_at_most_2_points_shown": bool(-100 * lost.low <= POINTS),
        "cpu_seconds": round(seconds, 1),
    }


def count(pictures: Any, data: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Count every parameter of teacher and student: trunk, head, hidden layer, scaling."""
    features, classes = pictures.teacher.shape[1], data.n_classes
    width, hidden = pictures.views[0].shape[1], options["hidden"]
    sizes = [width, *hidden, classes]
    dense = sum(a * b + b for a, b in pairwise(sizes))
    teacher = pictures.teacher_parameters + features * classes + classes + 2 * features
    student = pictures.student_parameters + dense + 2 * width
    return {
        "teacher_parameters": teacher,
        "student_parameters": student,
        "share": round(student / teacher, 4),
        "at_most_a_tenth": bool(student <= SHARE * teacher),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few pictures and epochs")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "field.json")
    options = parser.parse_args()

    import tlcourse as tl
    from tlcourse import field
    from tlcourse.recipes import chapter11_small as small

    tl.seed_everything(0)
    size, things, splits = (32, 100, 2) if options.quick else (96, None, SPLITS)
    data = small.load_small("emoji", image_size=size, things=things)
    network = tl.backbone(image_size=size)
    trunk = field.small_trunk(network, taps=TAPS)
    start = time.process_time()
    pictures = small.both_trunks(network, trunk, data)
    result: dict[str, Any] = {
        "data": f"emoji, {len(data)} pictures in four styles, {data.n_classes} classes",
        "image_size": size,
        "splits": splits,
        "quick": options.quick,
        "student": f"VGG16 up to {TAPS[-1]}, read at {' and '.join(TAPS)}",
        "features_cpu_seconds": round(time.process_time() - start, 1),
        "multiply_adds": {"teacher": network.flops // 2, "student": trunk.multiply_adds},
        "regimes": {},
    }
    for name in REGIMES:
        counted = count(pictures, data, STUDENTS[name])
        assert counted["at_most_a_tenth"], counted
        result["regimes"][name] = counted | regime(pictures, data, name, splits, options.quick)
    result["machine"] = machine()
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
