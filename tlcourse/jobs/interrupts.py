"""Ctrl-C and a polite kill: stop at once, clean up once, and say so.

Only the standard library is imported here: the command line installs these handlers
before anything that takes time to load.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# SIGHUP (a closed terminal) does not exist on Windows.
SIGNALS = tuple(getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n))
_CLEANING_SECONDS = 2.0  # a second Ctrl-C within this time must not stop the cleaning up


class Watch:
    """What has been asked of this process.

    Attributes:
        signum: The signal that asked it to stop; 0 if none did.
    """

    def __init__(self) -> None:
        self.signum = 0
        self._last = 0.0

    def receive(self, signum: int, frame: object) -> None:
        """Handle a signal: remember it, and interrupt what runs."""
        now = time.monotonic()
        is_repeated = bool(self.signum) and now - self._last < _CLEANING_SECONDS
        self.signum = self.signum or signum
        if not is_repeated:
            self._last = now
            raise KeyboardInterrupt

    @property
    def status(self) -> int:
        """Exit status by convention: 128 + the signal, so 130 after Ctrl-C."""
        return 128 + (self.signum or signal.SIGINT)


_current = Watch()


def check() -> None:
    """Stop now if a signal came and its exception was lost.

    Python cannot raise from a destructor or a callback of C code; it prints the
    exception and goes on. Long jobs therefore ask again at every step.
    """
    if _current.signum:
        raise KeyboardInterrupt


@contextmanager
def watched() -> Iterator[Watch]:
    """Turn signals that end a program into `KeyboardInterrupt` while the block runs.

    A signal that the caller of this process ignores (`nohup`) stays ignored.
    """
    global _current
    before, _current = _current, Watch()
    if threading.current_thread() is not threading.main_thread():
        yield _current
        return
    heeded = [s for s in SIGNALS if signal.getsignal(s) is not signal.SIG_IGN]
    handlers = {s: signal.signal(s, _current.receive) for s in heeded}
    hook, sys.unraisablehook = sys.unraisablehook, _keep_quiet(sys.unraisablehook)
    try:
        yield _current
    finally:
        sys.unraisablehook = hook
        for signum, handler in handlers.items():
            signal.signal(signum, handler)
        _current = before


def _keep_quiet(hook: Any) -> Any:
    def quiet(unraisable: Any) -> None:
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            hook(unraisable)

    return quiet


@contextmanager
def shielded() -> Iterator[None]:
    """Let nothing interrupt the block; a signal that came meanwhile acts at its end.

    For the few milliseconds in which files are exchanged.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    handlers = {s: signal.signal(s, lambda n, frame: came.append(n)) for s in SIGNALS}
    try:
        yield
    finally:
        for signum, handler in handlers.items():
            signal.signal(signum, handler)
        if came:
            signal.raise_signal(came[0])
