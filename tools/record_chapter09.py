"""Record what chapter 09 finds on real recordings, for rooms that do not have them.

    TLCOURSE_MIRROR=folder python tools/record_chapter09.py       # about 4 minutes on two cores

It runs the same functions as the chapter's last experiment, with the chapter's own two
pretrained networks, on the first 12 recordings of each digit and speaker of FSDD.
"""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import asdict
from importlib.metadata import version

import tlcourse as tl
from tlcourse import runtime
from tlcourse.files import write_whole
from tlcourse.recipes.chapter09_fsdd import HOW_TO_GET, recordings
from tlcourse.recipes.chapter09_networks import PRETRAIN_STEPS, pretrain
from tlcourse.recipes.chapter09_real import FILE, real_rows

TAKES, SEED = 12, 0


def main() -> int:
    """Write the record; 1 where the recordings are missing."""
    tl.seed_everything(SEED)
    real = recordings(TAKES)
    if real is None:
        print(HOW_TO_GET, file=sys.stderr)
        return 1
    words = {name: pretrain(name, steps=PRETRAIN_STEPS, seed=SEED) for name in
             ("clean words", "noisy words")}  # fmt: skip
    made = {
        "where": "recorded, not measured on this computer",
        "script": "tools/record_chapter09.py",
        "data": f"FSDD, {len(real[0])} recordings: the first {TAKES} of each digit and speaker",
        "machine": f"{platform.machine()}, {runtime.cpu_count()} CPU cores",
        "versions": {name: version(name) for name in ("keras", "tensorflow", "scikit-learn")},
    }
    rows = real_rows(
        *real, tl.backbone(image_size=96), {k: w.model for k, w in words.items()}, made=made
    )
    write_whole(FILE, (json.dumps(asdict(rows), indent=1) + "\n").encode())
    for name, (estimate, low, high) in rows.honest.items():
        print(f"{name}: {estimate:.3f} [{low:.3f}, {high:.3f}]")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
