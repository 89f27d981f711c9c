"""The main job: a folder of pictures in, an honestly measured classifier out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlcourse import __version__, runtime
from tlcourse import weights as weights_files
from tlcourse.backbones import CUTS, Backbone, backbone
from tlcourse.datasets import Dataset, Split, split
from tlcourse.datasets.folder import load_folder
from tlcourse.datasets.images import at_size
from tlcourse.datasets.splits import few_labels
from tlcourse.errors import CourseError, DataError
from tlcourse.evaluation import Cost, Result, evaluate
from tlcourse.export import end_to_end
from tlcourse.features import extract
from tlcourse.heads import fit_head
from tlcourse.jobs.agreement import check_agreement, some_of
from tlcourse.jobs.tuning import Tuning

if TYPE_CHECKING:
    import keras

METHODS = ("probe", "finetune", "scratch")
Step = Callable[[str, int, int], None]  # (what, done, total)
_SMALLEST, _LARGEST = 32, 1024  # pixels
_LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, eq=False)
class Fitted:
    """What `fit_folder` made.

    Args:
        model: Takes raw RGB pixels 0 to 255, gives class probabilities.
        result: The one measurement on the sealed test part.
        split: The split it was measured on.
        dataset: The pictures, with what was skipped.
    """

    model: keras.Model
    result: Result
    split: Split
    dataset: Dataset


def fit_folder(
    folder: str | Path | Dataset,
    *,
    method: str = "probe",
    image_size: int = 96,
    seed: int = 0,
    strict: bool = False,
    weights: str | None = None,
    tuning: Tuning | None = None,
    on_step: Step | None = None,
) -> Fitted:
    """Load, split, fit and measure once.

    "probe" puts a regularized linear head on frozen VGG16 features; its strength is
    chosen by inner cross-validation, so it learns from train and validation together.
    "finetune" lets the last block move too, after such a head was fitted (LP-FT); it learns
    from train and stops by validation. "scratch" trains a small network in the same way.

    Args:
        folder: One folder for each class, or train/ and val/ or test/ with such folders
            inside; or a data set that is loaded already.
        method: "probe", "finetune" or "scratch".
        image_size: Side of the square that pictures are scaled to, pixels.
        seed: Seed of the split, the inner folds and, from scratch, the network.
        strict: Refuse unreadable files and leakage instead of skipping.
        weights: A weights file for the backbone; see `tlcourse.weights`.
        tuning: How to fine-tune; block 5 with early stopping when None.
        on_step: Called with (what, done, total) as work goes on.

    Raises:
        CourseError: For an unknown method or unusable data.
    """
    check_options(method=method, image_size=image_size, seed=seed)
    if tuning is not None and method != "finetune":
        raise CourseError(
            f"The method '{method}' does not fine-tune, so it takes no block, epochs, learning "
            f"rate or views. Leave them out, or choose --method finetune."
        )
    if method != "scratch":
        weights_files.find(weights)  # a wrong file is refused now, not after reading everything
    start = time.perf_counter()
    step = on_step or (lambda what, done, total: None)
    if isinstance(folder, Dataset):
        dataset = folder
    else:
        dataset = load_folder(
            folder,
            image_size=image_size,
            strict=strict,
            progress=lambda done, total: step("reading pictures", done, total),
        )
    parts = split(dataset, seed=seed)
    job = {"probe": _probe, "finetune": _finetune, "scratch": _scratch}[method]
    model, rest = job(parts, image_size, seed, weights, step, tuning or Tuning())
    result = _finish(parts, method, image_size, time.perf_counter() - start, rest)
    return Fitted(model, result, parts, dataset)


def check_options(*, method: str, image_size: int, seed: int) -> None:
    """Refuse impossible options before any work is done.

    Raises:
        CourseError: Naming the option, what it may be, and a good value.
    """
    if method not in METHODS:
        raise CourseError(f"Unknown method '{method}'. Expected one of {', '.join(METHODS)}.")
    if not _SMALLEST <= image_size <= _LARGEST:
        raise CourseError(
            f"The image size is {image_size}. Expected a whole number of pixels from {_SMALLEST} "
            f"to {_LARGEST}; 96 is a good start on a CPU."
        )
    if not 0 <= seed <= _LARGEST_SEED:
        raise CourseError(
            f"The seed is {seed}. Expected a whole number from 0 to {_LARGEST_SEED}; any will do, "
            f"and the same one gives the same split again."
        )


def _probe(
    parts: Split, image_size: int, seed: int, weights: str | None, step: Step, tuning: Tuning
) -> tuple[keras.Model, Result]:
    network = backbone(image_size=image_size, weights=weights)
    dataset = parts.dataset
    features = extract(
        network, dataset, progress=lambda done, total: step("extracting features", done, total)
    )
    rows = parts.development
    step("fitting the head", 0, 1)
    head = fit_head(
        features[rows],
        dataset.labels[rows],
        groups=dataset.groups[rows],
        n_classes=dataset.n_classes,
        seed=seed,
    )
    step("fitting the head", 1, 1)
    result = evaluate(
        head,
        features,
        split=parts,
        part="test",
        name="VGG16 features + linear head",
        cost=Cost(
            flops=float(network.flops) * len(dataset),
            trained_parameters=head.trained_parameters,
        ),
    )
    step("building the model", 0, 1)
    model = end_to_end(network, head)
    some = some_of(rows)
    pictures = np.asarray(at_size(dataset.images, network.image_size)[some])
    gap = check_agreement(model, pictures, head.predict_proba(features[some]))
    step("building the model", 1, 1)
    details = {
        "backbone": _describe(network),
        "precision": network.precision,
        "weights_sha256": network.weights.sha256,
        "cut_points": list(CUTS),
        "strength": head.strength,
        "inner_scores": {str(c): round(s, 4) for c, s in head.inner_scores.items()},
        "largest_export_difference": gap,
    }
    return model, replace(result, n_train=len(rows), details=result.details | details)


def _describe(network: Backbone) -> str:
    """Say what was used without the path of a private folder: reports are passed on."""
    path = network.weights.path
    text = network.describe()
    return text if path is None else text.replace(str(path), path.name)


def _finetune(
    parts: Split, image_size: int, seed: int, weights: str | None, step: Step, tuning: Tuning
) -> tuple[keras.Model, Result]:
    from tlcourse.jobs.finetune import fit_finetune

    train, validation = _train_and_validation(parts, seed)
    parts = replace(parts, train=train, validation=validation)  # the seal is shared
    network = backbone(image_size=image_size, weights=weights)
    model, result = fit_finetune(network, parts, tuning, seed=seed, step=step)
    return model, replace(result, details=result.details | {"backbone": _describe(network)})


def _train_and_validation(parts: Split, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows to train on and rows to stop by; some are put aside where there are none.

    Raises:
        DataError: If nothing is left to train on.
    """
    dataset, train, validation = parts.dataset, parts.train, parts.validation
    if not len(validation):  # a folder with train/ and test/ only: put some of train aside
        counts = np.bincount(dataset.labels[train])
        aside = max(1, int(counts[counts > 0].min() * 0.2))
        validation = few_labels(dataset.labels, train, aside, seed=seed)
        train = np.setdiff1d(train, validation)
    if not len(train):
        raise DataError("There are too few pictures to train and to stop by. Add pictures.")
    return train, validation


def _scratch(
    parts: Split, image_size: int, seed: int, weights: str | None, step: Step, tuning: Tuning
) -> tuple[keras.Model, Result]:
    from tlcourse.scratch import fit_scratch

    dataset = parts.dataset
    images = at_size(dataset.images, image_size)
    train, validation = _train_and_validation(parts, seed)
    fitted = fit_scratch(
        np.asarray(images[train]),
        dataset.labels[train],
        validation=(np.asarray(images[validation]), dataset.labels[validation]),
        n_classes=dataset.n_classes,
        seed=seed,
        on_epoch=lambda epoch, epochs: step("training from scratch", epoch, epochs),
    )
    result = evaluate(
        fitted,
        replace(dataset, images=images),
        split=parts,
        part="test",
        name="small network from scratch",
        cost=Cost(flops=fitted.flops, trained_parameters=fitted.trained_parameters),
        history=fitted.history,
    )
    return fitted.model, replace(result, n_train=len(train))


def _finish(parts: Split, method: str, image_size: int, seconds: float, result: Result) -> Result:
    dataset = parts.dataset
    cost = replace(result.cost, seconds=seconds, peak_memory_mb=runtime.peak_memory_mb())
    details = {
        "method": method,
        "image_size": image_size,
        "tlcourse": __version__,
        "data": dataset.name,
        "presplit": dataset.presplit is not None,
        "skipped": [{"path": s.path, "reason": s.reason} for s in dataset.skipped],
    }
    return replace(result, cost=cost, details=details | result.details)
