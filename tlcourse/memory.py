"""How much memory there is, whoever limits it: the machine, its container or a `ulimit`."""

from __future__ import annotations

import sys
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def free_memory_mb() -> int:
    """Return the memory that can be used without swapping, MiB; limits of every kind count.

    In a container, pages that only cache files are given back when somebody needs them:
    they count as free.
    """
    import psutil

    free = psutil.virtual_memory().available
    limit, used = _CGROUP / "memory.max", _CGROUP / "memory.current"
    if limit.exists() and used.exists():
        text = limit.read_text().strip()
        if text.isdigit():
            free = min(free, int(text) - int(used.read_text()) + _cached_files_bytes())
    room = address_room_mb()
    return max(0, free // 2**20 if room is None else min(free // 2**20, room))


def address_room_mb() -> int | None:
    """Return how much more this process may ask for, MiB; None without a limit (`ulimit -v`).

    Whoever asks for more gets nothing, and C++ code that does not expect it crashes.
    """
    try:
        import resource
    except ImportError:  # Windows
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return None
    import psutil

    return max(0, limit - psutil.Process().memory_info().vms) // 2**20


def _cached_files_bytes() -> int:
    stat = _CGROUP / "memory.stat"
    lines = stat.read_text().splitlines() if stat.exists() else []
    return sum(int(n) for name, n in map(str.split, lines) if name == "inactive_file")


def peak_memory_mb() -> int:
    """Return the largest resident size this process has had so far, MiB."""
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset // 2**20
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 2**20 if sys.platform == "darwin" else peak // 2**10
