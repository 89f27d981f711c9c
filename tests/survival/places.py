"""Hostile places for a process: read-only folders, small disks, little memory, a wrong clock.

Mounts are made in a namespace of the calling process and vanish with it.
"""

from __future__ import annotations

import ctypes
import functools
import os
import resource
import subprocess
import time
from pathlib import Path

_CLONE_NEWNS = 0x00020000


@functools.cache
def can_mount() -> bool:
    """Tell whether this user may make mounts of its own; inside a container often not."""
    script = "mount -t tmpfs -o size=16k tlcourse /mnt && mount -o remount,bind,ro /mnt"
    try:
        done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


def enter_namespace() -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "no mounts of our own")
    _mount("--make-rprivate", "/")


def small_disk(folder: str, size: str) -> None:
    _mount("-t", "tmpfs", "-o", f"size={size}", "tlcourse", folder)


def make_read_only(folder: str) -> None:
    _mount("--bind", folder, folder)
    _mount("-o", "remount,bind,ro", folder)


def fill(path: str) -> None:
    """Fill the disk up to the last byte."""
    with Path(path).open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


def limit_memory(room_mb: int) -> None:
    """Let this process use so much more memory, as `ulimit -v` does."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + room_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def set_clock(seconds: float) -> None:
    """Set the clock that Python code reads; it ticks from there."""
    shift = seconds - time.time()
    real, real_ns, local, utc = time.time, time.time_ns, time.localtime, time.gmtime
    time.time = lambda: real() + shift
    time.time_ns = lambda: real_ns() + int(shift * 1e9)
    time.localtime = lambda at=None: local(time.time() if at is None else at)
    time.gmtime = lambda at=None: utc(time.time() if at is None else at)


def _mount(*args: str) -> None:
    subprocess.run(["mount", *args], check=True, capture_output=True)
