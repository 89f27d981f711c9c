"""What the numbers were measured on: a ratio without its machine means little."""

from __future__ import annotations

import platform
import sys
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
LIBRARIES = ("keras", "tensorflow", "numpy", "scikit-learn", "torch", "openvino")


def machine() -> dict[str, Any]:
    """Return processor, flags that matter here, memory, versions and the day."""
    from tlcourse import runtime

    found = runtime.cpu_flags()
    return {
        "cpu": runtime.cpu_name(),
        "cores": runtime.cpu_count(),
        "flags": [flag for flag in FLAGS if flag in found],
        "memory_mb": runtime.device().memory_mb,
        "system": platform.platform(),
        "python": sys.version.split()[0],
        "versions": {name: version(name) for name in LIBRARIES},
        "date": date.today().isoformat(),
    }


def version(name: str) -> str | None:
    """Return the version of an installed library, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
