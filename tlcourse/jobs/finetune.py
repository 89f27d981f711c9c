"""The main job by fine-tuning: a head first, then the last blocks of VGG16 with it (LP-FT)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.backbones import CUTS, Backbone
from tlcourse.datasets import Split
from tlcourse.datasets.images import at_size
from tlcourse.evaluation import Result
from tlcourse.export import end_to_end
from tlcourse.finetuning import FreezePlan, cache_trunk, finetune
from tlcourse.jobs.agreement import check_agreement, some_of
from tlcourse.jobs.tuning import Tuning
from tlcourse.regularization import Augmentation, EarlyStopping

if TYPE_CHECKING:
    import keras

    from tlcourse.jobs.fit import Step


def fit_finetune(
    network: Backbone, parts: Split, tuning: Tuning, *, seed: int, step: Step
) -> tuple[keras.Model, Result]:
    """Fine-tune, measure once on the sealed test part, and build the model to save.

    Args:
        network: The pretrained backbone.
        parts: Learns from train; stops by validation, which must not be empty.
        tuning: How.
        seed: Seed of the order of batches, the inner folds and the augmentation.
        step: Called with (what, done, total).

    Raises:
        CourseError: If the saved model would say something else than the measured one.
    """
    plan, dataset = FreezePlan(tuning.from_block), parts.dataset

    def frozen_part(done: int, total: int) -> None:
        step("running the frozen part", done, total)

    options: dict[str, Any] = {"progress": frozen_part}
    if tuning.augment_views:
        options |= {"augmentation": Augmentation(), "augment_views": tuning.augment_views}
    else:
        # One pass over everything, the sealed pictures included: no label is used for it.
        trunk = cache_trunk(network, dataset, plan=plan, progress=frozen_part)
        options = {"trunk": trunk}
    step("fine-tuning", 0, tuning.epochs)
    result = finetune(
        network,
        parts,
        plan=plan,
        epochs=tuning.epochs,
        learning_rate=tuning.learning_rate,
        early_stopping=EarlyStopping(),
        part="test",
        seed=seed,
        on_epoch=lambda epoch, epochs: step("fine-tuning", epoch, epochs),
        **options,
    )
    step("fine-tuning", tuning.epochs, tuning.epochs)
    step("building the model", 0, 1)
    tuned = result.model
    model = end_to_end(tuned.backbone, tuned.head, at=tuned.at)
    rows = some_of(parts.development)
    pictures = np.asarray(at_size(dataset.images, network.image_size)[rows])
    gap = check_agreement(model, pictures, tuned.predict_proba(pictures))
    step("building the model", 1, 1)
    return model, _described(result, network, parts, gap)


def _described(result: Result, network: Backbone, parts: Split, gap: float) -> Result:
    """Add what moved, checked against the plan, and how training went."""
    from tlcourse.audit import checked_plan

    checked = checked_plan(network, result)
    checked.assert_kept()
    losses = [epoch["val_loss"] for epoch in result.history]
    details = {
        "cut_points": list(CUTS),
        "weights_sha256": network.weights.sha256,
        "n_validation": len(parts.validation),
        "epochs_run": len(losses),
        "best_epoch": int(np.argmin(losses)) + 1,
        "moved": checked.to_list(),
        "moved_summary": checked.summary(),
        "largest_export_difference": gap,
    }
    name = f"VGG16 fine-tuned from {result.details['plan']['from_block']}, head first"
    return replace(result, name=name, details=result.details | details)
