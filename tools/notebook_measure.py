"""Measure how long the chapters run and how much memory they need.

    python tools/notebook_measure.py 03 04     measure two chapters, normal and fast
    python tools/notebook_measure.py --fast 03 only the fast run

Runs the worked edition with an empty cache, as on a learner's first day, and
writes minutes and peak memory to `chapters/measured.json`. Afterwards run
`python tools/build_notebooks.py`, which puts the figures into the notebooks.
Measure on an idle machine: whatever else runs is measured too.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from unittest import mock

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the package need not be installed

from build_notebooks import build_all, write_text  # noqa: E402
from notebook_figures import read_measured  # noqa: E402

from tlcourse.execute import ChapterRun, run_notebook  # noqa: E402
from tlcourse.runtime import cpu_name  # noqa: E402


def measure(root: Path, number: str, modes: list[str]) -> dict:
    """Run one chapter in each mode and return its entry for `measured.json`.

    Args:
        root: The repository.
        number: Two-digit chapter number.
        modes: "normal", "fast" or both.

    Raises:
        ValueError: If the chapter does not build.
        RuntimeError: If a run fails; figures of a broken run would mislead.
    """
    generated, problems = build_all(root, [number], draft=True)
    if problems:
        raise ValueError("\n".join(map(str, problems)))
    for path, text in generated.items():
        write_text(path, text)
    notebook = next(path for path in generated if path.parent.name == "solutions")
    entry: dict = {"machine": f"{psutil.cpu_count()} cores, {cpu_name()}"}
    for mode in modes:
        run = _first_run(notebook, fast=mode == "fast")
        if not run.ok:
            raise RuntimeError(f"{notebook.name} ({mode}) failed. {run.error}")
        entry[mode] = {"minutes": round(run.seconds / 60, 2), "peak_mb": round(run.peak_mb)}
        print(f"{number} {mode}: {run.seconds / 60:.2f} min, {run.peak_mb:.0f} MiB")
    return entry


def _first_run(notebook: Path, *, fast: bool) -> ChapterRun:
    with tempfile.TemporaryDirectory(prefix="tlcourse-measure-") as name:
        scratch = Path(name)
        empty_cache = mock.patch.dict(os.environ, TLCOURSE_CACHE=str(scratch / "cache"))
        with empty_cache:
            return run_notebook(notebook, out_dir=scratch / "out", fast=fast)


def save(folder: Path, number: str, entry: dict) -> None:
    """Merge one chapter's entry into `measured.json`, chapters in order."""
    measured = read_measured(folder)
    measured[number] = measured.get(number, {}) | entry
    text = json.dumps(measured, indent=1, sort_keys=True) + "\n"
    write_text(folder / "measured.json", text)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="+", help="two-digit numbers")
    parser.add_argument("--fast", action="store_true", help="only the fast run")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    modes = ["fast"] if options.fast else ["normal", "fast"]
    for number in options.chapters:
        try:
            entry = measure(root, number, modes)
        except (ValueError, RuntimeError) as error:
            print(error, file=sys.stderr)
            return 1
        save(root / "chapters", number, entry)
    return 0


if __name__ == "__main__":
    sys.exit(main())
