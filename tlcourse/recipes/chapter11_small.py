"""Chapter 11, small machines: one data set for cuts, bits and students, split by thing."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tlcourse.backbones import CUTS, Backbone
from tlcourse.datasets.dataset import Dataset
from tlcourse.datasets.hashing import hash_pixels
from tlcourse.datasets.images import at_size
from tlcourse.datasets.load import load
from tlcourse.datasets.splits import few_labels
from tlcourse.features import extract
from tlcourse.field.distillation import Student, distill
from tlcourse.field.quantization import quantized
from tlcourse.field.small_trunk import SmallTrunk
from tlcourse.heads import LinearHead, fit_head
from tlcourse.recipes.items import at_most
from tlcourse.recipes.training import free_memory

HOME = "twemoji"
TEACHER, LINEAR, DISTILLED, HARD = "teacher", "linear student", "distilled", "pseudo-labels"
TEACHER_STRENGTHS = (0.01, 0.1, 1.0)
_TEST = 0.2


def load_small(
    name_or_folder: str | Path, *, image_size: int, things: int | None = None, seed: int = 0
) -> Dataset:
    """Load pictures of one size: of emoji every style, of any other set what there is.

    Args:
        name_or_folder: As for `tl.load`.
        image_size: Side of the pictures, pixels.
        things: About how many things (of emoji, each in four styles) to keep; all when None.
        seed: Seed of the draw.
    """
    is_emoji = str(name_or_folder) == "emoji"
    data = load(name_or_folder, **({"style": "all"} if is_emoji else {}))
    if things is not None:
        home = np.flatnonzero(home_rows(data))
        kept = at_most(data.subset(home), things, seed=seed)
        data = data.subset(np.isin(data.groups, kept.groups))
    pictures = np.ascontiguousarray(at_size(data.images, image_size)[np.arange(len(data))])
    return replace(data, images=pictures, hashes=tuple(map(hash_pixels, pictures)))


def home_rows(data: Dataset) -> np.ndarray:
    """Return which rows are drawn in the style that has labels, bool (n,)."""
    return data.domains == (HOME if HOME in data.domains else data.domains[0])


@dataclass(frozen=True, eq=False)
class ThingSplit:
    """Who sees what, by thing.

    Args:
        labeled: Rows whose labels the teacher may see.
        unlabeled: Rows without labels, of training things only.
        test: Rows to measure on, of things that nobody has seen.
    """

    labeled: np.ndarray
    unlabeled: np.ndarray
    test: np.ndarray


def thing_splits(
    data: Dataset, *, n: int, per_class: int | None = 10, seed: int = 0
) -> list[ThingSplit]:
    """Draw n splits: a fifth of each class's things is the test, in the home style.

    Args:
        data: From `load_small`.
        n: Number of splits.
        per_class: Labels for each class; every training thing's when None.
        seed: Seed of the first split.
    """
    home, found = home_rows(data), []
    for k in range(n):
        rng = np.random.default_rng([seed, k])
        test: list[str] = []
        for label in range(data.n_classes):
            own = rng.permutation(np.unique(data.groups[data.labels == label]))
            test += own[: max(1, round(_TEST * len(own)))].tolist()
        seen = ~np.isin(data.groups, test)
        pool = np.flatnonzero(home & seen)
        labeled = pool
        if per_class is not None:
            rarest = int(np.bincount(data.labels[pool], minlength=data.n_classes).min())
            size = min(per_class, rarest)
            labeled = few_labels(data.labels, pool, size, seed=1000 * seed + k)
        found.append(ThingSplit(labeled, np.flatnonzero(seen), np.flatnonzero(home & ~seen)))
    return found


def assert_nobody_peeks(data: Dataset, split: ThingSplit) -> None:
    """Raise AssertionError if a thing of the test is among what teacher or student sees."""
    seen = set(data.groups[split.unlabeled]) | set(data.groups[split.labeled])
    assert not seen & set(data.groups[split.test]), "a test thing was seen in training"
    assert set(split.labeled) <= set(split.unlabeled)


@dataclass(frozen=True, eq=False)
class Pictures:
    """Features of all pictures, for the teacher and for the student.

    Args:
        teacher: Blocks 3, 4 and 5, float32 (n, 1280).
        views: Features of the small trunk: as drawn, and mirrored; each float32 (n, d).
        teacher_parameters: Weights of the teacher's trunk.
        student_parameters: Weights of the student's trunk.
    """

    teacher: np.ndarray
    views: tuple[np.ndarray, ...]
    teacher_parameters: int
    student_parameters: int


def both_trunks(network: Backbone, trunk: SmallTrunk, data: Dataset) -> Pictures:
    """Send every picture through both trunks, and its mirror image through the small one."""
    mirrored = np.ascontiguousarray(data.images[:, :, ::-1])
    return Pictures(
        extract(network, data, at=CUTS),
        (trunk.features(data.images), trunk.features(mirrored)),
        network.model.count_params(),
        trunk.parameters,
    )


def fit_teacher(pictures: Pictures, data: Dataset, split: ThingSplit) -> LinearHead:
    """Fit the teacher's head on the labeled rows.

    Accuracy hardly tells a strong penalty from a weak one, and with the strongest every answer
    is nearly the same for every class: nothing to learn from. So the penalty stays weak enough
    for answers that say something.
    """
    own = split.labeled
    return fit_head(
        pictures.teacher[own],
        data.labels[own],
        groups=data.groups[own],
        n_classes=data.n_classes,
        strengths=TEACHER_STRENGTHS,
    )


def teach(
    pictures: Pictures,
    split: ThingSplit,
    teacher: LinearHead,
    *,
    temperature: float = 1.0,
    hard: bool = False,
    seed: int = 0,
    **options,
) -> Student:
    """Train a student on the teacher's answers to the unlabeled pictures.

    Args:
        pictures: Features.
        split: Which rows.
        teacher: Fitted head.
        temperature: T.
        hard: Teach the most probable class alone (pseudo-labels).
        seed: Seed of the student.
        **options: For `distill`.
    """
    answers = teacher.predict_proba(pictures.teacher[split.unlabeled])
    if hard:
        answers = np.eye(answers.shape[1])[answers.argmax(axis=1)]
    views = [view[split.unlabeled] for view in pictures.views]
    return distill(views, answers, temperature=temperature, seed=seed, **options)


def linear_student(pictures: Pictures, data: Dataset, split: ThingSplit) -> LinearHead:
    """Fit a linear head on the small trunk with the labels alone: no teacher."""
    own = split.labeled
    return fit_head(
        pictures.views[0][own], data.labels[own], groups=data.groups[own], n_classes=data.n_classes
    )


def right(predicted: np.ndarray, data: Dataset, split: ThingSplit) -> float:
    """Return the share of test things named correctly."""
    return float(np.mean(predicted == data.labels[split.test]))


def compare_students(
    pictures: Pictures,
    data: Dataset,
    splits: Iterable[ThingSplit],
    students: Mapping[str, Mapping],
) -> dict[str, list[float]]:
    """Measure the teacher, the student without a teacher, and each taught student.

    Args:
        pictures: Features.
        data: The data.
        splits: Who sees what.
        students: Name → options for `teach`.

    Returns:
        Name → accuracy on the test things of each split.
    """
    found: dict[str, list[float]] = {TEACHER: [], LINEAR: [], **{name: [] for name in students}}
    for k, split in enumerate(splits):
        assert_nobody_peeks(data, split)
        teacher = fit_teacher(pictures, data, split)
        found[TEACHER].append(right(teacher.predict(pictures.teacher[split.test]), data, split))
        alone = linear_student(pictures, data, split)
        found[LINEAR].append(right(alone.predict(pictures.views[0][split.test]), data, split))
        for name, options in students.items():
            student = teach(pictures, split, teacher, seed=k, **options)
            found[name].append(right(student.predict(pictures.views[0][split.test]), data, split))
    return found


def accuracy_by_bits(
    network: Backbone,
    data: Dataset,
    splits: Sequence[ThingSplit],
    settings: Iterable[tuple[int, bool]],
) -> dict[tuple[int, bool], tuple[list[float], float, float]]:
    """Serve quantized trunks to heads that were fitted on the full one.

    Args:
        network: The full network.
        data: Home pictures only; rows of `splits` refer to it.
        splits: For each, a head is fitted on `labeled` with full-precision features.
        settings: (bits, one scale per channel).

    Returns:
        Setting → accuracy of each split, share of test answers as with the full network,
        and megabytes.
    """
    full = extract(network, data, at=CUTS)
    heads = [
        fit_head(full[s.labeled], data.labels[s.labeled], n_classes=data.n_classes) for s in splits
    ]
    tested = np.unique(np.concatenate([s.test for s in splits]))
    place = np.zeros(len(data), int)
    place[tested] = np.arange(len(tested))
    found = {}
    for bits, per_channel in settings:
        small = quantized(network, bits, per_channel=per_channel)
        features = extract(small.network, data.subset(tested), at=CUTS, cache=False)
        megabytes, small = small.megabytes, None
        free_memory()  # a copy of the network for each setting would add up
        answers = [h.predict(features[place[s.test]]) for h, s in zip(heads, splits, strict=True)]
        before = [h.predict(full[s.test]) for h, s in zip(heads, splits, strict=True)]
        accuracy = [right(a, data, s) for a, s in zip(answers, splits, strict=True)]
        same = float(np.mean(np.concatenate(answers) == np.concatenate(before)))
        found[bits, per_channel] = accuracy, same, megabytes
    return found


def milliseconds(trunk: SmallTrunk, images: np.ndarray, *, repeats: int = 3) -> float:
    """Return the time of one picture in a small trunk: the fastest of some repeats."""
    batch = trunk.network.preprocess(images)
    trunk.function(batch)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        trunk.function(batch)
        times.append(time.perf_counter() - start)
    return 1000 * min(times) / len(batch)
