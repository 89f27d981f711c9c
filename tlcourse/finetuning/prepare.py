"""Everything that is fixed before the first step: what is kept, what trains, where it starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.backbones import Backbone
from tlcourse.datasets import Split
from tlcourse.errors import CacheError, CourseError
from tlcourse.finetuning.batches import trunk_batches
from tlcourse.finetuning.model import build_body, zero_head
from tlcourse.finetuning.plan import FreezePlan
from tlcourse.finetuning.trunk import (
    Trunk,
    boundary_of,
    build_tail,
    cache_trunk,
    frozen_cuts,
    trunk_key,
)
from tlcourse.heads import LinearHead, fit_head
from tlcourse.regularization import Augmentation

if TYPE_CHECKING:
    import keras

_MEASURING_BATCH = 64


@dataclass(frozen=True, eq=False)
class Setup:
    """What training needs.

    Args:
        network: The backbone as it was passed in; only read.
        split: The split.
        plan: What trains.
        at: Cut points the head reads.
        train: Rows to learn from.
        trunk: Kept activations of the training rows, or pictures.
        checked: The same for the validation rows; None without validation.
        views: Views of each training picture to draw from.
        live: Augmentation that draws new pictures in every epoch; None without.
        tail: Copy of the trained part; None when only the head trains.
        body: From kept activations to features; shares its layers with what is trained.
        head: Where the head starts.
    """

    network: Backbone
    split: Split
    plan: FreezePlan
    at: tuple[str, ...]
    train: np.ndarray
    trunk: Trunk
    checked: Trunk | None
    views: int
    live: Augmentation | None
    tail: keras.Model | None
    body: keras.Model
    head: LinearHead

    def batches(self, rows: np.ndarray, trunk: Trunk | None = None, **options: Any) -> Any:
        """Return batches of rows with one-hot labels; see `trunk_batches`."""
        dataset = self.split.dataset
        targets = np.eye(dataset.n_classes, dtype=np.float32)[dataset.labels[rows]]
        pictures = _pictures(self.network, self.live) if self._keeps_pictures else None
        return trunk_batches(trunk or self.trunk, rows, targets, pictures=pictures, **options)

    def features(self, rows: np.ndarray, trunk: Trunk | None = None) -> np.ndarray:
        """Return what the head reads, as the weights are now, float32 (n, d)."""
        return run(self.body, self.batches(rows, trunk, batch_size=_MEASURING_BATCH))

    def trunk_with(self, rows: np.ndarray) -> Trunk | None:
        """Return a trunk that holds all these rows, or None."""
        for trunk in (self.trunk, self.checked):
            if trunk is not None and np.isin(rows, trunk.rows).all():
                return trunk
        return None

    @property
    def _keeps_pictures(self) -> bool:
        return self.trunk.boundary is None


def prepare(
    network: Backbone,
    split: Split,
    plan: FreezePlan,
    *,
    at: tuple[str, ...],
    train: np.ndarray,
    trunk: Trunk | None = None,
    augmentation: Augmentation | None = None,
    augment_views: int = 0,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Setup:
    """Run the frozen part once, copy the rest, and start the head. Arguments as `finetune`."""
    live = augmentation if augmentation is not None and not augment_views else None
    boundary = boundary_of(plan, at)  # also with live augmentation: it refuses idle plans
    boundary = None if live is not None else boundary
    views = 1 + augment_views if augmentation is not None else 1
    if trunk is not None:
        _check_trunk(trunk, network, split, boundary, at, views, augmentation)
        kept = checked = _only(trunk, boundary, at)
        checked = checked if len(split.validation) else None
    else:
        # Live augmentation starts from pictures: as if everything trained, nothing is run now.
        ends = replace(plan, from_block="block1") if live is not None else plan
        options = {"plan": ends, "at": at, "seed": seed, "progress": progress}
        changes = {"augmentation": augmentation, "augment_views": augment_views}
        kept = cache_trunk(
            network, split.dataset, rows=train, **options, **({} if live is not None else changes)
        )
        checked = None
        if len(split.validation):
            checked = cache_trunk(network, split.dataset, rows=split.validation, **options)
    tail = build_tail(network, boundary, at, plan)
    shape = tail.input.shape[1:] if tail is not None else None
    widths = {cut: a.shape[-1] for cut, a in kept.pooled.items()}
    body = build_body(tail, shape, widths, at)
    empty = LinearHead(*(np.zeros(0),) * 4, 0.0)
    setup = Setup(network, split, plan, at, train, kept, checked, views, live, tail, body, empty)
    return replace(setup, head=_start_head(setup, seed))


def _check_trunk(
    trunk: Trunk,
    network: Backbone,
    split: Split,
    boundary: str | None,
    at: Sequence[str],
    views: int,
    augmentation: Augmentation | None,
) -> None:
    """Refuse a trunk that was computed for something else."""
    if trunk.key != trunk_key(network, split.dataset):
        raise CacheError(
            "The trunk was computed with another backbone or for another data set. Compute it "
            "again with tl.finetuning.cache_trunk(network, dataset)."
        )
    missing = [cut for cut in frozen_cuts(boundary, at) if cut not in trunk.pooled]
    if trunk.boundary != boundary or missing:
        raise CacheError(
            f"The trunk ends after {trunk.boundary or 'the input'} and holds "
            f"{', '.join(trunk.pooled) or 'no cut points'}, but this call needs it to end after "
            f"{boundary or 'the input'}. Compute it with the same plan, cut points and "
            f"augmentation as the call."
        )
    if views > 1 and (views > trunk.views or augmentation != trunk.augmentation):
        raise CacheError(
            f"The trunk holds {trunk.views - 1} augmented views of {trunk.augmentation}, but "
            f"{views - 1} of {augmentation} are asked for. Compute it with the same augmentation."
        )


def _only(trunk: Trunk, boundary: str | None, at: Sequence[str]) -> Trunk:
    """Return the same trunk without what the head does not read; nothing is copied."""
    cuts = frozen_cuts(boundary, at)
    maps = trunk.maps if len(cuts) < len(at) else None
    return replace(trunk, maps=maps, pooled={cut: trunk.pooled[cut] for cut in cuts})


def _start_head(setup: Setup, seed: int) -> LinearHead:
    """Fit the head on the features before anything moved, or start it from zero."""
    dataset, rows = setup.split.dataset, setup.train
    features = setup.features(rows)
    if not np.isfinite(features).all():
        raise CourseError(
            f"The features hold values that are not finite in {setup.network.precision}. Build "
            f"the backbone with precision='float32'."
        )
    if not setup.plan.head_first:
        return zero_head(features, dataset.n_classes)
    return fit_head(
        features,
        dataset.labels[rows],
        groups=dataset.groups[rows],
        n_classes=dataset.n_classes,
        seed=seed,
    )


def _pictures(
    network: Backbone, live: Augmentation | None
) -> Callable[[np.ndarray, int | None], np.ndarray]:
    """Return what turns kept pictures into input: changed in training, as they are otherwise."""

    def change(pictures: np.ndarray, seed: int | None) -> np.ndarray:
        if live is not None and seed is not None:
            pictures = live.apply(pictures, seed)
        return network.preprocess(pictures)

    return change


def run(model: keras.Model, batches: Any) -> np.ndarray:
    """Return a model's output for all batches, in inference mode, float32 (n, d).

    Unlike `predict` this compiles once for every batch size, and it works inside and
    outside a distribution strategy.
    """
    import tensorflow as tf

    if not hasattr(model, "_run"):
        signature = [tf.TensorSpec((None, *x.shape[1:]), x.dtype) for x in model.inputs]
        model._run = tf.function(
            lambda *inputs: model(list(inputs), training=False),
            input_signature=signature,
            autograph=False,
        )
    return np.concatenate([model._run(*batches[i][0]).numpy() for i in range(len(batches))])
