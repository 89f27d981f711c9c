"""How fast the engine is, against what people use today; one run, ratios, one picture.

    python bench/speed.py            writes bench/results.json and bench/speed.png
    python bench/speed.py --quick    a minute, for the test; the numbers mean nothing

PyTorch and OpenVINO come with `pip install -e '.[bench]'`; without them their row says so.
Contenders run interleaved, each in its own process; see `workers.py`.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from machine import ROOT, machine
from picture import draw
from rows import QUICK, Row, Size, parts


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="little work; proves nothing")
    parser.add_argument("--out", type=Path, default=ROOT / "bench", help="folder of the results")
    names = list(parts(QUICK))
    parser.add_argument("--part", choices=names, action="append", help="only these parts")
    options = parser.parse_args()
    start, rows = time.perf_counter(), []
    measure = parts(QUICK if options.quick else Size())
    for name in options.part or names:
        for row in measure[name]():
            print(line(row), flush=True)
            rows.append(row.record())
    result = {
        "quick": options.quick,
        "minutes": round((time.perf_counter() - start) / 60, 1),
        "machine": machine(),
        "rows": rows,
    }
    options.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1) + "\n"
    (options.out / "results.json").write_text(text, encoding="utf-8")
    draw(result, options.out / "speed.png")


def line(row: Row) -> str:
    """Return a row as one line of text."""
    mark = {True: "ok  ", False: "MISS", None: "--  "}[row.holds]
    value = "not measured" if row.value is None else f"{row.value:.3g} {row.unit}"
    bound = "at most" if row.at_most else "at least"
    return f"{mark} {row.work} / {row.against}: {value} ({bound} {row.target:g}). {row.note}"


if __name__ == "__main__":
    main()
