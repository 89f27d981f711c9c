"""A local web server that fails on purpose, to test downloads without a network.

Each path is served by a `Script`: a list of acts, one for each request, the last one
repeated. Every request is recorded, so that a test can count bytes and downloads.
"""

from __future__ import annotations

import http.server
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Act = Callable[["Handler", bytes], None]


@dataclass
class Seen:
    """One request: path, its headers, and how many bytes of body went out."""

    path: str
    headers: dict[str, str]
    sent: int = 0


@dataclass
class Script:
    """What to serve under one path."""

    data: bytes
    acts: list[Act]
    calls: int = 0

    def next(self) -> Act:
        act = self.acts[min(self.calls, len(self.acts) - 1)]
        self.calls += 1
        return act


@dataclass
class FaultServer:
    """The running server: scripts by path, and all requests so far."""

    url: str
    scripts: dict[str, Script] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def play(self, name: str, data: bytes, *acts: Act) -> str:
        """Serve `data` under /name, one act for each request; return the URL."""
        self.scripts[f"/{name}"] = Script(data, list(acts) or [whole])
        return f"{self.url}/{name}"

    @property
    def sent(self) -> int:
        """Bytes of body sent in all."""
        return sum(request.sent for request in self.seen)

    @property
    def ranges(self) -> list[str | None]:
        """The Range header of each request."""
        return [request.headers.get("Range") for request in self.seen]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fault: FaultServer
    record: Seen

    def do_GET(self) -> None:
        self.record = Seen(self.path, dict(self.headers))
        with self.fault.guard:
            self.fault.seen.append(self.record)
            script = self.fault.scripts.get(self.path)
            act = script.next() if script else None
        self.close_connection = True
        if act is None:
            status(404)(self, b"")
            return
        with suppress(BrokenPipeError, ConnectionResetError):  # the client was killed, or gave up
            act(self, script.data)

    def head(self, code: int, length: int | None, **headers: str) -> None:
        self.send_response(code)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()

    def body(self, data: bytes) -> None:
        for start in range(0, len(data), 1 << 14):
            piece = data[start : start + (1 << 14)]
            self.wfile.write(piece)
            self.record.sent += len(piece)
        self.wfile.flush()

    def wanted(self) -> int | None:
        """Return the first byte asked for, or None where the whole file is."""
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        return int(found[1]) if found else None

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def fault_server(*, tls: ssl.SSLContext | None = None) -> Iterator[FaultServer]:
    """Run a server on a free port of this machine, over https with `tls`."""
    handler = type("Bound", (Handler,), {})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    fault = FaultServer(f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}")
    handler.fault = fault
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield fault
    finally:
        server.shutdown()
        server.server_close()


# The acts.


def whole(handler: Handler, data: bytes, *, etag: str = '"one"') -> None:
    """Serve the file, or the part asked for, as a good server does."""
    start = handler.wanted()
    unchanged = handler.headers.get("If-Range", etag) == etag
    if start is None or not unchanged:
        handler.head(200, len(data), ETag=etag)
        handler.body(data)
    elif start >= len(data):
        handler.head(416, 0, Content_Range=f"bytes */{len(data)}")
    else:
        part = f"bytes {start}-{len(data) - 1}/{len(data)}"
        handler.head(206, len(data) - start, Content_Range=part, ETag=etag)
        handler.body(data[start:])


def status(code: int, **headers: str) -> Act:
    """Answer with a status and no file."""

    def act(handler: Handler, data: bytes) -> None:
        handler.head(code, 0, **headers)

    return act


def cut(share: float = 0.5, *, ranges: bool = True) -> Act:
    """Promise everything, send a share of it, hang up."""

    def act(handler: Handler, data: bytes) -> None:
        start = (handler.wanted() or 0) if ranges else 0
        if start:
            part = f"bytes {start}-{len(data) - 1}/{len(data)}"
            handler.head(206, len(data) - start, Content_Range=part, ETag='"one"')
        else:
            handler.head(200, len(data), **({"ETag": '"one"'} if ranges else {}))
        handler.body(data[start : start + int((len(data) - start) * share)])

    return act


def without_ranges(handler: Handler, data: bytes) -> None:
    """Serve the whole file whatever is asked for."""
    handler.head(200, len(data))
    handler.body(data)


def instead(other: bytes, *, claim: int | None = None, **headers: str) -> Act:
    """Serve other bytes, claiming their length or any other."""

    def act(handler: Handler, data: bytes) -> None:
        handler.head(200, len(other) if claim is None else claim, **headers)
        handler.body(other)

    return act


def chunked(handler: Handler, data: bytes) -> None:
    """Serve the file without saying how long it is; the end is the end of the connection."""
    handler.head(200, None)
    handler.body(data)


def slow(seconds: float) -> Act:
    """Send the first half, then nothing for a while."""

    def act(handler: Handler, data: bytes) -> None:
        handler.head(200, len(data), ETag='"one"')
        handler.body(data[: len(data) // 2])
        time.sleep(seconds)

    return act


def drip(seconds: float) -> Act:
    """Serve the file, or its rest, in forty pieces spread over `seconds`."""

    def act(handler: Handler, data: bytes) -> None:
        start = handler.wanted() or 0
        part = f"bytes {start}-{len(data) - 1}/{len(data)}"
        handler.head(206 if start else 200, len(data) - start, Content_Range=part, ETag='"one"')
        step = len(data) // 40 + 1
        for at in range(start, len(data), step):
            handler.body(data[at : at + step])
            time.sleep(seconds / 40)

    return act


def silent(seconds: float) -> Act:
    """Take the request and never answer."""

    def act(handler: Handler, data: bytes) -> None:
        time.sleep(seconds)

    return act


def redirect(to: str) -> Act:
    """Send the client elsewhere."""
    return status(302, Location=to)


def wrong_range(handler: Handler, data: bytes) -> None:
    """Answer a range request with another range; serve whole requests well."""
    if handler.wanted() is None:
        whole(handler, data)
        return
    handler.head(206, len(data) - 7, Content_Range=f"bytes 7-{len(data) - 1}/{len(data)}")
    handler.body(data[7:])


def hang_up(handler: Handler, data: bytes) -> None:
    """Close the connection without an answer."""
