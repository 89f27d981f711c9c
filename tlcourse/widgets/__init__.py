"""Figures that react to dragging; each has a static form that comes first."""

from tlcourse.widgets.cuts import drag_the_cut
from tlcourse.widgets.neighbors import NeighborTable, neighbor_table

__all__ = ["NeighborTable", "drag_the_cut", "neighbor_table"]
