"""Data sets, their cards, and honest ways to split them."""

from tlcourse.datasets.card import Card
from tlcourse.datasets.dataset import Dataset, ImageSource, Skipped
from tlcourse.datasets.duplicates import group_near_duplicates, near_duplicates
from tlcourse.datasets.leaks import leaks
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
    "group_near_duplicates",
    "holdouts",
    "leaks",
    "leave_one_out",
    "load",
    "near_duplicates",
    "nested",
    "split",
    "split_by_domain",
]
