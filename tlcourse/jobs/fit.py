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
from tlcourse.heads import LinearHead, fit_head

if TYPE_CHECKING:
    import keras

METHODS = ("probe", "scratch")
Step = Callable[[str, int, int], None]  # (what, done, total)
_AGREEMENT_PICTURES = 16
_AGREEMENT = 0.05  # mean difference in probability between export and cached path
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
    on_step: Step | None = None,
) -> Fitted:
    """Load, split, fit and measure once.

    "probe" puts a regularized linear head on frozen VGG16 features; its strength is
    chosen by inner cross-validation, so it learns from train and validation together.
    "scratch" trains a small network on train and stops by validation.

    Args:
        folder: One folder for each class, or train/ and val/ or test/ with such folders
            inside; or a data set that is loaded already.
        method: "probe" or "scratch".
        image_size: Side of the square that pictures are scaled to, pixels.
        seed: Seed of the split, the inner folds and, from scratch, the network.
        strict: Refuse unreadable files and leakage instead of skipping.
        weights: A weights file for the backbone; see `tlcourse.weights`.
        on_step: Called with (what, done, total) as work goes on.

    Raises:
        CourseError: For an unknown method or unusable data.
    """
    check_options(method=method, image_size=image_size, seed=seed)
    if method == "probe":
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
    job = _probe if method == "probe" else _scratch
    model, rest = job(parts, image_size, seed, weights, step)
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
    parts: Split, image_size: int, seed: int, weights: str | None, step: Step
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
    gap = _agreement(model, head, features, dataset, rows, network)
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


def _agreement(
    model: keras.Model,
    head: LinearHead,
    features: np.ndarray,
    dataset: Dataset,
    rows: np.ndarray,
    network: Backbone,
) -> float:
    """Check on a few pictures that the saved model says what was measured."""
    some = rows[:: max(1, len(rows) // _AGREEMENT_PICTURES)][:_AGREEMENT_PICTURES]
    pictures = at_size(dataset.images, network.image_size)[some]
    saved = model.predict_on_batch(np.asarray(pictures, np.float32))
    gaps = np.abs(saved - head.predict_proba(features[some])).max(axis=1)
    # Half precision may move a picture that lies between two classes; a wrong input moves most.
    if not gaps.mean() <= _AGREEMENT:
        raise CourseError(
            f"The model to be saved differs from the measured one by {gaps.mean():.3f} in "
            f"probability, more than {_AGREEMENT}. Clear the cache folder and fit again; if it "
            f"stays, report it."
        )
    return float(gaps.max())


def _scratch(
    parts: Split, image_size: int, seed: int, weights: str | None, step: Step
) -> tuple[keras.Model, Result]:
    from tlcourse.scratch import fit_scratch

    dataset = parts.dataset
    images = at_size(dataset.images, image_size)
    train, validation = parts.train, parts.validation
    if not len(validation):  # a folder with train/ and test/ only: put some of train aside
        counts = np.bincount(dataset.labels[train])
        aside = max(1, int(counts[counts > 0].min() * 0.2))
        validation = few_labels(dataset.labels, train, aside, seed=seed)
        train = np.setdiff1d(train, validation)
    if not len(train):
        raise DataError("There are too few pictures to train from scratch. Add pictures.")
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
