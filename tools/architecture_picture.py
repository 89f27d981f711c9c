"""Draw docs/pictures/architecture.png: the layers of the package and the way of a chapter.

    python tools/architecture_picture.py

The layers are those that `tests/test_layers.py` enforces, and the counts are of the files
that are there, so the picture cannot drift from the code unnoticed.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.test_layers import LAYERS  # noqa: E402

NAMES = ["ground", "data and networks", "features", "methods", "what learners meet", "commands"]
WAY = [
    ("chapters/", "written once: prose, code, answers"),
    ("tools/build_notebooks.py", "removes answers, fills in figures"),
    ("notebooks/   solutions/", "what learners and teachers open"),
    ("tests/notebooks", "runs both editions, two tools"),
]


def count(root: Path, name: str) -> int:
    """Return how many Python files a module or package of `tlcourse` has."""
    folder = root / "tlcourse" / name
    return len(list(folder.rglob("*.py"))) if folder.is_dir() else 1


def layer_texts(root: Path) -> list[tuple[str, str]]:
    """Return title and content of each layer, lowest first; missing modules are left out."""
    texts = []
    for title, names in zip(NAMES, LAYERS, strict=True):
        there = [n for n in sorted(names) if list((root / "tlcourse").glob(f"{n}*"))]
        files = sum(count(root, name) for name in there)
        texts.append((f"{title} ({files} files)", ", ".join(there)))
    return texts


def box(ax, left: float, bottom: float, width: float, height: float, title: str, text: str) -> None:
    """Draw one labeled box."""
    ax.add_patch(plt.Rectangle((left, bottom), width, height, fc="#eef3f8", ec="#2b5c8a", lw=1.2))
    ax.text(left + 0.1, bottom + height - 0.12, title, va="top", weight="bold", size=10)
    ax.text(left + 0.1, bottom + height - 0.42, text, va="top", size=8.5, color="#222222")


def draw(root: Path) -> plt.Figure:
    """Return the figure: layers on the left, the way of a chapter on the right."""
    fig, ax = plt.subplots(figsize=(9.5, 5.8), layout="constrained")
    layers = layer_texts(root)
    for row, (title, text) in enumerate(layers):
        box(ax, 0, row * 1.2, 6.1, 0.85, title, textwrap.fill(text, 100))
    for row in range(len(layers) - 1):
        arrow(ax, 5.6, (row + 1) * 1.2, row * 1.2 + 0.85)
    ax.text(0, 7.1, "tlcourse/: a layer imports only what is below it", size=11)
    for row, (title, text) in enumerate(reversed(WAY)):
        box(ax, 6.6, row * 2, 3.3, 0.85, title, text)
        if row:
            arrow(ax, 8.2, row * 2, (row - 1) * 2 + 0.85)
    ax.text(6.6, 7.1, "a chapter", size=11)
    ax.set(xlim=(-0.1, 10), ylim=(-0.1, 7.7))
    ax.axis("off")
    return fig


def arrow(ax, x: float, start: float, end: float) -> None:
    """Draw an arrow straight down."""
    ax.annotate("", (x, end), (x, start), arrowprops={"arrowstyle": "-|>", "color": "#2b5c8a"})


def main() -> int:
    """Write the picture; returns the exit status."""
    out = ROOT / "docs" / "pictures" / "architecture.png"
    draw(ROOT).savefig(out, dpi=110, metadata={"Software": None})
    print(out.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
