"""Measured figures for the chapters: how long a run takes and how much memory it needs.

`chapters/measured.json` holds what `tools/notebook_measure.py` measured::

    {"03": {"normal": {"minutes": 3.9, "peak_mb": 1480},
            "fast": {"minutes": 0.8, "peak_mb": 1310},
            "machine": "2 cores, Intel Xeon"}}

Prose quotes them through placeholders such as `{{minutes_normal}}`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

PLACEHOLDER = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
NAMES = ("minutes_normal", "minutes_fast", "peak_gb", "peak_gb_fast", "machine")
DRAFT = "(not measured yet)"


def read_measured(folder: Path) -> dict:
    """Return the content of `measured.json` in the chapters' folder, or {} when there is none.

    Raises:
        ValueError: If the file is not JSON.
    """
    path = folder / "measured.json"
    if not path.exists():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}:{error.lineno}: not valid JSON: {error.msg}.") from None


def figures(entry: dict | None) -> dict[str, str]:
    """Turn one chapter's measurements into the texts of the placeholders.

    Minutes are rounded to one decimal; memory goes from MiB to GiB, two decimals.
    A figure that was not measured is left out.
    """
    entry = entry or {}
    texts = {}
    for mode, memory in (("normal", "peak_gb"), ("fast", "peak_gb_fast")):
        run = entry.get(mode, {})
        if "minutes" in run:
            texts[f"minutes_{mode}"] = f"{run['minutes']:.1f}"
        if "peak_mb" in run:
            texts[memory] = f"{run['peak_mb'] / 1024:.2f}"
    if "machine" in entry:
        texts["machine"] = str(entry["machine"])
    return texts


def fill(text: str, texts: dict[str, str], *, draft: bool) -> tuple[str, list[str]]:
    """Replace the placeholders of a markdown cell.

    Args:
        text: The cell's text.
        texts: What `figures` returned.
        draft: Put "(not measured yet)" where a figure is missing, instead of a problem.

    Returns:
        The filled text and the messages for what could not be filled.
    """
    messages: list[str] = []

    def replace(match: re.Match) -> str:
        name = match.group(1)
        if name not in NAMES:
            messages.append(f"'{{{{{name}}}}}' is not a placeholder. Known: {', '.join(NAMES)}.")
        elif name in texts:
            return texts[name]
        elif draft:
            return DRAFT
        else:
            messages.append(
                f"'{{{{{name}}}}}' has no measured value in chapters/measured.json. Run "
                f"'python tools/notebook_measure.py NN', or build with --draft meanwhile."
            )
        return match.group(0)

    return PLACEHOLDER.sub(replace, text), messages
