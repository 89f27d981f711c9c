"""The rows of the style-shift table: accuracy, gain and share of the gap of each method."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

SOURCE_ONLY = "source only"
CONTROLS = ("BatchNorm, not adapted", "network, source scaling")  # nothing in them adapts
STRENGTH = 0.01  # C of every linear head, fixed beforehand
QUARTER = 0.25


@dataclass(frozen=True)
class Hits:
    """Whether each concept was right in each repeat, and the accuracy of each fold.

    Args:
        table: (repeats, concepts); every concept is tested once in each repeat.
        accuracy: (repeats × folds,).
        seconds: Of one fit, or None.
    """

    table: np.ndarray
    accuracy: np.ndarray
    seconds: float | None


def all_hits(
    methods: list[Any], data: Any, features: np.ndarray, folds: list[Any], seeds: range
) -> dict[str, Hits]:
    """Fit every method in every fold, and only then open the seal of that fold."""
    import tlcourse as tl
    from tlcourse.adaptation import adapt
    from tlcourse.recipes.chapter07_folds import CEILING, pose

    fit = partial(tl.fit_head, strengths=[STRENGTH])
    concepts = np.unique(data.groups)
    shape = (1 + max(fold.repeat for fold in folds), len(concepts))
    names = [*(m.name for m in methods), CEILING]
    tables = {name: np.full(shape, np.nan) for name in names}
    accuracy: dict[str, list[float]] = {name: [] for name in names}
    seconds: dict[str, list[float]] = {m.name: [] for m in methods}
    for number, fold in enumerate(folds):
        problem, sealed = pose(data, features, fold)
        # Every fold has seeds of its own: 25 folds show the luck of 25 starts.
        own_seeds = [len(seeds) * number + s for s in seeds]
        runs = {
            m.name: [adapt(m, problem, seed=s) for s in (own_seeds if m.seeded else (0,))]
            for m in methods
        }
        answers = {
            name: [run.predict(sealed.test_features) for run in found]
            for name, found in runs.items()
        }
        answers[CEILING] = [sealed.ceiling(problem.target_features, fit)]
        columns = np.searchsorted(concepts, data.groups[fold.test])
        for name, guesses in answers.items():
            right = np.mean([sealed.correct(g, reason=name) for g in guesses], axis=0)
            tables[name][fold.repeat, columns] = right
            accuracy[name].append(float(right.mean()))
        for name, found in runs.items():
            seconds[name] += [run.seconds for run in found]
    return {
        name: Hits(
            tables[name],
            np.array(accuracy[name]),
            round(float(np.median(seconds[name])), 3) if name in seconds else None,
        )
        for name in names
    }


def method_row(
    name: str, hits: dict[str, Hits], own: dict[str, str], sizes: dict[str, float]
) -> dict[str, Any]:
    """Return a method's accuracy, gain and share of the gap, each with its interval."""
    from tlcourse.adaptation import gap_closed
    from tlcourse.evaluation import compare, interval, two_way_bootstrap
    from tlcourse.recipes.chapter07_folds import CEILING

    found, base = hits[name], hits[SOURCE_ONLY]
    row: dict[str, Any] = {
        "method": name,
        "needs_target_labels": name == CEILING,
        "adapts": name not in (SOURCE_ONLY, CEILING, *CONTROLS),
        "accuracy": number(found.accuracy.mean()),
        "interval": ends(interval(found.accuracy, **sizes)),
        "seconds": found.seconds,
    }
    if name in (SOURCE_ONLY, CEILING):
        return row
    gain = compare(found.accuracy, base.accuracy, **sizes)
    share = gap_closed(found.accuracy, base.accuracy, hits[CEILING].accuracy, **sizes)
    row |= {
        "gain": number(gain.difference),
        "gain_interval": ends(gain),
        "gain_interval_two_way": ends(two_way_bootstrap(found.table - base.table)),
        "verdict": verdict(gain),
        "gap_closed": number(share.share),
        "gap_closed_interval": ends(share) if share.is_defined else None,
    }
    if name in own:
        over = compare(found.accuracy, hits[own[name]].accuracy, **sizes)
        row |= {
            "own_baseline": own[name],
            "own_gain": number(over.difference),
            "own_gain_interval": ends(over),
            "own_verdict": verdict(over),
        }
    return row


def minivgg_row(data: Any, folds: list[Any], size: int, sizes: dict[str, float]) -> dict[str, Any]:
    """Measure AdaBN inside a small network with BatchNorm, against the same network without it.

    It is no rival of VGG16, which has no BatchNorm: only the gain over itself says something.
    """
    import tlcourse as tl
    from tlcourse.evaluation import compare, interval
    from tlcourse.recipes.chapter07_minivgg import ADAPTED, NOT_ADAPTED, minivgg_scores

    network = tl.backbone("minivgg", image_size=size)
    fit = partial(tl.fit_head, n_classes=data.n_classes, strengths=[STRENGTH])
    one_repeat = [fold for fold in folds if fold.repeat == 0]
    found = minivgg_scores(network, data, one_repeat, fit=fit)
    plain, adapted = (np.array(found[name].accuracies) for name in (NOT_ADAPTED, ADAPTED))
    gain = compare(adapted, plain, **sizes)
    return {
        "method": ADAPTED,
        "own_baseline": NOT_ADAPTED,
        "own_accuracy": number(plain.mean()),
        "accuracy": number(adapted.mean()),
        "interval": ends(interval(adapted, **sizes)),
        "own_gain": number(gain.difference),
        "own_gain_interval": ends(gain),
        "own_verdict": verdict(gain),
        "folds": len(one_repeat),
    }


def judge_quarters(
    rows: list[dict[str, Any]], hits: dict[str, Hits], sizes: dict[str, float]
) -> None:
    """Say of each method whether it closes a quarter of the gap, alone and among all asked."""
    from tlcourse.evaluation import compare, holm
    from tlcourse.recipes.chapter07_folds import CEILING

    base, top = hits[SOURCE_ONLY].accuracy, hits[CEILING].accuracy
    tests = [
        compare(hits[row["method"]].accuracy - base, QUARTER * (top - base), **sizes)
        for row in rows
    ]
    for row, test, p in zip(rows, tests, holm([t.p for t in tests]), strict=True):
        shares = row["gap_closed_interval"]
        row["closes_a_quarter"] = bool(shares and shares[0] >= QUARTER)
        row["p_quarter"], row["p_quarter_holm"] = number(test.p), number(p)
        row["closes_a_quarter_holm"] = bool(row["closes_a_quarter"] and p < 0.05)


def verdict(found: Any) -> str:
    """Say "helps", "hurts" or "undecided": the last where the interval includes zero."""
    if found.low > 0:
        return "helps"
    return "hurts" if found.high < 0 else "undecided"


def number(value: float) -> float:
    return round(float(value), 4)


def ends(found: Any) -> list[float]:
    return [number(found.low), number(found.high)]
