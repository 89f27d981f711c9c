"""One visual language for the whole course: colors, markers and line styles.

Color is never the only sign: every series also has its own marker and line style, so a
figure survives gray printing and color blindness. The colors are Petroff's ten (2021,
arXiv:2107.02270), chosen to stay apart under the common color-vision deficiencies. The
background is white and the text dark, which is readable in light and dark JupyterLab.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl

COLORS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
HATCHES = ("", "///", "...", "\\\\\\", "xx", "++")
INK, GRAY = "#1a1a1a", "#6b6b6b"

_SETTINGS: dict[str, Any] = {
    "axes.prop_cycle": mpl.cycler(color=COLORS),
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.facecolor": "white",
    "figure.dpi": 110,
    "savefig.dpi": 110,
    "figure.constrained_layout.use": True,
    "font.size": 10.5,
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GRAY,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.8,
    "lines.linewidth": 1.8,
    "lines.markersize": 6.5,
    "hatch.linewidth": 0.8,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the course's style inside a `with` block; settings outside stay as they are.

    Example:
        >>> with style():
        ...     fig, ax = plt.subplots()
    """
    with mpl.rc_context(_SETTINGS):
        yield


def look(i: int) -> dict[str, Any]:
    """Return color, marker and line style of series number `i`, for `ax.plot(..., **look(i))`."""
    return {
        "color": COLORS[i % len(COLORS)],
        "marker": MARKERS[i % len(MARKERS)],
        "linestyle": LINES[i % len(LINES)],
    }


def new_figure(width: float = 7.0, height: float = 3.6) -> Any:
    """Return an empty figure (inches) that pyplot does not know, so nothing shows it twice."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")
