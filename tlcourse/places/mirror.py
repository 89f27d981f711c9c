"""Serve a folder of data set archives to a room, read-only.

Learners set `TLCOURSE_MIRROR` to the address, and downloads come from there. What can be had is
decided once for each request: a regular file that lies directly in the folder, by its own name.
Folders, links, hidden files and everything outside do not exist for this server, and there are
no listings. Interrupted downloads go on where they stopped (HTTP ranges, RFC 9110).
"""

from __future__ import annotations

import http.server
import ipaddress
import os
import re
import socket
import stat
from collections.abc import Callable
from email.utils import formatdate
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from tlcourse.errors import CourseError

PORT = 8765
LOOPBACK = "127.0.0.1"
_CHUNK = 1 << 18
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_SILENCE = 60.0  # seconds after which a client that neither asks nor takes is let go

OnRequest = Callable[[str, int, str], None]


def server(
    folder: str | Path,
    *,
    host: str = LOOPBACK,
    port: int = PORT,
    on_request: OnRequest | None = None,
) -> http.server.ThreadingHTTPServer:
    """Return a server that is bound and not yet serving; call its `serve_forever`.

    Args:
        folder: The folder with the archives, such as flower_photos.tgz.
        host: Address to listen on. The default is this machine alone.
        port: Port; 0 for any free one.
        on_request: Called as `on_request(client, status, name)` for each answer.

    Raises:
        CourseError: If there is nothing to serve, or the address cannot be used.
    """
    folder = Path(folder).expanduser().resolve()
    if not offered(folder):
        raise CourseError(
            f"{folder} holds no files to serve. Expected archives such as flower_photos.tgz "
            f"directly in it: `tlcourse mirror {folder} --add flowers` fetches one."
        )
    handler = partial(_Handler, folder, on_request)
    kind = _Server6 if ":" in host else _Server
    try:
        return kind((host, port), handler)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CourseError(
            f"Nothing can be served at {host}, port {port} ({reason}). Choose an address of this "
            f"machine with --host, or another port with --port."
        ) from error


def add(folder: Path, datasets: tuple[str, ...], *, progress: bool = True) -> None:
    """Fetch archives of data sets into a mirror's folder, which is made if it is missing.

    Raises:
        CourseError: If there is no such data set, it cannot be had, or the folder not be written.
    """
    from tlcourse.datasets.keep_archive import keep_archive

    for name in datasets:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CourseError(
                f"The folder {folder} cannot be made ({error.strerror}). Choose one that you may "
                f"write to."
            ) from error
        keep_archive(name, folder, progress=progress)


def offered(folder: Path) -> dict[str, int]:
    """Return name -> bytes of the files that a mirror of this folder would serve.

    Raises:
        CourseError: If the folder cannot be read.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise CourseError(
            f"The folder {folder} cannot be read ({error.strerror}). Name a folder that holds "
            f"archives such as flower_photos.tgz, or fetch one into it with --add flowers."
        ) from error
    return {
        entry.name: entry.stat(follow_symlinks=False).st_size
        for entry in entries
        if entry.is_file(follow_symlinks=False) and not entry.name.startswith(".")
    }


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def addresses(host: str, port: int) -> list[str]:
    """Return the addresses that learners can type, the likeliest first."""
    if host not in ("0.0.0.0", "::"):  # noqa: S104  (compared, not bound)
        return [f"http://{f'[{host}]' if ':' in host else host}:{port}"]
    found = [socket.gethostname()]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only chooses the outgoing address
            found.insert(0, probe.getsockname()[0])
        except OSError:
            pass  # no network at all: the name must do
    return [f"http://{name}:{port}" for name in found]


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True  # a slow learner must not keep the server from ending
    request_queue_size = 64  # a whole room starts at once

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a learner who goes away in the middle is no error."""


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "tlcourse", ""
    timeout = _SILENCE

    def __init__(self, folder: Path, on_request: OnRequest | None, *args: object) -> None:
        self._folder, self._on_request = folder, on_request
        super().__init__(*args)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        name = unquote(urlsplit(self.path).path)[1:]
        file = _opened(self._folder, name)
        if file is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        with file:
            about = os.fstat(file.fileno())
            tag = f'"{about.st_mtime_ns:x}-{about.st_size:x}"'
            wanted = self.headers.get("Range", "")
            if self.headers.get("If-Range", tag) != tag:
                wanted = ""  # another file than the one it began with: all of it
            part = byte_range(wanted, about.st_size)
            self._head(about.st_size, part, tag, about.st_mtime)
            if with_body and part is not None:
                self._body(file, *part)

    def _head(self, size: int, part: tuple[int, int] | None, tag: str, changed: float) -> None:
        if part is None:
            self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        first, last = part
        is_whole = (first, last) == (0, size - 1) or not size
        self.send_response(HTTPStatus.OK if is_whole else HTTPStatus.PARTIAL_CONTENT)
        if not is_whole:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", tag)
        self.send_header("Last-Modified", formatdate(changed, usegmt=True))
        self.end_headers()

    def _body(self, file: BinaryIO, first: int, last: int) -> None:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            self.wfile.write(chunk)
            left -= len(chunk)
        if left:  # the file was cut off meanwhile; the client must not wait for the rest
            self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if self._on_request:
            name = unquote(urlsplit(getattr(self, "path", "")).path)[1:]
            self._on_request(self.client_address[0], int(code), name)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing; `log_request` reports."""


def _opened(folder: Path, name: str) -> BinaryIO | None:
    """Open a file of the folder by its plain name; None for anything else."""
    if not name or name.startswith(".") or re.search(r"[\x00-\x1f/\\:]", name):
        return None
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_BINARY", 0)
    path = folder / name
    try:
        if path.is_symlink():  # where the system knows no O_NOFOLLOW
            return None
        handle = os.open(path, flags)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return None
    return os.fdopen(handle, "rb")


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Return (first, last) byte to send; None if the range asks for nothing that is there.

    A header that is no single byte range is ignored, as the standard allows.

    Args:
        header: Value of the Range header, such as "bytes=100-"; "" for the whole file.
        size: Bytes of the file.

    Example:
        >>> byte_range("bytes=100-", 1000), byte_range("bytes=-10", 1000)
        ((100, 999), (990, 999))
    """
    found = _RANGE.fullmatch(header.strip())
    if not found or found.groups() == ("", ""):
        return 0, size - 1
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) and size else None
    if last and int(last) < int(first):
        return 0, size - 1
    end = min(int(last), size - 1) if last else size - 1
    return (int(first), end) if int(first) < size else None
