"""How long each chapter will take on the learner's machine."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tlcourse.errors import CourseError
from tlcourse.paths import asset_dir

# `tlcourse doctor` on the machine that measured the minutes which the chapters print.
REFERENCE_SECONDS_PER_100 = 0.6
LONG = 10.0  # minutes; beyond this fast mode is suggested
_TITLE = re.compile(r"^# (\d\d .+)$", re.MULTILINE)
_MINUTES = re.compile(r"\| Minutes to run \| ([\d.]+)")


def chapter_minutes(
    seconds_per_100: float, folder: str | Path | None = None
) -> list[dict[str, str]]:
    """Scale the minutes that each chapter prints to the speed of this machine.

    Chapters spend most of their time in VGG16, so the time for a hundred pictures is a fair
    yardstick; it is no more than that.

    Args:
        seconds_per_100: What the preflight measured here, s.
        folder: Where the notebooks are; those of the course when None.

    Returns:
        Rows for a table: chapter, minutes there, minutes here, advice. A chapter that prints no
        minutes is left out; without notebooks there are no rows.
    """
    try:
        folder = asset_dir("notebooks") if folder is None else Path(folder)
    except CourseError:
        return []
    rows = []
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        front = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
        title, minutes = _TITLE.search(front), _MINUTES.search(front)
        if not title or not minutes:
            continue
        there = float(minutes.group(1))
        here = there * seconds_per_100 / REFERENCE_SECONDS_PER_100
        rows.append(
            {
                "chapter": title.group(1),
                "minutes, as measured": f"{there:g}",
                "minutes here, about": f"{here:.1f}",
                "advice": "set TLCOURSE_FAST=1" if here > LONG else "normal mode",
            }
        )
    return rows
