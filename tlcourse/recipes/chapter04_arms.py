"""Measure one run of fine-tuning in every way that chapter 04 needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tlcourse.datasets.dataset import Dataset
from tlcourse.evaluation.intervals import Interval, interval
from tlcourse.evaluation.transfer_gain import Gain, transfer_gain
from tlcourse.evaluation.two_way import two_way_bootstrap
from tlcourse.finetuning.trunk import Trunk
from tlcourse.recipes.chapter04_tail import Moved, Tail, cosine, probe

Table = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one run gave.

    Args:
        hits: For each style, whether each test picture was answered right, bool (n,).
        reprobe: The same for a fresh head, fitted on the features as they are now.
        train_accuracy: Accuracy on the training pictures.
        moved: Mean relative movement of the kernels.
        cosine: Mean cosine between test features before and after.
        dead: Share of features that are zero for every test picture.
        losses: Loss of each training step, nats.
    """

    hits: Table
    reprobe: Table
    train_accuracy: float
    moved: float
    cosine: float
    dead: float
    losses: tuple[float, ...]


def outcome(
    tail: Tail,
    trunks: Mapping[str, Trunk],
    labels: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    *,
    before: np.ndarray,
    run: Moved | None = None,
) -> Outcome:
    """Measure the network as it is now.

    Args:
        tail: The network.
        trunks: One trunk for each style; the first is the one that is trained on.
        labels: int, the same items in each style.
        train: Rows that were learned from.
        test: Rows to measure.
        before: Features of the test rows in the first style, before training.
        run: What training returned.

    Cost: one pass of the tail for each style.
    """
    styles = list(trunks)
    learned = tail.features(train, trunks[styles[0]])
    fresh = probe(learned, labels[train], tail.n_classes)
    features = {style: tail.features(test, trunk) for style, trunk in trunks.items()}
    home = features[styles[0]]
    moved = list(tail.moved_by().values())
    return Outcome(
        hits={s: tail.logits(f).argmax(1) == labels[test] for s, f in features.items()},
        reprobe={s: fresh.predict(f) == labels[test] for s, f in features.items()},
        train_accuracy=float(np.mean(tail.logits(learned).argmax(1) == labels[train])),
        moved=float(np.mean(moved)),
        cosine=cosine(before, home),
        dead=float((np.abs(home).max(axis=0) == 0).mean()),
        losses=run.losses if run is not None else (),
    )


def stacked(outcomes: Sequence[Outcome], style: str, *, reprobe: bool = False) -> np.ndarray:
    """Return hits of all seeds in one style, bool (J, n): what `transfer_gain` compares."""
    return np.stack([(o.reprobe if reprobe else o.hits)[style] for o in outcomes])


def other_versions(dataset: Dataset) -> dict[str, np.ndarray]:
    """Return two changed versions of every picture, where a data set has no other styles.

    Without color, and with the colors of a photographic negative: the same things, drawn as
    the network has not seen them in training.
    """
    images = np.asarray(dataset.images[np.arange(len(dataset))])
    gray = images.mean(axis=3, keepdims=True).round().astype(np.uint8).repeat(3, axis=3)
    return {"gray": gray, "negative": 255 - images}


def difference(a: np.ndarray, b: np.ndarray) -> Gain:
    """Compare two arms on the same seeds and test pictures; the wider of two intervals.

    One interval draws seeds and pictures again (two-way bootstrap). The other is a t interval
    over the seeds. Neither covers that all training sets come from one collection: chapter 05
    does that.

    Args:
        a: Hits of the first arm, bool (J, n).
        b: Hits of the second arm, on the same seeds and pictures.
    """
    gain = transfer_gain(a, b)
    if len(a) < 2:
        return gain
    over_seeds = interval(a.mean(axis=1) - b.mean(axis=1))
    return replace(gain, low=min(gain.low, over_seeds.low), high=max(gain.high, over_seeds.high))


def mean_interval(hits: np.ndarray) -> Interval:
    """Return the mean accuracy of an arm, over seeds and test pictures, with its interval."""
    return two_way_bootstrap(hits)
