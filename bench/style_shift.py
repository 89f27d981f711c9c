"""Label-free adaptation between emoji styles, measured on the two hardest ordered pairs.

Every concept is drawn in every style. A fold tests 1/5 of the concepts in the target style;
half of the others lend their source drawings, with labels, the other half their target
drawings, without. So no concept is in two of the three parts, and target labels stay sealed
until everything is fitted. Nothing is tuned on the target: the head is a logistic regression
with a strength fixed beforehand, and each method has the settings of the course.

The two hardest pairs are those with the largest gap between "source only" and "trained on
target labels". They are chosen on one deal of the concepts and measured on other deals.
The main shift of the course, Twemoji to outline, is measured besides.

Intervals are corrected resampled t intervals (Nadeau and Bengio 2003) over folds × repeats:
repeats steady the mean, and the correction n_test/n_train keeps them from counting as new
data. A second interval of each gain draws training runs and concepts anew (two-way
bootstrap, Owen 2007). The share of the gap has Fieller's interval.

    python bench/style_shift.py            writes bench/style_shift.json
    python bench/style_shift.py --quick    a minute, for the test; the numbers mean nothing
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from machine import ROOT, machine
from style_rows import (
    SOURCE_ONLY,
    STRENGTH,
    all_hits,
    ends,
    judge_quarters,
    method_row,
    minivgg_row,
    number,
)

CHOOSING_SEED, MEASURING_SEED = 1000, 100
MAIN_SHIFT = ("twemoji", "outline")


@dataclass(frozen=True)
class Size:
    """How much work a run is."""

    image_size: int = 96
    concepts: int | None = None
    folds: int = 5
    repeats: int = 5
    seeds: int = 1
    steps: int = 300


QUICK = Size(image_size=32, concepts=10, folds=2, repeats=1, seeds=1, steps=20)


def all_methods(size: Size) -> tuple[list[Any], dict[str, str]]:
    """Return every label-free method, and the same network without adaptation for each."""
    import tlcourse as tl
    from tlcourse import adaptation as a
    from tlcourse.recipes.chapter07_batchnorm import batchnorm_head

    fit = partial(tl.fit_head, strengths=[STRENGTH])
    closed = a.standard_methods(fit)
    closed = [closed[k] for k in closed if k not in ("dan", "dann")]
    project = partial(a.joint_pca, components=128)  # CORAL without its last step
    closed.append(a.aligned(a.joint_scale, project, name="one scale", fit=a.unscaled_head))
    batchnorm = [batchnorm_head(adapt=flag, steps=size.steps // 2) for flag in (False, True)]
    networks = [
        a.network(kind, name=f"{name}, {scale} scaling", scale=scale, steps=size.steps, **options)
        for scale in ("source", "own")
        for kind, name, options in (
            ("DAN", "network", {"strength": 0.0}),
            ("DAN", "MMD", {}),
            ("DANN", "DANN", {}),
        )
    ]
    own = {"AdaBN": "BatchNorm, not adapted", "CORAL": "one scale"}
    for scale in ("source", "own"):
        for name in ("MMD", "DANN"):
            own[f"{name}, {scale} scaling"] = f"network, {scale} scaling"
    return [*closed, *batchnorm, *networks], own


def all_pairs(data: Any, features: np.ndarray, size: Size) -> list[dict[str, Any]]:
    """Measure source only and ceiling for every ordered pair of styles, the largest gap first."""
    import tlcourse as tl
    from tlcourse import adaptation as a
    from tlcourse.recipes.chapter07_domains import domain_names
    from tlcourse.recipes.chapter07_folds import CEILING, adapted_scores, style_folds

    fit = partial(tl.fit_head, strengths=[STRENGTH])
    nothing = a.aligned(a.identity, name=SOURCE_ONLY, fit=fit)
    rows = []
    for source in domain_names(data):
        for target in domain_names(data):
            if source == target:
                continue
            folds = style_folds(
                data, source, target, folds=size.folds, repeats=1, seed=CHOOSING_SEED
            )
            found = adapted_scores([nothing], data, features, folds, ceiling=fit)
            low, high = found[SOURCE_ONLY].estimate, found[CEILING].estimate
            rows.append({"source": source, "target": target, "source_only": low, "ceiling": high})
    return sorted(rows, key=lambda row: row["source_only"] - row["ceiling"])


def measure(data: Any, features: np.ndarray, pair: dict[str, Any], size: Size) -> dict[str, Any]:
    """Measure every method on one pair."""
    from tlcourse.evaluation import compare
    from tlcourse.recipes.chapter07_folds import (
        CEILING,
        assert_folds_apart,
        fold_sizes,
        style_folds,
    )

    source, target = pair["source"], pair["target"]
    folds = style_folds(
        data, source, target, folds=size.folds, repeats=size.repeats, seed=MEASURING_SEED
    )
    assert_folds_apart(data, folds)
    methods, own = all_methods(size)
    hits = all_hits(methods, data, features, folds, range(size.seeds))
    sizes = dict(zip(("n_train", "n_test"), fold_sizes(data, folds), strict=True))
    rows = [method_row(name, hits, own, sizes) for name in hits]
    judged = [row for row in rows if row["adapts"]]
    judge_quarters(judged, hits, sizes)
    small = minivgg_row(data, folds, min(size.image_size, 64), sizes)
    gap = compare(hits[CEILING].accuracy, hits[SOURCE_ONLY].accuracy, **sizes)
    return {
        "source": source,
        "target": target,
        "things_fitted_on": sizes["n_train"],
        "things_tested_on": sizes["n_test"],
        "gap": number(gap.difference),
        "gap_interval": ends(gap),
        "rows": rows,
        "small_network": small,
        "close_a_quarter": [r["method"] for r in judged if r["closes_a_quarter"]],
        "close_a_quarter_holm": [r["method"] for r in judged if r["closes_a_quarter_holm"]],
        "hurt": [r["method"] for r in judged if r["verdict"] == "hurts"],
        "hurt_their_own_network": [
            r["method"] for r in [*judged, small] if r.get("own_verdict") == "hurts"
        ],
    }


def report(pair: dict[str, Any]) -> None:
    low, high = pair["gap_interval"]
    print(
        f"\n{pair['source']} → {pair['target']}: gap {pair['gap']:+.3f} [{low:+.3f}, {high:+.3f}]"
    )
    for row in pair["rows"]:
        words = f"  {row['method']:38s} {row['accuracy']:.3f}"
        if "gain" in row:
            a, b = row["gain_interval"]
            words += f"  gain {row['gain']:+.3f} [{a:+.3f}, {b:+.3f}] {row['verdict']:9s}"
            if row["gap_closed_interval"]:
                a, b = row["gap_closed_interval"]
                words += f"  share {row['gap_closed']:+.2f} [{a:+.2f}, {b:+.2f}]"
            if "own_gain" in row:
                a, b = row["own_gain_interval"]
                words += f"  over itself {row['own_gain']:+.3f} [{a:+.3f}, {b:+.3f}]"
        print(words)
    small = pair["small_network"]
    a, b = small["own_gain_interval"]
    words = f"  {small['method']:38s} {small['accuracy']:.3f}  over itself {small['own_gain']:+.3f}"
    print(f"{words} [{a:+.3f}, {b:+.3f}] {small['own_verdict']}")
    print(f"  close a quarter: {', '.join(pair['close_a_quarter']) or 'none'}")
    hurt = dict.fromkeys([*pair["hurt"], *pair["hurt_their_own_network"]])
    print(f"  hurt: {', '.join(hurt) or 'none'}")


def load(size: Size) -> tuple[Any, np.ndarray]:
    """Return the emoji in all styles, and their features: blocks 3, 4 and 5, averaged."""
    import tlcourse as tl

    data = tl.load("emoji", style="all")
    if size.concepts is not None:
        names, first = np.unique(data.groups, return_index=True)
        labels = data.labels[first]
        kept = [names[labels == c][: size.concepts] for c in range(data.n_classes)]
        data = data.subset(np.isin(data.groups, np.concatenate(kept)))
    return data, tl.extract(tl.backbone(image_size=size.image_size), data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few pictures, folds and steps")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "style_shift.json")
    options = parser.parse_args()

    from tlcourse import runtime

    runtime.quiet_tensorflow()
    size = QUICK if options.quick else Size()
    started = time.perf_counter()
    data, features = load(size)
    pairs = all_pairs(data, features, size)
    result = {
        "data": f"emoji, {len(np.unique(data.groups))} concepts in "
        f"{len(np.unique(data.domains))} styles, {data.n_classes} classes",
        "quick": options.quick,
        **asdict(size),
        "strength": STRENGTH,
        "intervals": (
            "95 %, corrected resampled t over folds × repeats; two_way: two-way bootstrap over "
            "repeats and concepts; share of the gap: Fieller's interval of the same t"
        ),
        "choice_of_pairs": pairs,
        "pairs": [],
    }
    main_shift = [p for p in pairs[2:] if (p["source"], p["target"]) == MAIN_SHIFT]
    for pair in [*pairs[:2], *main_shift]:
        found = measure(data, features, pair, size)
        report(found)
        result["pairs"].append(found)
    result["seconds"] = round(time.perf_counter() - started, 1)
    result["machine"] = machine()
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
