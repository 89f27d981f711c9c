"""Data sets, their cards, and honest ways to split them."""

from tlcourse.datasets.card import Card
from tlcourse.datasets.dataset import Dataset, ImageSource, Skipped

__all__ = ["Card", "Dataset", "ImageSource", "Skipped"]
