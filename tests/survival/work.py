"""What the processes of the survival tests do. Each function runs in a process of its own."""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path

import numpy as np

from tests.survival import places
from tlcourse.feature_store import FeatureStore

KEY = {"cut": "block5_pool"}
SIZE = 32


def name_of(seed: int, row: int) -> str:
    return hashlib.sha256(f"{seed} {row}".encode()).hexdigest()


def feature_of(name: str, width: int) -> np.ndarray:
    """Make the one right feature of a name, so that any reader can tell right from wrong."""
    seed = int(name[:12], 16)
    return np.random.default_rng(seed).standard_normal(width).astype(np.float32)


def rows_of(seed: int, n: int, width: int) -> dict[str, np.ndarray]:
    return {name: feature_of(name, width) for name in (name_of(seed, i) for i in range(n))}


def pictures(seed: int, n: int, size: int = SIZE) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


def write_shards(*, seed: int, n: int, width: int, times: int, folder: str = "") -> None:
    """Write shard after shard."""
    shards = [rows_of(seed * 1000 + i, n, width) for i in range(min(times, 5))]
    if folder:
        Path(folder, "begun").touch()
    for i in range(times):
        FeatureStore(KEY).write(shards[i % len(shards)])


def read_and_write(*, seed: int, n: int, width: int, times: int) -> None:
    """Use one store as eight notebooks at once would; stop at the first wrong number."""
    for i in range(times):
        store = FeatureStore(KEY)
        store.write(rows_of(seed * 1000 + i, n, width))
        for name, feature in store.read().items():
            assert np.array_equal(feature, feature_of(name, width)), name


def extract(
    *,
    seed: int,
    n: int,
    folder: str,
    backbone: str = "minivgg",
    size: int = SIZE,
    batch_size: int = 8,
    cache: bool = True,
    rows_in_a_shard: int = 8,
    room_mb: int = 0,
    warm: bool = False,
    tmpfs: str = "",
    full: str = "",
) -> None:
    """Extract features and write them to `folder`/features.npy.

    Args:
        seed: Of the pictures.
        n: Number of pictures.
        folder: Gets the file "begun" when the extraction begins, and the features.
        backbone: Name of the network.
        size: Side of the pictures.
        batch_size: Pictures at once.
        cache: Use the cache.
        rows_in_a_shard: How often to save.
        room_mb: Memory that the process may use on top of what it has; 0 for no limit.
        warm: Extract one picture before the limit is set.
        tmpfs: A small disk is put over this folder.
        full: A file there fills the disk up.
    """
    from tlcourse import features
    from tlcourse.backbones import backbone as build

    features._ROWS_IN_A_SHARD = rows_in_a_shard
    if tmpfs:
        places.enter_namespace()
        places.small_disk(tmpfs, "256k")
    if full:
        places.fill(full)
    network = build(backbone, image_size=size, precision="float32", weights="embedded")
    images = pictures(seed, n, size)
    if warm:
        features.extract(network, images[:1], cache=False, batch_size=1)
    if room_mb:
        places.limit_memory(room_mb)
    Path(folder, "begun").touch()
    begin = time.perf_counter()
    found = features.extract(network, images, batch_size=batch_size, cache=cache)
    print(time.perf_counter() - begin)
    np.save(Path(folder, "features.npy"), found)


def command(
    *,
    args: list[str],
    cwd: str,
    begun: str = "",
    clock: float | None = None,
    read_only: list[str] | None = None,
    tmpfs: str = "",
    user: int = 0,
) -> None:
    """Run `tlcourse` with these arguments, as the installed command does.

    Args:
        args: Arguments.
        cwd: Current folder.
        begun: A file that is made once the signal handlers are in place.
        clock: What the clock says, seconds since 1970; it ticks from there.
        read_only: Folders that cannot be written to.
        tmpfs: A disk of 64 KB is put over this folder.
        user: Give up root for this user.
    """
    import os

    if read_only or tmpfs:
        places.enter_namespace()
        for folder in read_only or ():
            places.make_read_only(folder)
        if tmpfs:
            places.small_disk(tmpfs, "64k")
    os.chdir(cwd)
    if user:
        os.setgid(user)
        os.setuid(user)
    if clock is not None:
        places.set_clock(clock)
    from tlcourse import cli

    if begun:
        run = cli._run
        cli._run = lambda argv: (Path(begun).touch(), run(argv))[1]
    sys.argv = ["tlcourse", *args]
    cli.main()


def open_notebooks(*, cwd: str, read_only: list[str]) -> None:
    """Print the folder that `tlcourse lab` would open."""
    import os

    from tlcourse.jobs.lab import notebook_folder

    places.enter_namespace()
    for folder in read_only:
        places.make_read_only(folder)
    os.chdir(cwd)
    print(notebook_folder())
