"""Fine-tuning: let part of the pretrained network move, without destroying it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse import runtime
from tlcourse.backbones import CUTS, Backbone, check_cuts, conv_flops
from tlcourse.datasets import Split
from tlcourse.errors import DataError
from tlcourse.evaluation import Cost, Result, evaluate, measure
from tlcourse.finetuning.batches import trunk_batches
from tlcourse.finetuning.layerwise import layerwise_adam
from tlcourse.finetuning.model import FinetunedModel, head_of, with_head, with_tail, zero_head
from tlcourse.finetuning.plan import FreezePlan
from tlcourse.finetuning.schedules import schedule as make_schedule
from tlcourse.finetuning.trunk import Trunk, build_tail, compute_trunk, frozen_cuts
from tlcourse.heads import LinearHead, fit_head
from tlcourse.regularization import L2SP, Augmentation, EarlyStopping, mixing

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, eq=False)
class _Setup:
    """Everything that is fixed before the first step."""

    network: Backbone
    split: Split
    plan: FreezePlan
    at: tuple[str, ...]
    train: np.ndarray
    validation: np.ndarray
    targets: np.ndarray
    trunk: Trunk
    checked: Trunk | None
    tail: keras.Model
    head: LinearHead
    live: Callable[[np.ndarray, int], np.ndarray] | None


def finetune(
    network: Backbone,
    split: Split,
    *,
    plan: FreezePlan | None = None,
    epochs: int = 10,
    learning_rate: float = 1e-4,
    head_learning_rate: float | None = None,
    schedule: str = "warmup_cosine",
    batch_size: int = 32,
    at: Sequence[str] = CUTS,
    train: np.ndarray | None = None,
    weight_decay: float = 0.0,
    l2_sp: L2SP | None = None,
    dropout: float = 0.0,
    mixup: float = 0.0,
    cutmix: float = 0.0,
    label_smoothing: float = 0.0,
    augmentation: Augmentation | None = None,
    augment_views: int = 0,
    early_stopping: EarlyStopping | None = None,
    part: str = "validation",
    seed: int = 0,
    on_epoch: Callable[[int, int], None] | None = None,
) -> Result:
    """Train a head and part of the backbone; the backbone that was passed in stays as it is.

    The frozen part is run once and its activations are kept wherever that gives the same
    arithmetic: without augmentation, and with `augment_views`, which keeps that many
    augmented views of each picture. Augmentation without `augment_views` draws new views
    in every epoch, and then the whole network runs in every epoch.
    `Result.details["trunk"]` says which it was.

    Args:
        network: A pretrained backbone.
        split: Learns from `split.train`; `split.validation` is for measuring and stopping.
        plan: What trains; block 5 after a fitted head (LP-FT) by default.
        epochs: Passes over the training pictures.
        learning_rate: Peak rate of the last block (AdamW).
        head_learning_rate: Rate of the head; the same when None.
        schedule: "constant", "warmup_cosine" or "slanted_triangular".
        batch_size: Pictures in a step.
        at: Cut points the head reads, standardized by the training pictures.
        train: Rows to learn from instead of `split.train`, for few-label experiments.
        weight_decay: Decoupled weight decay.
        l2_sp: Penalty for leaving the pretrained weights.
        dropout: Share of features dropped before the head.
        mixup: Beta parameter of mixup; 0 is off. On cached activations this is manifold
            mixup (Verma et al. 2019).
        cutmix: Beta parameter of CutMix; 0 is off.
        label_smoothing: Share of the target spread over all classes.
        augmentation: How to change training pictures.
        augment_views: Augmented views of each picture to keep; 0 draws in every epoch.
        early_stopping: Stop by validation loss and restore the best weights.
        part: What to measure at the end: "validation", "train", or once "test".
        seed: Seed of order, dropout, mixing and augmentation.
        on_epoch: Called with (epoch, epochs).

    Returns:
        A `Result` with history, cost, and the `FinetunedModel` in `Result.model`.

    Raises:
        DataError: If validation is needed and empty, or a row in `train` is not a
            training row.
    """
    start = time.perf_counter()
    plan = plan or FreezePlan()
    at = check_cuts(at)
    runtime.seed_everything(seed)
    rows = split.train if train is None else _check_rows(split, np.asarray(train))
    views = 1 + augment_views if augmentation is not None else 1
    setup = _prepare(network, split, plan, at, rows, augmentation, views, seed)
    model = with_head(
        setup.tail,
        setup.head,
        {cut: a.shape[-1] for cut, a in setup.trunk.pooled.items()},
        at,
        dropout=dropout,
    )
    if l2_sp is not None:
        l2_sp.attach(setup.tail, model)
    steps = epochs * -(-len(rows) // batch_size)
    rate = make_schedule(schedule, peak=learning_rate, steps=steps)
    factors = _multipliers(setup.tail, model, plan, learning_rate, head_learning_rate)
    _compile(model, rate, factors, weight_decay, label_smoothing)
    history = _fit(
        model,
        setup,
        epochs=epochs,
        batch_size=batch_size,
        mix=mixing(mixup=mixup, cutmix=cutmix),
        early_stopping=early_stopping,
        seed=seed,
        on_epoch=on_epoch,
    )
    return _result(setup, model, history, part, time.perf_counter() - start, seed)


def _check_rows(split: Split, rows: np.ndarray) -> np.ndarray:
    stray = np.setdiff1d(rows, split.train)
    if len(stray):
        raise DataError(
            f"Row {stray[0]} is not a training row of this split, so learning from it would spoil "
            f"validation or test. Choose rows from split.train."
        )
    return rows


def _prepare(
    network: Backbone,
    split: Split,
    plan: FreezePlan,
    at: tuple[str, ...],
    rows: np.ndarray,
    augmentation: Augmentation | None,
    views: int,
    seed: int,
) -> _Setup:
    """Run the frozen part once, copy the rest, and start the head."""
    is_live = augmentation is not None and views == 1
    boundary = None if is_live else plan.boundary
    images = split.dataset.images
    options = {"boundary": boundary, "at": at}
    augment = augmentation.apply if augmentation is not None and not is_live else None
    trunk = compute_trunk(network, images, rows, views=views, augment=augment, seed=seed, **options)
    validation = split.validation
    checked = compute_trunk(network, images, validation, **options) if len(validation) else None
    tail = build_tail(network, boundary, at)
    for layer in tail.layers:
        layer.trainable = plan.trains(layer.name)
    features = _features(tail, trunk, at, boundary)
    labels = split.dataset.labels[rows]
    n_classes = split.dataset.n_classes
    groups = split.dataset.groups[rows]
    if plan.head_first:
        head = fit_head(features, labels, groups=groups, n_classes=n_classes, seed=seed)
    else:
        head = zero_head(features, n_classes)
    live = None
    if is_live:
        live = _live(network, augmentation)
    targets = np.eye(n_classes, dtype=np.float32)[labels]
    return _Setup(
        network, split, plan, at, rows, validation, targets, trunk, checked, tail, head, live
    )


def _live(network: Backbone, augmentation: Augmentation) -> Callable[[np.ndarray, int], np.ndarray]:
    """Augment preprocessed pictures: back to pixels, change them, forward again."""
    from tlcourse.preprocessing import CHANNEL_MEANS_BGR

    means = np.asarray(CHANNEL_MEANS_BGR, np.float32)

    def change(maps: np.ndarray, seed: int) -> np.ndarray:
        pixels = (maps + means)[..., ::-1].round().clip(0, 255).astype(np.uint8)
        return network.preprocess(augmentation.apply(pixels, seed))

    return change


def _features(
    tail: keras.Model, trunk: Trunk, at: tuple[str, ...], boundary: str | None
) -> np.ndarray:
    """Return the first view's features before anything moved, float32 (n, d)."""
    import tensorflow as tf

    trained = [cut for cut in at if cut not in frozen_cuts(boundary, at)]
    columns = {cut: trunk.pooled[cut][0] for cut in trunk.pooled}
    if trained:
        forward = tf.function(lambda x: tail(x, training=False), reduce_retracing=True)
        parts: dict[str, list[np.ndarray]] = {cut: [] for cut in trained}
        for i in range(0, trunk.maps.shape[1], 64):
            out = forward(tf.convert_to_tensor(np.asarray(trunk.maps[0, i : i + 64])))
            out = out if isinstance(out, (list, tuple)) else [out]
            for cut, x in zip(trained, out, strict=True):
                parts[cut].append(tf.reduce_mean(tf.cast(x, tf.float32), (1, 2)).numpy())
        columns |= {cut: np.concatenate(p) for cut, p in parts.items()}
    return np.concatenate([columns[cut] for cut in at], axis=1)


def _multipliers(
    tail: keras.Model,
    model: keras.Model,
    plan: FreezePlan,
    learning_rate: float,
    head_learning_rate: float | None,
) -> dict[str, float]:
    factors = {
        weight.path: plan.multiplier(layer.name)
        for layer in tail.layers
        for weight in layer.trainable_weights
    }
    if head_learning_rate is not None:
        head = model.get_layer("class_probabilities")
        factors |= {w.path: head_learning_rate / learning_rate for w in head.weights}
    return factors


def _compile(
    model: keras.Model,
    rate: Any,
    factors: dict[str, float],
    weight_decay: float,
    label_smoothing: float,
) -> None:
    import keras

    model.compile(
        layerwise_adam(rate, factors, weight_decay=weight_decay),
        keras.losses.CategoricalCrossentropy(label_smoothing=label_smoothing),
        metrics=["accuracy"],
    )


def _fit(
    model: keras.Model,
    setup: _Setup,
    *,
    epochs: int,
    batch_size: int,
    mix: Any,
    early_stopping: EarlyStopping | None,
    seed: int,
    on_epoch: Callable[[int, int], None] | None,
) -> tuple[dict[str, float], ...]:
    import keras

    labels = setup.split.dataset.labels[setup.validation]
    checked = None
    if setup.checked is not None:
        one_hot = np.eye(setup.targets.shape[1], dtype=np.float32)[labels]
        checked = trunk_batches(setup.checked, one_hot, batch_size=64, seed=None)
    elif early_stopping is not None:
        raise DataError(
            "Early stopping needs a validation part, and this split has none. Split with "
            "validation above 0, or leave early_stopping out."
        )
    callbacks = [early_stopping.callback()] if early_stopping else []
    if on_epoch is not None:
        callbacks.append(
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: on_epoch(epoch + 1, epochs)
            )
        )
    batches = trunk_batches(
        setup.trunk, setup.targets, batch_size=batch_size, seed=seed, mix=mix, live=setup.live
    )
    log = model.fit(
        batches, validation_data=checked, epochs=epochs, callbacks=callbacks, verbose=0
    ).history
    return tuple({k: float(v[i]) for k, v in log.items()} for i in range(len(log["loss"])))


def _result(
    setup: _Setup,
    model: keras.Model,
    history: tuple[dict[str, float], ...],
    part: str,
    seconds: float,
    seed: int,
) -> Result:
    network, split = setup.network, setup.split
    tuned = FinetunedModel(with_tail(network, setup.tail), head_of(model, setup.head), setup.at)
    trained = int(sum(np.prod(w.shape) for w in model.trainable_weights))
    cost = Cost(
        seconds=seconds,
        flops=_flops(setup, len(history)),
        peak_memory_mb=runtime.peak_memory_mb(),
        trained_parameters=trained,
    )
    details = {
        "plan": {
            "from_block": setup.plan.from_block,
            "decay": setup.plan.decay,
            "head_first": setup.plan.head_first,
        },
        "trunk": _trunk_story(setup),
        "precision": network.precision,
        "seed": seed,
    }
    name = f"fine-tuned from {setup.plan.from_block or 'the head'}"
    if part == "validation" and setup.checked is not None:
        checked = trunk_batches(
            setup.checked, np.zeros((len(setup.validation), 1)), batch_size=64, seed=None
        )
        result = measure(
            model.predict(checked, verbose=0),
            split.dataset.labels[setup.validation],
            class_names=split.dataset.class_names,
            name=name,
            part=part,
            ids=tuple(split.dataset.ids[i] for i in setup.validation),
            cost=cost,
            history=history,
            details=details | {"split": split.fingerprint, "split_seed": split.seed},
        )
    else:
        result = evaluate(
            tuned,
            split.dataset,
            split=split,
            part=part,
            name=name,
            cost=cost,
            history=history,
            details=details,
        )
    return replace(result, n_train=len(setup.train), model=tuned)


def _trunk_story(setup: _Setup) -> str:
    if setup.live is not None:
        return "not cached: augmentation draws new pictures in every epoch"
    if setup.trunk.boundary is None:
        return "nothing is frozen, so there is nothing to cache"
    views = setup.trunk.views
    many = f", {views} views of each picture" if views > 1 else ""
    return f"cached after {setup.trunk.boundary}{many}: the same arithmetic, run once"


def _flops(setup: _Setup, epochs: int) -> float:
    """Forward passes of the frozen part, and three passes' worth of the trained part."""
    tail = float(sum(conv_flops(layer) for layer in setup.tail.layers))
    trained = float(sum(conv_flops(x) for x in setup.tail.layers if x.trainable))
    frozen = setup.network.flops - tail
    n, m = len(setup.train), len(setup.validation)
    once = (setup.trunk.pictures + m) * frozen
    return once + epochs * (n * (tail + 2 * trained) + m * tail)
