"""Turn the float32 VGG16 ImageNet base into the embedded float16 file.

    python tools/build_weights.py SOURCE.weights.h5 [--out data/weights]

The result is an ordinary Keras 3 weights file whose arrays are float16: plain Keras
loads it with `model.load_weights`. Running the script again gives the same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import h5py
import numpy as np

from tlcourse.checksum import sha256_file

NAME = "vgg16_imagenet_notop_float16.weights.h5"
SOURCE_SHA256 = "a2f51117308129c3de9a523c91d35160eb75a6a9e5db1e2afb4f48e48dfb733a"


def write_float16(source: Path, target: Path) -> int:
    """Copy every array of `source` to `target` in float16; return the number of weights."""
    count = 0
    with h5py.File(source, "r") as old, h5py.File(target, "w", track_order=False) as new:

        def copy(name: str, item: h5py.Dataset | h5py.Group) -> None:
            nonlocal count
            for key, value in item.attrs.items():
                new.require_group(name).attrs[key] = value
            if isinstance(item, h5py.Dataset):
                half = item[()].astype(np.float16)
                if not np.isfinite(half).all():
                    raise SystemExit(f"{name} does not fit into float16.")
                count += half.size
                new.create_dataset(
                    name, data=half, track_times=False, compression="gzip", shuffle=True
                )

        old.visititems(copy)
    return count


def main() -> None:
    """Build the file and print its checksum and size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--out", type=Path, default=Path("data/weights"))
    args = parser.parse_args()
    if sha256_file(args.source) != SOURCE_SHA256:
        raise SystemExit(f"{args.source} is not the file this script was written for.")
    args.out.mkdir(parents=True, exist_ok=True)
    target = args.out / NAME
    part = target.with_suffix(".part")
    count = write_float16(args.source, part)
    part.replace(target)
    print(
        f"{target}\nweights {count}\nbytes   {target.stat().st_size}\nsha256  {sha256_file(target)}"
    )


if __name__ == "__main__":
    main()
