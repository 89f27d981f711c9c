"""Runs that take longer than a lesson allows, recorded once and read from a file.

`tools/record_chapter03.py` makes the file. It says with which script, seeds and versions,
so that anyone can repeat it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tlcourse.errors import DataError

FILE = Path(__file__).with_name("recorded_chapter03.json")


@dataclass(frozen=True)
class Recorded:
    """Runs of one variant, one for each seed.

    Args:
        name: What was changed, in words.
        steps: Batches of 16 that each run was trained on.
        seeds: Seeds of the runs.
        accuracies: Accuracy on the held-out part, one for each seed.
        classes_predicted: Number of different classes named, one for each seed.
        last_losses: Loss of the last batch, nats, one for each seed.
        highest_losses: Largest loss of any batch, nats, one for each seed.
        curve: Accuracy after each epoch, where there is one long run.
        seconds: Training time of all runs together, s.
    """

    name: str
    steps: int
    seeds: tuple[int, ...]
    accuracies: tuple[float, ...]
    classes_predicted: tuple[int, ...]
    last_losses: tuple[float, ...]
    highest_losses: tuple[float, ...]
    curve: tuple[float, ...]
    seconds: float


def recorded_runs(path: Path | None = None) -> tuple[dict[str, Recorded], dict[str, Any]]:
    """Read the recorded runs.

    Args:
        path: The file; the one that ships with the course when None.

    Returns:
        Runs by key ("pooling", "slow", "long"), and how they were made: script, data set,
        protocol, majority share, machine, versions.

    Raises:
        DataError: If the file is missing or is not what the tool writes.
    """
    path = path or FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        runs = {
            key: Recorded(**{k: tuple(v) if isinstance(v, list) else v for k, v in run.items()})
            for key, run in content["runs"].items()
        }
        return runs, content["made"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The recorded runs in {path} cannot be read ({type(error).__name__}). Restore the "
            f"file with git, or make it again with tools/record_chapter03.py."
        ) from error
