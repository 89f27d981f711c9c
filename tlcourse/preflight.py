"""What can this machine do? Measured, in plain words, before a lesson starts."""

from __future__ import annotations

import os
import platform
import shutil
import time
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path
from typing import Any

import numpy as np

from tlcourse import __version__, feature_store, paths, runtime

_PACKAGES = ("keras", "tensorflow", "numpy", "scikit-learn", "jupyterlab", "ipywidgets")
_IMAGE_SIZE = 96
_LITTLE_MEMORY_MB = 1600  # what the lessons need at most, without unfreezing
_SLOW, _FAST = 20.0, 300.0  # pictures per second
_COURSE_PICTURES = 535  # one emoji style, what most lessons push through VGG16
_LITTLE_DISK_MB = 200  # a lesson's features and a saved model
_BATCH = 32


class Preflight(dict):
    """A plain dictionary of findings that a notebook shows as a table."""

    def _repr_markdown_(self) -> str:
        rows = [f"| {label} | {value} |" for label, value in self.rows()]
        return "| this machine | |\n|---|---|\n" + "\n".join(rows) + f"\n\n{self['verdict']}"

    def rows(self) -> list[tuple[str, str]]:
        """Return (label, value) pairs for a table."""
        device = self["device"]
        gpu = f"{device['name']}, {device['memory_mb']:,} MiB"
        versions = ", ".join(f"{k} {v}" for k, v in self["versions"].items())
        return [
            ("course", f"tlcourse {self['tlcourse']}"),
            ("Python", self["python"]),
            ("packages", versions),
            ("device", f"{device['kind'].upper()}: {gpu}, {device['count']} core(s) or card(s)"),
            ("precision", f"{self['precision']}: {self['precision_reason']}"),
            ("weights", self["weights"]),
            ("cache", f"{self['cache']['path']}, {self['cache']['bytes'] / 2**20:.1f} MiB"),
            ("free memory", f"{self['free_memory_mb']:,} MiB"),
            ("speed", f"{self['images_per_second']:.0f} pictures/s, VGG16 at {_IMAGE_SIZE} px"),
        ]


def doctor(*, seconds: float = 2.0) -> dict[str, Any]:
    """Look at versions, device, precision, weights, cache and memory, and measure the speed.

    Args:
        seconds: About how long to measure, s.

    Returns:
        A dictionary; `verdict` says in plain words what to expect, `requirements` turns it
        into a table of what was found and what is needed. `first_batch_seconds` is the time
        of the first 32 pictures, which also builds the graph; `batch_seconds` holds those
        after it, and `seconds_per_100` comes from their median.

    Cost: about ten seconds, most of it loading TensorFlow.
    """
    from tlcourse.backbones import backbone

    device = runtime.device()
    network = backbone(image_size=_IMAGE_SIZE)
    files, size = feature_store.cache_size()
    first, batches = _batch_seconds(network, seconds)
    found = Preflight(
        tlcourse=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        versions={name: _version(name) for name in _PACKAGES},
        device={
            "kind": device.kind,
            "name": device.name,
            "count": device.count,
            "memory_mb": device.memory_mb,
        },
        precision=network.precision,
        precision_reason=network.precision_reason,
        weights=network.weights.describe(),
        cache={"path": str(paths.cache_dir()), "files": files, "bytes": size, **_disk()},
        free_memory_mb=runtime.free_memory_mb(),
        backend=os.environ.get("KERAS_BACKEND", "tensorflow"),
        data=_data(),
        first_batch_seconds=round(first, 4),
        batch_seconds=[round(s, 4) for s in batches],
        seconds_per_100=round(100 * float(np.median(batches)) / _BATCH, 3),
        images_per_second=round(_BATCH / min(batches), 1),
        fast_mode=runtime.fast_mode(),
    )
    found["verdict"] = verdict(found)
    return found


def verdict(found: dict[str, Any]) -> str:
    """Say in plain words what the findings mean for a learner."""
    rate, memory = found["images_per_second"], found["free_memory_mb"]
    wait = _COURSE_PICTURES / rate
    if rate >= _FAST:
        text = "This machine is fast: every lesson runs without waiting."
    elif rate >= _SLOW:
        text = f"This machine is ready: a lesson's {_COURSE_PICTURES} pictures take {wait:.0f} s."
    else:
        text = (
            f"This machine is slow: a lesson's {_COURSE_PICTURES} pictures take {wait:.0f} s. "
            f"Close other programs, or set TLCOURSE_FAST=1 for the short version of each lesson."
        )
    if memory < _LITTLE_MEMORY_MB:
        text += (
            f" Memory is short: {memory:,} MiB are free and lessons use up to "
            f"{_LITTLE_MEMORY_MB:,}. Shut down other notebooks first."
        )
    return text


def requirements(found: dict[str, Any]) -> list[dict[str, str]]:
    """Return one row for each thing the course needs: thing, found, needed, verdict.

    Args:
        found: What `doctor` returned.

    Returns:
        Rows for a table. The verdict is "ok", or says what to do.
    """
    floors = _floors()
    rows = [_row("Python", found["python"], floors.get("python", "any"))]
    for name in ("tensorflow", "keras", "numpy"):
        rows.append(_row(name, found["versions"][name], floors.get(name, "any")))
    device, memory = found["device"], found["free_memory_mb"]
    gpu = f"{device['name']}, {device['memory_mb']:,} MiB" if device["kind"] == "gpu" else "none"
    enough = "ok" if memory >= _LITTLE_MEMORY_MB else "shut down other notebooks first"
    cache, disk = found["cache"], f">= {_LITTLE_DISK_MB} MiB, writable"
    room = cache["writable"] and cache["free_mb"] >= _LITTLE_DISK_MB
    place = f"{cache['path']}, {cache['free_mb']:,} MiB free"
    data_is_right = found["data"].endswith("right")
    plain = [
        ("Keras backend", found["backend"], "tensorflow", found["backend"] == "tensorflow"),
        ("cores for this process", str(runtime.cpu_count()), "1, better 2", True),
        ("GPU", gpu, "not needed", True),
        ("precision", f"{found['precision']}: {found['precision_reason']}", "any", True),
        ("weights", found["weights"], "VGG16, checksum right", True),
        ("pictures", found["data"], "checksums right", data_is_right),
        ("network", "not used", "not needed", True),
    ]
    rows += [
        _line(thing, what, needed, "ok" if fine else "see README")
        for thing, what, needed, fine in plain
    ]
    rows.append(_line("free memory", f"{memory:,} MiB", f">= {_LITTLE_MEMORY_MB:,} MiB", enough))
    rows.append(_line("cache folder", place, disk, "ok" if room else "set TLCOURSE_CACHE"))
    speed = f"{found['seconds_per_100']:.2f} s for 100 pictures"
    slow = found["images_per_second"] < _SLOW
    needed = f"below {100 / _SLOW:.0f} s"
    rows.append(_line("speed", speed, needed, "set TLCOURSE_FAST=1" if slow else "ok"))
    return rows


def _line(thing: str, found: str, needed: str, verdict: str) -> dict[str, str]:
    return {"thing": thing, "found": found, "needed": needed, "verdict": verdict}


def _row(name: str, have: str, needed: str) -> dict[str, str]:
    """Compare a version with a specifier such as ">=3.10"."""
    from packaging.specifiers import SpecifierSet

    if have == "missing":
        return _line(name, have, needed, f"install {name}")
    fine = needed == "any" or SpecifierSet(needed).contains(have, prereleases=True)
    return _line(name, have, needed, "ok" if fine else f"install {name}{needed}")


def _floors() -> dict[str, str]:
    """Return which versions the installed package asks for; empty where it is not installed."""
    from packaging.requirements import Requirement

    try:
        wanted = [Requirement(text) for text in requires("tlcourse") or ()]
        python = metadata("tlcourse")["Requires-Python"]
    except PackageNotFoundError:
        return {}
    floors = {r.name.lower(): str(r.specifier) for r in wanted if r.marker is None}
    return floors | ({"python": python} if python else {})


def _data() -> str:
    """Check the embedded pictures against their checksums."""
    from tlcourse.datasets.emoji import verify_emoji
    from tlcourse.errors import DataError

    try:
        return f"{verify_emoji():,} embedded files, checksums right"
    except DataError as error:
        return str(error)


def _disk() -> dict[str, Any]:
    """Tell whether the cache folder, or the nearest folder above it, can be written."""
    folder = paths.cache_dir()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free // 2**20
    return {"writable": os.access(Path(folder), os.W_OK), "free_mb": int(free)}


def _batch_seconds(network: Any, seconds: float) -> tuple[float, list[float]]:
    """Time batches of pictures: the first, which builds the graph, and at least three more."""
    pictures = np.random.default_rng(0).integers(0, 256, (_BATCH, _IMAGE_SIZE, _IMAGE_SIZE, 3))
    pictures = pictures.astype(np.uint8)
    times: list[float] = []
    end = float("inf")
    while len(times) < 4 or time.perf_counter() < end:
        start = time.perf_counter()
        network.pooled(pictures)
        times.append(time.perf_counter() - start)
        end = end if len(times) > 1 else time.perf_counter() + seconds
    return times[0], times[1:]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
