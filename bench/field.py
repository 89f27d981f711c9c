"""Distillation, measured: what a student with a tenth of the parameters loses.

The teacher is frozen VGG16 (blocks 3, 4 and 5, averaged) with a linear head. Two students of
less than a tenth of its parameters, everything counted:

- the cut trunk of chapter 11: VGG16 up to the second layer of block 3, pooled, with one hidden
  layer, trained on the teacher's probabilities;
- a thin copy of the whole trunk (`tlcourse.field.thinning`), made anew for each split from
  pictures of its training things without labels. Its linear head learns the same
  probabilities; for comparison, another one learns the labels alone.

The pictures without labels are the training things in all four drawing styles, and their
mirror images. Splits are by thing; the test things are seen by nobody, in no style.

Two regimes: 10 labels for each class, as in chapter 11, and a label for every training thing.

    python bench/field.py            writes bench/field.json
    python bench/field.py --quick    some seconds, for the test; the numbers mean nothing
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
CUT = "cut trunk, taught"
CUT_OPTIONS = {  # regime -> options of the cut trunk's student, fixed before any test
    "10 labels a class": {"hidden": (128,), "epochs": 30},
    "every training thing labeled": {"hidden": (160,), "epochs": 60},
}
POINTS, SHARE = 2.0, 0.1  # what is aimed at: points lost, share of the teacher's parameters
PICTURES = 160  # that a thin copy is made from


def loss(student: Any, teacher: Any, parameters: int, allowed: int) -> dict[str, Any]:
    """Say what a student weighs and how many points it loses against the teacher."""
    lost = student.minus(teacher)
    print(f"{student}\n{lost.verdict}")
    assert parameters <= allowed, (student.name, parameters, allowed)
    return {
        "parameters": parameters,
        "accuracy": [round(a, 4) for a in student.accuracies],
        "points_lost": round(-100 * lost.difference, 2),
        "points_lost_interval": [round(-100 * lost.high, 2), round(-100 * lost.low, 2)],
        "lost_at_most_2_points_on_average": bool(-100 * lost.difference <= POINTS),
        "lost_at_most_2_points_shown": bool(-100 * lost.low <= POINTS),
    }


def regime(cut: Any, thin: list[Any], data: Any, name: str, quick: bool) -> dict[str, Any]:
    """Teach the students in every split and compare them with their teacher."""
    from tlcourse.recipes import chapter11_small as small
    from tlcourse.recipes import chapter11_thin as thinner
    from tlcourse.recipes.scores import scores

    options = CUT_OPTIONS[name] | ({"epochs": 1} if quick else {})
    splits = small.thing_splits(data, n=len(thin), per_class=REGIMES[name])
    found = small.compare_students(cut, data, splits, {CUT: options})
    found |= thinner.compare_thin(thin, data, splits, **({"penalties": (0.1,)} if quick else {}))
    n_test = len(splits[0].test)
    holdouts = [(np.arange(int(small.home_rows(data).sum()) - n_test), np.arange(n_test))]
    packed = {k: scores(k, v, holdouts) for k, v in found.items()}
    teacher = packed[small.TEACHER]
    print(f"\n{name}\n{teacher}")
    classes, width = data.n_classes, cut.views[0].shape[1]
    own = cut.teacher_parameters + thinner.head_parameters(classes, cut.teacher.shape[1])
    sizes = [width, *options["hidden"], classes]
    hidden = sum(a * b + b for a, b in pairwise(sizes)) + 2 * width
    heads = {k: thinner.head_parameters(classes, thin[0].views[0].shape[1]) for k in packed}
    weighs = {k: max(t.student_parameters for t in thin) + heads[k] for k in packed}
    weighs[CUT] = cut.student_parameters + hidden
    weighs[small.LINEAR] = cut.student_parameters + thinner.head_parameters(classes, width)
    names = {small.LINEAR: "cut trunk, labels alone", CUT: CUT} | {
        n: n for n in (thinner.LABELS, thinner.ANSWERS)
    }
    allowed = int(SHARE * own)
    return {
        "labels": len(splits[0].labeled),
        "pictures_without_labels": len(splits[0].unlabeled),
        "test_things": n_test,
        "teacher": {"parameters": own, "accuracy": [round(a, 4) for a in teacher.accuracies]},
        "students": {names[k]: loss(packed[k], teacher, weighs[k], allowed) for k in names},
    }


def thin_pictures(network: Any, data: Any, cut: Any, splits: int, pictures: int) -> Any:
    """Make a thin copy for each split; return its features, losses and multiply-adds."""
    from tlcourse.recipes import chapter11_small as small
    from tlcourse.recipes import chapter11_thin as thinner

    width = cut.teacher.shape[1]
    head = thinner.head_parameters(data.n_classes, width)
    allowed = int(SHARE * (cut.teacher_parameters + head)) - head
    found, copies = [], []
    for k, split in enumerate(small.thing_splits(data, n=splits, per_class=None)):
        start = time.time()
        copy, trunk = thinner.thinned(
            network, data, split, parameters=allowed, pictures=pictures, seed=k
        )
        made = time.time() - start
        views = tuple(
            trunk.features(np.ascontiguousarray(v)) for v in (data.images, data.images[:, :, ::-1])
        )
        parameters = (cut.teacher_parameters, copy.parameters)
        found.append(small.Pictures(cut.teacher, views, *parameters))
        copies.append({"ranks": copy.ranks, "lost": {n: round(v, 4) for n, v in copy.lost.items()}})
        print(
            f"thin copy {k}: {made:.0f} s, features {time.time() - start - made:.0f} s", flush=True
        )
    return found, copies, trunk.multiply_adds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few pictures and epochs")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "field.json")
    options = parser.parse_args()

    import tlcourse as tl
    from tlcourse import field
    from tlcourse.recipes import chapter11_small as small

    tl.seed_everything(0)
    size, things, splits, pictures = (
        (32, 100, 2, 16) if options.quick else (96, None, SPLITS, PICTURES)
    )
    data = small.load_small("emoji", image_size=size, things=things)
    network = tl.backbone(image_size=size)
    trunk = field.small_trunk(network, taps=TAPS)
    cut = small.both_trunks(network, trunk, data)
    thin, copies, multiply_adds = thin_pictures(network, data, cut, splits, pictures)
    result: dict[str, Any] = {
        "data": f"emoji, {len(data)} pictures in four styles, {data.n_classes} classes",
        "image_size": size,
        "splits": splits,
        "quick": options.quick,
        "cut_trunk": f"VGG16 up to {TAPS[-1]}, read at {' and '.join(TAPS)}",
        "thin_copies": copies,
        "multiply_adds": {
            "teacher": network.flops // 2,
            "cut trunk": trunk.multiply_adds,
            "thin copy": multiply_adds,
        },
        "regimes": {n: regime(cut, thin, data, n, options.quick) for n in REGIMES},
        "machine": machine(),
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
