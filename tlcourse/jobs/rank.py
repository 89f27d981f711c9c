"""Which network, and which cut of it, suits these pictures? Scores for all that are at hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tlcourse.backbones import CUTS, Backbone, backbone
from tlcourse.datasets import Dataset, load, registry, split
from tlcourse.datasets.folder import load_folder
from tlcourse.errors import DataError, WeightsError
from tlcourse.features import extract
from tlcourse.jobs.fit import Step, check_options
from tlcourse.transferability import RankTable, rank

_JOINED, _FOLDS = "blocks 3+4+5", 5


@dataclass(frozen=True)
class Ranked:
    """What `rank_pictures` found.

    Args:
        table: Scores of every candidate, with the truth where it was asked for.
        dataset: All the pictures; the scores saw those of `rows` only.
        rows: Rows of the development part.
        missing: Networks that could not be candidates, each with its reason.
        seconds: Time it took, s.
    """

    table: RankTable
    dataset: Dataset
    rows: np.ndarray
    missing: dict[str, str]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        facts = {
            "data": self.dataset.name,
            "classes": list(self.dataset.class_names),
            "n_sealed": len(self.dataset) - len(self.rows),
            "skipped": [{"path": s.path, "reason": s.reason} for s in self.dataset.skipped],
            "missing": self.missing,
            "seconds": round(self.seconds, 2),
        }
        return self.table.to_dict() | facts


def rank_pictures(
    source: str | Dataset,
    *,
    truth: bool = False,
    image_size: int = 96,
    seed: int = 0,
    on_step: Step | None = None,
) -> Ranked:
    """Score each cut of each pretrained network, and VGG16 untrained, on one set of pictures.

    Only the development part is looked at. The test part of the same seed stays sealed, so that
    `tlcourse fit` can still measure what was chosen here.

    Args:
        source: What `tl.load` takes: a folder, an archive, a table, or a data set's name.
        truth: Also measure a linear head on each candidate by cross-validation, and how well
            each score ranked.
        image_size: Side of the square that pictures are scaled to, pixels. A network other than
            VGG16 gets the size it was trained at.
        seed: Seed of the split, the folds, the bootstrap and the untrained network.
        on_step: Called with (what, done, total) as work goes on.

    Raises:
        CourseError: For impossible options, or data that are no pictures with classes.

    Cost: two forward passes of VGG16 for each new picture; with the truth about a second more
        for each candidate.
    """
    check_options(method="probe", image_size=image_size, seed=seed)
    start = time.perf_counter()
    step = on_step or (lambda what, done, total: None)
    dataset = _load(source, image_size, step)
    rows = split(dataset, seed=seed).development
    development = dataset.subset(rows)
    candidates: dict[str, np.ndarray] = {}
    missing: dict[str, str] = {}
    for name, network in _networks(image_size, seed, missing):
        report = partial(step, f"features of {name}")
        features = extract(network, development, progress=report)
        report(1, 1)  # all of them may have been known
        candidates |= _cuts(name, network, features)
    report = partial(step, "scoring")
    report(0, len(candidates))
    rarest = int(np.bincount(development.labels, minlength=2).min())
    folds = max(2, min(_FOLDS, rarest))  # each fold needs a picture of each class
    table = rank(candidates, development, truth=truth, folds=folds, seed=seed, progress=report)
    return Ranked(table, dataset, rows, missing, time.perf_counter() - start)


def _load(source: str | Dataset, image_size: int, step: Step) -> Dataset:
    """Return pictures, or say why these are none."""
    if isinstance(source, Dataset):
        dataset = source
    elif _is_folder(source):
        report = partial(step, "reading pictures")
        dataset = load_folder(source, image_size=image_size, progress=report)
    else:
        dataset = load(source)
    images = dataset.images
    if isinstance(images, np.ndarray) and images.shape[3:] != (3,):
        raise DataError(
            f"'{dataset.name}' holds no pictures ({dataset.card.task}), and the candidates are "
            f"networks that look at pictures. Name a folder of pictures, or emoji, photos, digits "
            f"or flowers."
        )
    return dataset


def _is_folder(source: str) -> bool:
    """Tell whether to read a folder; a known data set's name wins over a folder beside us."""
    try:
        return source not in registry.names() and Path(source).expanduser().is_dir()
    except (OSError, ValueError, RuntimeError):  # no path at all: `load` says why
        return False


def _networks(
    image_size: int, seed: int, missing: dict[str, str]
) -> Iterator[tuple[str, Backbone]]:
    """Yield each network when it is needed; what has no weights here goes to `missing`."""
    from tlcourse.architectures import ARCHITECTURES

    for name, kind in ARCHITECTURES.items():
        size = image_size if name == "vgg16" else None
        try:
            yield kind.title, backbone(name, image_size=size)
        except WeightsError as error:
            if name == "vgg16":
                raise
            missing[kind.title] = str(error)
    untrained = backbone("vgg16", image_size=image_size, weights="random", seed=seed)
    yield "VGG16 untrained", untrained


def _cuts(name: str, network: Backbone, features: np.ndarray) -> dict[str, np.ndarray]:
    """Return each cut of a network and all of them joined; of an untrained one the last only."""
    edges = np.cumsum(network.widths(CUTS))[:-1]
    found = {
        f"{name} {cut.removesuffix('_pool')}": part
        for cut, part in zip(CUTS, np.split(features, edges, axis=1), strict=True)
    }
    if network.weights.origin == "random":
        found = {f"{name} block5": found[f"{name} block5"]}
    # An untrained network may answer alike to all pictures: then there is nothing to score.
    found = {key: part for key, part in found.items() if np.ptp(part, axis=0).any()}
    found[f"{name} {_JOINED}"] = features
    return found
