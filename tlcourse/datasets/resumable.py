"""A downloader for pooch that survives bad networks.

pooch decides where a file goes and whether its checksum is right. This module only
moves bytes: it keeps what has arrived in a `.part` file, asks for the rest with an HTTP
range request, and waits longer after each failure.

HTTP, as far as it is used here (RFC 9110):

- `Range: bytes=N-` asks for everything from byte N on. 206 says "here it is", 200 says
  "I do not do that, here is the whole file", 416 says "there is nothing from there on".
- `If-Range: <ETag>` adds "but only if the file is still the one I began with".
- `Retry-After` says how long a busy server (429, 503) wants to be left alone.

Proxies and private certificates are those of `requests`: HTTPS_PROXY, NO_PROXY,
REQUESTS_CA_BUNDLE.
"""

from __future__ import annotations

import email.utils
import json
import os
import random
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

CONNECT_TIMEOUT = 10.0  # seconds
READ_TIMEOUT = 30.0  # seconds without a single byte
LONGEST_WAIT = 60.0  # seconds, also for Retry-After
ATTEMPTS = 5  # in a row without a new byte
CONNECT_ATTEMPTS = 2  # when nobody answers at all
MOST_ATTEMPTS = 100  # in all
sleep = time.sleep  # replaced in tests, so that they do not wait
_CHUNK = 1 << 14  # small, so that a killed process loses little
_BUSY = {408, 425, 429, 500, 502, 503, 504}


class SourceError(Exception):
    """This address cannot give the file; another may."""


class _RetryError(Exception):
    def __init__(self, reason: str, *, wait: float | None = None, offline: bool = False) -> None:
        super().__init__(reason)
        self.wait, self.offline = wait, offline


class ResumableDownloader:
    """Downloads one file; an instance can be passed to pooch as `downloader`.

    Args:
        part: Where incomplete bytes are kept, also from one process to the next.
        n_bytes: Size that the file must have; 0 where it is not known.
        has_checksum: Whether the caller compares a checksum afterwards. Without one, bytes
            of two attempts are joined only if the server vouches that the file is the same.
        max_bytes: Give up beyond this size.
        progress: Show a progress bar.

    Raises:
        SourceError: When called, if the address cannot give the file.
        OSError: When called, if the disk is full or the folder cannot be written.
    """

    def __init__(
        self,
        part: Path,
        *,
        n_bytes: int = 0,
        has_checksum: bool = False,
        max_bytes: int = 1 << 40,
        progress: bool = True,
    ) -> None:
        self.part, self.memo = part, part.with_name(part.name + ".json")
        self.n_bytes, self.has_checksum, self.max_bytes = n_bytes, has_checksum, max_bytes
        self.progress = progress

    def __call__(self, url: str, output_file: Any, pooch: Any, check_only: bool = False) -> None:
        """Download `url`, then move it to `output_file`; pooch verifies it there."""
        from tqdm.auto import tqdm

        self.part.parent.mkdir(parents=True, exist_ok=True)
        if self.n_bytes and self._size() > self.n_bytes:
            self.forget()
        with tqdm(
            desc=self.part.stem,
            total=self.n_bytes or None,
            unit="B",
            unit_scale=True,
            disable=not self.progress,
        ) as bar:
            if not (self.has_checksum and self._size() == self.n_bytes > 0):
                self._download(url, bar)
        os.replace(self.part, output_file)
        self.forget()

    def forget(self) -> None:
        """Remove what was kept of an incomplete download."""
        for path in (self.part, self.memo):
            path.unlink(missing_ok=True)

    def _download(self, url: str, bar: Any) -> None:
        failures, best = 0, self._size()
        for _ in range(MOST_ATTEMPTS):
            try:
                return self._attempt(url, bar)
            except _RetryError as problem:
                if self._size() > best:
                    failures, best = 0, self._size()
                failures += 1
                if failures >= (CONNECT_ATTEMPTS if problem.offline else ATTEMPTS):
                    raise SourceError(f"{problem}, {failures} times in a row") from problem
                sleep(_delay(failures, problem.wait))
        raise SourceError(f"the transfer broke off {MOST_ATTEMPTS} times")

    def _attempt(self, url: str, bar: Any) -> None:
        import requests
        import urllib3

        try:
            with requests.get(
                url,
                headers=self._headers(url),
                stream=True,
                timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            ) as response:
                start, total = self._check(response, url)
                self._receive(response, url, start, total, bar)
        except requests.exceptions.ConnectTimeout as error:
            raise _RetryError("no connection", offline=True) from error
        except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
            raise _RetryError(f"the server sent nothing for {READ_TIMEOUT:g} seconds") from error
        except requests.exceptions.TooManyRedirects as error:
            raise SourceError("its redirects lead in a circle") from error
        except requests.exceptions.SSLError as error:
            raise SourceError(
                "its certificate is not trusted here; if your network has a certificate of its "
                "own, name its file in REQUESTS_CA_BUNDLE"
            ) from error
        except requests.exceptions.ProxyError as error:
            raise SourceError(
                "the proxy did not answer; check HTTPS_PROXY and HTTP_PROXY"
            ) from error
        except requests.exceptions.ConnectionError as error:
            if not _nobody_there(error):
                raise _RetryError("the server hung up") from error
            raise _RetryError("no connection", offline=True) from error
        except requests.exceptions.RequestException as error:
            raise SourceError(f"the address cannot be used ({type(error).__name__})") from error
        except urllib3.exceptions.HTTPError as error:
            raise _RetryError("the transfer broke off") from error

    def _headers(self, url: str) -> dict[str, str]:
        # "identity": some servers unpack .tgz on the way, and no checksum fits any more.
        headers = {"Accept-Encoding": "identity"}
        have = self._size()
        if not have:
            return headers
        validator = self._validator(url)
        if validator:
            return headers | {"Range": f"bytes={have}-", "If-Range": validator}
        if self.has_checksum:
            return headers | {"Range": f"bytes={have}-"}
        self.forget()
        return headers

    def _check(self, response: Any, url: str) -> tuple[int, int]:
        """Return (first byte that will come, size of the whole file or 0)."""
        status, headers = response.status_code, response.headers
        if status in _BUSY:
            wait = _retry_after(headers.get("Retry-After"))
            raise _RetryError(f"the server is busy or broken (status {status})", wait=wait)
        have = self._size()
        if status == 416:
            self.forget()
            raise _RetryError("the server does not have the rest of the file")
        if status not in (200, 206):
            raise SourceError(f"the server answered with status {status}")
        length = headers.get("Content-Length", "")
        start, total = 0, int(length) if length.isdecimal() else 0
        if status == 206:
            found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", headers.get("Content-Range", ""))
            known, etag = self._validator(url), headers.get("ETag")
            changed = bool(known and etag and known != etag)
            if not found or int(found[1]) != have or changed:
                self.forget()
                raise _RetryError("the server sent another part of the file than asked for")
            start, total = have, 0 if found[2] == "*" else int(found[2])
        self._check_size(total, headers.get("Content-Type", ""))
        return start, total

    def _check_size(self, total: int, kind: str) -> None:
        if kind.startswith("text/html"):
            raise SourceError("a web page came instead of the file, perhaps a network's login page")
        if total and self.n_bytes and total != self.n_bytes:
            raise SourceError(f"the file there has {total:,} bytes instead of {self.n_bytes:,}")
        if total > self.max_bytes:
            raise SourceError(f"the file there has {total:,} bytes, more than expected")

    def _receive(self, response: Any, url: str, start: int, total: int, bar: Any) -> None:
        total = total or self.n_bytes
        if start == 0:
            self._remember(url, response.headers)
        bar.total, bar.n = total or None, start
        bar.refresh()
        with self.part.open("ab" if start else "wb") as file:
            # Raw bytes: requests would undo a Content-Encoding, and change the checksum.
            for chunk in response.raw.stream(_CHUNK, decode_content=False):
                file.write(chunk)
                file.flush()
                bar.update(len(chunk))
                if file.tell() > (total or self.max_bytes):
                    break
        have = self._size()
        if have > (total or self.max_bytes):
            self.forget()
            raise SourceError("the server sent more bytes than the file has")
        if have < total:
            raise _RetryError(f"the transfer stopped at {have:,} of {total:,} bytes")
        if not have:
            raise _RetryError("the server sent an empty file")

    def _remember(self, url: str, headers: Any) -> None:
        etag = headers.get("ETag", "")
        strong = etag if etag.startswith('"') else ""  # W/"..." does not promise equal bytes
        self.part.unlink(missing_ok=True)
        self.memo.write_text(json.dumps({"url": url, "validator": strong}), encoding="utf-8")

    def _validator(self, url: str) -> str:
        with suppress(OSError, ValueError, AttributeError):
            memo = json.loads(self.memo.read_text(encoding="utf-8"))
            if memo.get("url") == url:
                return str(memo.get("validator", ""))
        return ""

    def _size(self) -> int:
        return self.part.stat().st_size if self.part.is_file() else 0


def _nobody_there(error: Exception) -> bool:
    """Tell a host that was never reached from one that hung up."""
    from urllib3.exceptions import NewConnectionError

    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def _delay(failures: int, wait: float | None) -> float:
    """Return seconds to wait: what the server asked for, or 1, 2, 4, ... with jitter.

    Jitter keeps thirty learners who were cut off together from coming back together.
    """
    backoff = min(LONGEST_WAIT, 2.0 ** (failures - 1)) * random.uniform(0.5, 1.0)
    return backoff if wait is None else min(LONGEST_WAIT, max(wait, backoff))


def _retry_after(value: str | None) -> float | None:
    """Return the seconds named by a Retry-After header: a number, or a date."""
    if not value:
        return None
    with suppress(ValueError):
        return max(0.0, float(value))
    with suppress(TypeError, ValueError):
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    return None
