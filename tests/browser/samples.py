"""One of everything the course shows, on made-up numbers: quick to run in a kernel."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

import tlcourse as tl
from tlcourse.datasets.splits import few_labels
from tlcourse.exercises.outcome import CheckOutcome
from tlcourse.recipes.chapter05_winner import contests
from tlcourse.recipes.chapter06_chart import Draw
from tlcourse.recipes.chapter06_noise import noise_grid
from tlcourse.widgets.choices import choice_table
from tlcourse.widgets.choosing import choose_before_you_train
from tlcourse.widgets.dial import turn_the_dial
from tlcourse.widgets.walk import Walk, walk_the_line
from tlcourse.widgets.winner import lucky_winner

CLASSES = ("cat", "dog", "elk", "fox")
N, SIDE = 80, 32
RNG = np.random.default_rng(0)
LABELS = np.arange(N) % len(CLASSES)
IMAGES = np.kron(RNG.integers(0, 256, (N, 4, 4, 3)), np.ones((1, 8, 8, 1))).astype(np.uint8)
NAMES = tuple(f"{CLASSES[label]} {i}" for i, label in enumerate(LABELS))


def features(signal: float) -> np.ndarray:
    """Features that know the class better the larger the signal is, float32 (n, 12)."""
    return (RNG.normal(size=(N, 12)) + signal * np.eye(4, 12)[LABELS]).astype(np.float32)


def neighbors(inputs: tuple[str, ...], cuts: tuple[str, ...], **options: Any) -> Any:
    """Neighbors for every input and cut."""
    found = {(kind, cut): features(i) for kind in inputs for i, cut in enumerate(cuts)}
    return tl.widgets.neighbor_table(
        found, IMAGES, LABELS, class_names=CLASSES, names=NAMES, k=6, **options
    )


def cut() -> None:
    """Chapter 03."""
    table = neighbors(("correct", "÷255"), ("block 1", "block 3", "block 5"))
    tl.widgets.drag_the_cut(table, static_cuts=("block 1", "block 5"))


def depth() -> None:
    """Chapter 01."""
    tables = {
        name: neighbors(("pretrained", "random"), ("pixels", "block 4", "block 5"), queries=(3, 7))
        for name in ("photos", "digits")
    }
    gain = [
        SimpleNamespace(estimate=x, low=x - 0.1, high=x + 0.1) for x in (0.0, 0.1, 0.3, 0.4, 0.2)
    ]
    tl.widgets.slide_the_cut(tables, {"photos": gain, "digits": gain[::-1]})


def luck() -> None:
    """Chapter 00."""
    pool, unseen = np.arange(60), np.arange(60, N)
    table = tl.widgets.luck_table(
        features(1), IMAGES, LABELS, pool, unseen, class_names=CLASSES, draws=4, reference=0.5
    )
    tl.widgets.labels_and_luck(table)


def choosing() -> None:
    """Chapter 02."""
    names = ("pixels", "block 4", "untrained", "noise")
    kinds = dict(zip(names, ("made by hand", "pretrained", "untrained", "placebo"), strict=True))
    truths = {name: RNG.random(4) for name in ("near", "far")}
    settings = [(t, n, s) for t in truths for n in (24, 96) for s in ("k-NN", "LogME")]
    scores = {setting: RNG.normal(size=4) for setting in settings}
    choose_before_you_train(choice_table(scores, truths, names=names, kinds=kinds))


def walk() -> None:
    """Chapter 04."""
    alphas, paths, styles = (0.0, 0.5, 1.0, 1.5), ("LP-FT", "FT"), ("home", "away")
    answers = {p: {s: RNG.integers(0, 4, (4, N)) for s in styles} for p in paths}
    distance = {path: np.array(alphas) for path in paths}
    images = dict.fromkeys(styles, IMAGES)
    line = Walk(alphas, paths, styles, answers, distance, LABELS, CLASSES, images)
    walk_the_line(line, shown=range(6), static_alphas=(0, 1))


def winner() -> None:
    """Chapter 05."""
    lucky_winner(contests(RNG.random((40, 160)) < 0.7, (1, 5, 40), (20, 60), repeats=50))


def dial() -> None:
    """Chapter 06."""
    pool, watched, unseen = np.split(np.arange(N), [36, 40])
    draws = {k: [Draw(0, few_labels(LABELS, pool, k, seed=0), watched, unseen)] for k in (3, 8)}
    grid = noise_grid(
        features(2), LABELS, draws, n_classes=4, shares=(0.0, 0.4), strengths=(1e-3, 0.1, 100.0)
    )
    turn_the_dial(grid, size=3, share=0.4)


def clouds() -> None:
    """Chapter 07."""
    keys = [(share, strength) for share in (0.2, 1.0) for strength in (0.0, 0.5, 1.0)]
    score = {k: SimpleNamespace(estimate=k[1] / 2, low=0.1, high=0.9) for k in keys}
    found = SimpleNamespace(
        shares=(0.2, 1.0),
        strengths=(0.0, 0.5, 1.0),
        of="cat",
        class_names=CLASSES,
        source={k: RNG.normal(size=(N, 2)) for k in keys},
        target={k: RNG.normal(size=(N, 2)) + 1 - k[1] for k in keys},
        source_labels=LABELS,
        target_labels=dict.fromkeys((0.2, 1.0), LABELS),
        accuracy=score,
        mmd={k: 0.3 * (1 - k[1]) for k in keys},
    )
    tl.widgets.pull_the_clouds(found)


def checks() -> None:
    """The three replies of a check."""
    for status in ("right", "not yet", "not attempted"):
        CheckOutcome("09.9", status, "Some words that say why.").tell()


WIDGETS = {f.__name__: f for f in (luck, depth, choosing, cut, walk, winner, dial, clouds)}
