"""Every figure of the course: one visual language, always with words beside the picture."""

from tlcourse.plots.display import figure_html, show, to_png
from tlcourse.plots.gallery import gallery
from tlcourse.plots.intervals import dots_with_intervals, dumbbell, lines_with_intervals
from tlcourse.plots.style import COLORS, HATCHES, LINES, MARKERS, look, new_figure, style
from tlcourse.plots.tables import Rung, confusion, ledger, ledger_alt

__all__ = [
    "show",
    "style",
    "look",
    "new_figure",
    "dots_with_intervals",
    "lines_with_intervals",
    "dumbbell",
    "confusion",
    "gallery",
    "ledger",
    "ledger_alt",
    "Rung",
    "figure_html",
    "to_png",
    "COLORS",
    "MARKERS",
    "LINES",
    "HATCHES",
]
