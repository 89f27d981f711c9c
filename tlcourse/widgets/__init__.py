"""Figures that react to dragging; each has a static form that comes first."""

from tlcourse.widgets.clouds import pull_the_clouds
from tlcourse.widgets.cuts import drag_the_cut
from tlcourse.widgets.depth import slide_the_cut
from tlcourse.widgets.luck import LuckTable, labels_and_luck, luck_table
from tlcourse.widgets.neighbors import NeighborTable, neighbor_table
from tlcourse.widgets.painter import Paintings, choose_the_style
from tlcourse.widgets.words import pull_the_words

__all__ = [
    "LuckTable",
    "NeighborTable",
    "Paintings",
    "choose_the_style",
    "drag_the_cut",
    "labels_and_luck",
    "luck_table",
    "neighbor_table",
    "pull_the_clouds",
    "pull_the_words",
    "slide_the_cut",
]
