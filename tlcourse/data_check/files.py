"""What can be told from the files alone: size, shape, color, and how many of each class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tlcourse.data_check.report import Finding
from tlcourse.datasets.folder_tree import Item

SMALLEST = 32  # pixels: the shorter side of a picture that is worth enlarging
LONGEST = 3.0  # longer side by shorter side
FEWEST = 10  # pictures in a class
MOST_UNEQUAL = 5.0  # largest class by smallest class
_RARE_KIND = 0.2  # a kind of color is unusual if fewer pictures than this share have it


@dataclass(frozen=True)
class Facts:
    """What the header of a picture file says.

    Args:
        width: Pixels.
        height: Pixels.
        color: "color", "gray", "transparent", "CMYK", "16 bits", "animation" or another
            mode of Pillow.
    """

    width: int
    height: int
    color: str


def read_facts(path: Path) -> Facts | None:
    """Read the header of a picture; None where there is none."""
    try:
        with Image.open(path) as image:
            return Facts(image.width, image.height, _color(image))
    except Exception:  # headers that were fine a moment ago: nothing to add to the list
        return None


def _color(image: Image.Image) -> str:
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        return "animation"
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        return "transparent"
    if image.mode.startswith("I"):
        return "16 bits"
    return {"RGB": "color", "P": "color", "YCbCr": "color", "L": "gray", "1": "gray"}.get(
        image.mode, image.mode
    )


def from_facts(items: Iterable[Item]) -> list[Finding]:
    """List tiny, long and unusually colored pictures."""
    facts = {item.id: read_facts(item.path) for item in items}
    known = {name: f for name, f in facts.items() if f is not None}
    found = []
    for name, f in known.items():
        short, long = sorted((f.width, f.height))
        size = f"{f.width} x {f.height} pixels"
        if short < SMALLEST:
            found.append(Finding("tiny", (name,), size, -short))
        if long > LONGEST * short:
            found.append(Finding("shape", (name,), size, long / short))
    return found + _colors(known)


def _colors(known: dict[str, Facts]) -> list[Finding]:
    kinds = Counter(f.color for f in known.values())
    unusual = {k for k, n in kinds.items() if k != "color" and n < _RARE_KIND * len(known)}
    if kinds and kinds.most_common(1)[0][0] != "color" and kinds["color"] < _RARE_KIND * len(known):
        unusual.add("color")
    return [Finding("color", (name,), f.color) for name, f in known.items() if f.color in unusual]


def from_counts(counts: dict[str, int]) -> list[Finding]:
    """List rare classes and the most unequal pair."""
    found = [
        Finding("rare_class", (name,), f"{n} usable picture{'s' * (n != 1)}", -n)
        for name, n in counts.items()
        if n < FEWEST
    ]
    if len(counts) > 1:
        largest, smallest = max(counts, key=counts.get), min(counts, key=counts.get)
        if counts[largest] > MOST_UNEQUAL * max(counts[smallest], 1):
            text = f"{counts[largest]} of '{largest}', {counts[smallest]} of '{smallest}'"
            found.append(Finding("imbalance", (largest, smallest), text))
    return found
