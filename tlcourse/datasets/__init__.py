"""Data sets, their cards, and honest ways to split them."""

from tlcourse.datasets.card import Card
from tlcourse.datasets.dataset import Dataset, ImageSource, Skipped
from tlcourse.datasets.load import load
from tlcourse.datasets.splits import (
    DomainSplit,
    NestedFold,
    Split,
    assert_disjoint,
    assert_spatially_disjoint,
    few_labels,
    folds,
    holdouts,
    leave_one_out,
    nested,
    split,
    split_by_domain,
)

__all__ = [
    "Card",
    "Dataset",
    "DomainSplit",
    "ImageSource",
    "NestedFold",
    "Skipped",
    "Split",
    "assert_disjoint",
    "assert_spatially_disjoint",
    "few_labels",
    "folds",
    "holdouts",
    "leave_one_out",
    "load",
    "nested",
    "split",
    "split_by_domain",
]
