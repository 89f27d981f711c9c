"""Run a command in a network namespace of its own, which has this machine and no route."""

from __future__ import annotations

import shutil
import subprocess
import sys

# Jupyter's kernel talks over the loopback device, which starts switched off in a new namespace.
_INSIDE = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    flags = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # up, running
    fcntl.ioctl(s, 0x8914, flags)  # SIOCSIFFLAGS
    try:
        s.connect(("192.0.2.1", 9))
        sys.exit("there is a route out of here")
    except OSError:
        pass
os.execvp(sys.argv[1], sys.argv[1:])
"""


def without_network() -> list[str] | None:
    """Return the words to put before a command, or None where this is not permitted."""
    program = shutil.which("unshare")
    if not program:
        return None
    for options in (["--user", "--map-root-user", "--net"], ["--net"]):
        words = [program, *options, sys.executable, "-c", _INSIDE]
        if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
            return words
    return None
