"""Data sets, their cards, and honest ways to split them."""

from tlcourse.datasets.card import Card
from tlcourse.datasets.dataset import Dataset, ImageSource, Skipped
from tlcourse.datasets.load import load
from tlcourse.datasets.splits import Split, few_labels, folds, holdouts, split

__all__ = [
    "Card",
    "Dataset",
    "ImageSource",
    "Skipped",
    "Split",
    "few_labels",
    "folds",
    "holdouts",
    "load",
    "split",
]
