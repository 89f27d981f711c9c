"""Extraction contenders: the cache, and many pictures from disk; and LogME."""

from __future__ import annotations

import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from workers import Turn

SIDE = 128  # of the files, pixels
CLASSES = 4


def cached(turn: Turn, *, again: bool, n: int, image_size: int) -> None:
    """Extract n emoji with an empty cache (`again` False), or with a full one."""
    import tlcourse as tl

    data = tl.load("emoji", style="noto")
    data = data.subset(np.arange(min(n, len(data))))
    network = tl.backbone(image_size=image_size)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["TLCOURSE_CACHE"] = cache
        turn(pictures=len(data), precision=network.precision)
        while True:
            tl.extract(network, data)
            turn()
            if not again:
                shutil.rmtree(cache)


def write_pictures(folder: Path, n: int, *, seed: int = 0) -> None:
    """Write n different JPEG files: emoji, turned and recolored. Their classes mean nothing."""
    from PIL import Image

    import tlcourse as tl

    data = tl.load("emoji", style="noto")
    for i in range(CLASSES):
        (folder / f"class{i}").mkdir(parents=True)

    def write(i: int) -> None:
        rng = np.random.default_rng((seed, i))
        image = Image.fromarray(data.images[i % len(data)]).resize((SIDE, SIDE))
        image = image.rotate(rng.uniform(-30, 30), fillcolor=(255, 255, 255))
        pixels = np.asarray(image) * rng.uniform(0.6, 1.0, 3) + rng.integers(0, 9, (SIDE, SIDE, 3))
        target = folder / f"class{i % CLASSES}" / f"{i:05d}.jpg"
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(target, quality=90)

    with ThreadPoolExecutor() as pool:
        list(pool.map(write, range(n)))


def from_disk(turn: Turn, *, folder: Path, n: int, image_size: int) -> None:
    """Extract the first n files of a folder, decoding included, with an empty cache."""
    import tlcourse as tl
    from tlcourse import runtime

    data = tl.load(folder, image_size=image_size)
    # Evenly from all classes, so that every size reads the same kinds of file.
    data = data.subset(np.linspace(0, len(data) - 1, n).astype(int))
    network = tl.backbone(image_size=image_size)
    network.pooled(np.zeros((32, image_size, image_size, 3), np.uint8))  # compiles
    turn(precision=network.precision)
    turn()  # warm already
    while True:
        with tempfile.TemporaryDirectory() as cache:
            os.environ["TLCOURSE_CACHE"] = cache
            tl.extract(network, data, progress=lambda done, total: None)
        turn(pictures=n, peak_memory_mb=runtime.peak_memory_mb())


def logme(turn: Turn, *, n: int, d: int, classes: int) -> None:
    """Score random features; the time does not depend on what they are."""
    from tlcourse.transferability import logme as score

    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(n, d)), rng.permutation(np.arange(n) % classes)
    turn(items=n, features=d, classes=classes)
    while True:
        score(features, labels)
        turn()
