"""Python loads this file by itself: note every connection and every name that is looked up.

It lies in a folder that tests put on PYTHONPATH, so that child processes are heard too.
"""

import os
import sys

_NOTES = os.environ.get("HEARD_CONNECTIONS")
_EVENTS = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
_HERE = ("127.", "::1", "localhost", "0.0.0.0")


def _hear(event: str, args: tuple) -> None:
    if event not in _EVENTS:
        return
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = args[0]
    else:
        host = args[1][0] if isinstance(args[1], tuple) else None  # else a file, not the network
    host = host.decode() if isinstance(host, bytes) else host
    if not host or str(host).startswith(_HERE):
        return
    handle = os.open(_NOTES, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, f"{event} {args!r} in {sys.argv}\n".encode())
    os.close(handle)


if _NOTES:
    sys.addaudithook(_hear)
