"""Fine-tuning: let part of the pretrained network move, without destroying it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logsumexp

from tlcourse import runtime
from tlcourse.backbones import CUTS, Backbone, check_cuts
from tlcourse.datasets import Split
from tlcourse.errors import CourseError, DataError
from tlcourse.evaluation import Result
from tlcourse.evaluation.evaluate import PARTS
from tlcourse.finetuning.layerwise import compile_model, layer_rates
from tlcourse.finetuning.loop import train
from tlcourse.finetuning.model import attach_head, head_of
from tlcourse.finetuning.plan import FreezePlan
from tlcourse.finetuning.prepare import Setup, prepare
from tlcourse.finetuning.report import report
from tlcourse.finetuning.schedules import schedule as make_schedule
from tlcourse.finetuning.trunk import Trunk
from tlcourse.regularization import L2SP, Augmentation, EarlyStopping, mixing

if TYPE_CHECKING:
    import keras


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
    trunk: Trunk | None = None,
    part: str = "validation",
    seed: int = 0,
    on_epoch: Callable[[int, int], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Train a head and part of the backbone; the backbone that was passed in stays as it is.

    The frozen part is run once and its activations are kept wherever that gives the same
    arithmetic: without augmentation, and with `augment_views`, which keeps that many
    augmented views of each picture. Augmentation without `augment_views` draws new views
    in every epoch, and then the whole network runs in every epoch.
    `Result.details["trunk"]` says which it was.

    With several GPUs, or several hosts named in `TF_CONFIG`, training is spread over them;
    see `tlcourse.runtime.strategy`. The same seed gives the same weights again on a CPU;
    on a GPU call `tf.config.experimental.enable_op_determinism()` first.

    Args:
        network: A pretrained backbone.
        split: Learns from `split.train`; `split.validation` is for measuring and stopping.
        plan: What trains; block 5 after a fitted head (LP-FT) by default.
        epochs: Passes over the training pictures.
        learning_rate: Peak rate (Adam); the plan's decay makes it smaller for early blocks.
        head_learning_rate: Rate of the head; the same when None.
        schedule: "constant", "warmup_cosine" or "slanted_triangular".
        batch_size: Pictures in a step.
        at: Cut points the head reads, standardized by the training pictures.
        train: Rows to learn from instead of `split.train`, for few-label experiments.
        weight_decay: Decoupled weight decay of kernels.
        l2_sp: Penalty for leaving the pretrained weights.
        dropout: Share of features dropped before the head.
        mixup: Beta parameter of mixup; 0 is off. On cached activations this is manifold
            mixup (Verma et al. 2019).
        cutmix: Beta parameter of CutMix; 0 is off.
        label_smoothing: Share of the target spread over all classes.
        augmentation: How to change training pictures.
        augment_views: Augmented views of each picture to keep; 0 draws in every epoch.
        early_stopping: Stop by validation loss and restore the best weights.
        trunk: Kept activations from `tl.finetuning.cache_trunk`, so that several seeds or
            settings pay for them once.
        part: What to measure at the end: "validation", "train", or once "test".
        seed: Seed of order, dropout, mixing and augmentation.
        on_epoch: Called with (epoch, epochs).
        progress: Called with (done, total) as pictures go through the frozen part; a bar
            appears after two seconds when None.

    Returns:
        A `Result` with history, cost, what moved by how much, and the `FinetunedModel` in
        `Result.model`.

    Raises:
        DataError: If validation is needed and empty, or a row in `train` is not a
            training row.
        CourseError: For an impossible option, or when the loss is no longer finite.
        CacheError: If the trunk belongs to other pictures, weights or settings.
    """
    start = time.perf_counter()
    options = dict(locals())
    plan = plan or FreezePlan()
    mix = mixing(mixup=mixup, cutmix=cutmix)
    _check(options)
    rows = split.train if train is None else _check_rows(split, np.asarray(train))
    steps = epochs * -(-len(rows) // batch_size)
    with runtime.strategy().scope():
        rate = make_schedule(schedule, peak=learning_rate, steps=steps)
        setup = prepare(
            network,
            split,
            plan,
            at=check_cuts(at),
            train=rows,
            trunk=trunk,
            augmentation=augmentation,
            augment_views=augment_views,
            seed=seed,
            progress=progress,
        )
        model = attach_head(setup.body, setup.head, dropout=dropout, seed=seed)
        if l2_sp is not None:
            l2_sp.attach(setup.tail, model)
        rates = layer_rates(setup, learning_rate, head_learning_rate)
        compile_model(
            model, setup, rate, rates, weight_decay=weight_decay, label_smoothing=label_smoothing
        )
        history = _fit(
            model,
            setup,
            setup.batches(rows, batch_size=batch_size, seed=seed, views=setup.views, mix=mix),
            epochs=epochs,
            early_stopping=early_stopping,
            on_epoch=on_epoch,
        )
    result = report(setup, model, history, part=part, rates=rates, settings=_settings(options))
    return replace(result, cost=replace(result.cost, seconds=time.perf_counter() - start))


def _settings(options: dict[str, Any]) -> dict[str, Any]:
    """Return how it was trained as plain data."""
    plain = {
        name: options[name]
        for name in (
            "learning_rate",
            "head_learning_rate",
            "schedule",
            "batch_size",
            "weight_decay",
            "dropout",
            "mixup",
            "cutmix",
            "label_smoothing",
            "augment_views",
            "seed",
        )
    }
    policies = {name: options[name] for name in ("l2_sp", "augmentation", "early_stopping")}
    return plain | {name: asdict(p) if p is not None else None for name, p in policies.items()}


def _check(options: dict[str, Any]) -> None:
    """Refuse impossible options before any work is done."""
    shares = ("dropout", "label_smoothing")
    bad = [name for name in shares if not 0 <= options[name] < 1]
    bad += [name for name in ("epochs", "batch_size") if options[name] < 1]
    rates = ("learning_rate", "head_learning_rate")
    bad += [name for name in rates if options[name] is not None and not options[name] > 0]
    bad += [name for name in ("weight_decay", "augment_views") if options[name] < 0]
    if bad:
        raise CourseError(
            f"Fine-tuning was called with {bad[0]}={options[bad[0]]}. Expected a share from 0 to "
            f"below 1 for {' and '.join(shares)}, at least 1 for epochs and batch_size, a "
            f"learning_rate above 0, and nothing negative."
        )
    if options["augment_views"] and options["augmentation"] is None:
        raise CourseError(
            "augment_views asks for augmented views, but there is no augmentation. Pass "
            "augmentation=tl.regularization.Augmentation() too."
        )
    if options["part"] not in PARTS:
        raise DataError(f"Unknown part '{options['part']}'. Expected one of {', '.join(PARTS)}.")
    needs = [options["early_stopping"] is not None, options["part"] == "validation"]
    if any(needs) and not len(options["split"].validation):
        what = "Early stopping" if needs[0] else "Measuring validation"
        raise DataError(
            f"{what} needs a validation part, and this split has none. Split with validation "
            f"above 0, or leave early_stopping out and pass part='train'."
        )


def _check_rows(split: Split, rows: np.ndarray) -> np.ndarray:
    stray = np.setdiff1d(rows, split.train)
    if len(stray):
        raise DataError(
            f"Row {stray[0]} is not a training row of this split, so learning from it would spoil "
            f"validation or test. Choose rows from split.train."
        )
    if not len(rows):
        raise DataError("There are no rows to learn from. Pass rows of split.train.")
    return rows


def _fit(
    model: keras.Model,
    setup: Setup,
    batches: Any,
    *,
    epochs: int,
    early_stopping: EarlyStopping | None,
    on_epoch: Callable[[int, int], None] | None,
) -> tuple[dict[str, float], ...]:
    """Train; return loss and accuracy of each epoch."""
    import keras

    def watch(epoch: int, logs: dict[str, float]) -> None:
        if not np.isfinite(logs["loss"]):
            raise CourseError(
                f"The loss was no longer finite in epoch {epoch + 1}. A learning rate that is too "
                f"high is the usual cause: try a tenth of it."
            )
        if on_epoch is not None:
            on_epoch(epoch + 1, epochs)

    callbacks = [keras.callbacks.LambdaCallback(on_epoch_end=watch)]
    if early_stopping is not None:
        callbacks.append(early_stopping.callback())
    return train(
        model,
        batches,
        epochs=epochs,
        validate=lambda: _validate(model, setup),
        callbacks=callbacks,
    )


def _validate(model: keras.Model, setup: Setup) -> dict[str, float]:
    """Return plain cross-entropy (nats) and accuracy on the validation part."""
    rows = setup.split.validation
    if not len(rows):
        return {}
    labels = setup.split.dataset.labels[rows]
    logits = head_of(model, setup.head).logits(setup.features(rows, setup.checked))
    chosen = logits[np.arange(len(rows)), labels]
    return {
        "val_loss": float(np.mean(logsumexp(logits, axis=1) - chosen)),
        "val_accuracy": float(np.mean(logits.argmax(axis=1) == labels)),
    }
