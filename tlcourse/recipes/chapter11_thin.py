"""Chapter 11, small machines: students that read a thin copy of the teacher's whole trunk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tlcourse.backbones import CUTS, Backbone
from tlcourse.datasets.dataset import Dataset
from tlcourse.field.small_trunk import SmallTrunk, small_trunk
from tlcourse.field.soft_head import fit_soft_head
from tlcourse.field.thinning import ThinCopy, thin_copy
from tlcourse.heads import LinearHead
from tlcourse.recipes.chapter11_small import (
    Pictures,
    ThingSplit,
    assert_nobody_peeks,
    fit_teacher,
    linear_student,
    right,
)

LABELS, ANSWERS = "thin copy, labels alone", "thin copy, taught"
WAYS = ("mean",)  # as the teacher reads its blocks


def head_parameters(classes: int, width: int) -> int:
    """Return the numbers in a linear head: weights, biases, means and deviations."""
    return width * classes + classes + 2 * width


def thinned(
    network: Backbone,
    data: Dataset,
    split: ThingSplit,
    *,
    parameters: int,
    pictures: int = 160,
    seed: int = 0,
) -> tuple[ThinCopy, SmallTrunk]:
    """Make the thin copy of a network for one split, and read its last three blocks.

    Args:
        network: The teacher's trunk.
        data: The data.
        split: The copy is made on pictures of its training things, without labels.
        parameters: What the copy may weigh.
        pictures: How many to measure responses on, drawn.
        seed: Seed of the draw.
    """
    assert_nobody_peeks(data, split)
    drawn = np.random.default_rng(seed).permutation(split.unlabeled)[:pictures]
    copy = thin_copy(network, data.images[drawn], parameters=parameters, seed=seed)
    return copy, small_trunk(network, model=copy.model, taps=CUTS, ways=WAYS)


def teach_linear(
    pictures: Pictures, data: Dataset, split: ThingSplit, teacher: LinearHead, **options
) -> LinearHead:
    """Fit a linear student to the teacher's answers; its penalty is chosen without labels.

    Args:
        pictures: Features.
        data: Its things stay together in the choice; its labels are not read.
        split: Which rows.
        teacher: Fitted head.
        **options: For `fit_soft_head`.
    """
    rows = split.unlabeled
    answers = teacher.predict_proba(pictures.teacher[rows])
    views = [view[rows] for view in pictures.views]
    return fit_soft_head(views, answers, groups=data.groups[rows], **options)


def compare_thin(
    pictures: Sequence[Pictures], data: Dataset, splits: Sequence[ThingSplit], **options
) -> dict[str, list[float]]:
    """Measure students on thin copies: with the labels alone, and with the teacher's answers.

    Args:
        pictures: For each split, features of its own thin copy.
        data: The data.
        splits: Who sees what.
        **options: For `fit_soft_head`.

    Returns:
        Name → accuracy on the test things of each split.
    """
    found: dict[str, list[float]] = {LABELS: [], ANSWERS: []}
    for seen, split in zip(pictures, splits, strict=True):
        assert_nobody_peeks(data, split)
        teacher = fit_teacher(seen, data, split)
        students = {
            LABELS: linear_student(seen, data, split),
            ANSWERS: teach_linear(seen, data, split, teacher, **options),
        }
        for name, student in students.items():
            found[name].append(right(student.predict(seen.views[0][split.test]), data, split))
    return found
