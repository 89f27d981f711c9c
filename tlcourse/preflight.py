"""What can this machine do? Measured, in plain words, before a lesson starts."""

from __future__ import annotations

import platform
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from tlcourse import __version__, feature_store, paths, runtime

_PACKAGES = ("keras", "tensorflow", "numpy", "scikit-learn", "jupyterlab", "ipywidgets")
_IMAGE_SIZE = 96
_LITTLE_MEMORY_MB = 1600  # what the lessons need at most, without unfreezing
_SLOW, _FAST = 20.0, 300.0  # pictures per second
_COURSE_PICTURES = 535  # one emoji style, what most lessons push through VGG16


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
        A dictionary; `verdict` says in plain words what to expect.

    Cost: about ten seconds, most of it loading TensorFlow.
    """
    from tlcourse.backbones import backbone

    device = runtime.device()
    network = backbone(image_size=_IMAGE_SIZE)
    files, size = feature_store.cache_size()
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
        cache={"path": str(paths.cache_dir()), "files": files, "bytes": size},
        free_memory_mb=runtime.free_memory_mb(),
        images_per_second=round(_images_per_second(network, seconds), 1),
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


def _images_per_second(network: Any, seconds: float) -> float:
    pictures = np.random.default_rng(0).integers(0, 256, (32, _IMAGE_SIZE, _IMAGE_SIZE, 3))
    pictures = pictures.astype(np.uint8)
    network.pooled(pictures)  # builds and warms up
    best, end = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        network.pooled(pictures)
        best = max(best, len(pictures) / (time.perf_counter() - start))
    return best


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
