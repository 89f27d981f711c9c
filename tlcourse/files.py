"""Write files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_UMASK = os.umask(0)  # the only way to read it is to set it
os.umask(_UMASK)


def write_whole(target: Path, data: bytes) -> None:
    """Write beside the target and rename, so that a reader sees all of it or nothing.

    Args:
        target: The file; its folder must exist.
        data: The whole content.

    Raises:
        OSError: If there is no room or no permission; the old file is then untouched.
    """
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_UMASK)  # a temporary file is readable by its owner only
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
