"""The mirror: what it gives, what it refuses, and the course's own downloader against it."""

import http.client
import os
import socket
import threading
from urllib.parse import urlsplit

import pytest

from tests.datasets.download_helpers import FILE, contents, describe, make_archive, make_files
from tlcourse.datasets.download import fetch
from tlcourse.datasets.store import Store
from tlcourse.errors import CourseError
from tlcourse.places.mirror import addresses, byte_range, is_loopback, offered, server

DATA = bytes(range(256)) * 40


@pytest.fixture
def folder(tmp_path):
    """A folder with one archive, and much that must not be served."""
    served = tmp_path / "archives"
    (served / "inner").mkdir(parents=True)
    (served / "a+b c.zip").write_bytes(DATA)
    (served / "empty.zip").write_bytes(b"")
    (served / ".hidden").write_text("secret")
    (served / "inner" / "deep.zip").write_text("secret")
    (tmp_path / "outside.txt").write_text("secret")
    (served / "link.zip").symlink_to(tmp_path / "outside.txt")
    (served / "self.zip").symlink_to(served / "a+b c.zip")
    if hasattr(os, "mkfifo"):
        os.mkfifo(served / "pipe.zip")
    return served


@pytest.fixture
def serve():
    """Return a function that serves a folder on a free port and gives (address, requests)."""
    running = []

    def serve(folder):
        seen = []
        made = server(folder, port=0, on_request=lambda *answer: seen.append(answer))
        thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        running.append((made, thread))
        return f"http://127.0.0.1:{made.server_address[1]}", seen

    yield serve
    for made, thread in running:
        made.shutdown()
        made.server_close()
        thread.join(5)


def ask(url, path, method="GET", **headers):
    """Send a path exactly as it stands; no library tidies it."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


def test_a_file_comes_whole_with_size_and_tag(serve, folder):
    url, seen = serve(folder)
    status, headers, body = ask(url, "/a%2Bb%20c.zip")
    assert (status, body) == (200, DATA)
    assert headers["Content-Length"] == str(len(DATA))
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["ETag"].startswith('"')
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert ask(url, "/a+b%20c.zip?x=1")[2] == DATA
    assert ask(url, "/empty.zip")[::2] == (200, b"")
    status, headers, body = ask(url, "/a%2Bb%20c.zip", "HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", str(len(DATA)))
    assert seen[0] == ("127.0.0.1", 200, "a+b c.zip")


@pytest.mark.parametrize(
    "path",
    [
        "/", "/.", "/..", "//", "/../outside.txt", "/%2e%2e/outside.txt", "/..%2foutside.txt",
        "/%2e%2e%2foutside.txt", "/inner", "/inner/", "/inner/deep.zip", "/inner%2fdeep.zip",
        "/.hidden", "/%2ehidden", "/link.zip", "/self.zip", "/pipe.zip", "/nothing.zip",
        "//etc/passwd", "/%2fetc%2fpasswd", "/..%5coutside.txt", "/a%2Bb%20c.zip%00", "/C:%5cx",
        "/a%2Bb%20c.zip/", "/./a%2Bb%20c.zip", "http://x/../outside.txt", "/%", "/%ff%fe",
        "/" + "x" * 300, "/" + "%2e%2e%2f" * 500 + "etc%2fpasswd",
    ],
)  # fmt: skip
def test_nothing_else_exists(serve, folder, path):
    url, _ = serve(folder)
    status, _, body = ask(url, path)
    assert status == 404
    assert b"secret" not in body
    assert b"root:" not in body
    assert b"a+b" not in body  # no listing either


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "MOVE", "OPTIONS", "TRACE"])
def test_nothing_can_be_changed(serve, folder, method):
    url, _ = serve(folder)
    assert ask(url, "/a%2Bb%20c.zip", method)[0] == 501
    assert (folder / "a+b c.zip").read_bytes() == DATA


@pytest.mark.parametrize(
    ("asked", "status", "expected"),
    [
        ("bytes=100-", 206, DATA[100:]),
        ("bytes=0-0", 206, DATA[:1]),
        ("bytes=5-9", 206, DATA[5:10]),
        ("bytes=-7", 206, DATA[-7:]),
        ("bytes=10000-999999", 206, DATA[10000:]),
        ("bytes=-999999", 200, DATA),
        ("bytes=0-", 200, DATA),
        (f"bytes={len(DATA)}-", 416, b""),
        ("bytes=-0", 416, b""),
        ("bytes=9-5", 200, DATA),
        ("bytes=-", 200, DATA),
        ("bytes=1-2,4-5", 200, DATA),
        ("lines=1-2", 200, DATA),
        ("bytes=" + "9" * 5000 + "-", 200, DATA),
    ],
)
def test_ranges(serve, folder, asked, status, expected):
    url, _ = serve(folder)
    found, headers, body = ask(url, "/a%2Bb%20c.zip", Range=asked)
    assert (found, body) == (status, expected)
    if status == 206:
        first = DATA.index(expected) if len(expected) > 9 else None
        assert headers["Content-Range"].endswith(f"/{len(DATA)}")
        assert first is None or int(headers["Content-Length"]) == len(expected)
    if status == 416:
        assert headers["Content-Range"] == f"bytes */{len(DATA)}"


def test_a_range_of_another_file_than_the_one_begun_is_not_given(serve, folder):
    url, _ = serve(folder)
    tag = ask(url, "/a%2Bb%20c.zip", "HEAD")[1]["ETag"]
    assert ask(url, "/a%2Bb%20c.zip", Range="bytes=9-", If_Range=tag)[0] == 206
    assert ask(url, "/a%2Bb%20c.zip", Range="bytes=9-", If_Range='"old"')[::2] == (200, DATA)
    (folder / "a+b c.zip").write_bytes(DATA[::-1])
    assert ask(url, "/a%2Bb%20c.zip", Range="bytes=9-", If_Range=tag)[::2] == (200, DATA[::-1])


def test_byte_range_covers_what_a_slice_covers():
    for first in range(4):
        for last in range(first, 6):
            low, high = byte_range(f"bytes={first}-{last}", 4)
            assert list(range(4))[low : high + 1] == list(range(4))[first : last + 1]
    assert byte_range("bytes=0-", 0) is None


def test_the_course_fetches_from_it_and_resumes(serve, tmp_path, monkeypatch):
    files = make_files()
    archive = make_archive(files)
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / FILE).write_bytes(archive)
    url, seen = serve(tmp_path / "room")
    monkeypatch.setenv("TLCOURSE_MIRROR", url)
    download = describe(archive, "http://127.0.0.1:9/never.tgz")
    for cache, begun, status in (("fresh", 0, 200), ("broken", 5000, 206)):
        incoming = Store(download.name, tmp_path / cache).incoming
        incoming.mkdir(parents=True)
        if begun:  # what a connection that broke off has left
            (incoming / f"{FILE}.part").write_bytes(archive[:begun])
        folder = fetch(download, cache_dir=tmp_path / cache, progress=False)
        assert contents(folder) == files
        assert seen.pop() == ("127.0.0.1", status, FILE)
        assert not seen


def test_thirty_learners_at_once(serve, folder):
    url, seen = serve(folder)
    got = []
    threads = [
        threading.Thread(target=lambda: got.append(ask(url, "/a%2Bb%20c.zip")[2]))
        for _ in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert got == [DATA] * 30
    assert len(seen) == 30


def test_a_client_that_says_nothing_or_nonsense_holds_up_nobody(serve, folder):
    url, _ = serve(folder)
    host, port = urlsplit(url).netloc.split(":")
    with socket.create_connection((host, int(port))) as silent:
        with socket.create_connection((host, int(port))) as rude:
            rude.sendall(b"\x16\x03\x01\x00 nonsense\r\n\r\n")
            rude.recv(100)
        assert ask(url, "/a%2Bb%20c.zip")[2] == DATA
        silent.sendall(b"GET ")


def test_what_is_offered_is_what_is_served(folder):
    assert offered(folder) == {"a+b c.zip": len(DATA), "empty.zip": 0}


def test_refusals(tmp_path, folder):
    (folder / "inner" / "empty").mkdir()
    with pytest.raises(CourseError, match="holds no files to serve"):
        server(folder / "inner" / "empty")
    with pytest.raises(CourseError, match="cannot be read"):
        server(tmp_path / "none")
    with pytest.raises(CourseError, match=r"Nothing can be served at 203\.0\.113\.9"):
        server(folder, host="203.0.113.9")
    taken = server(folder, port=0)
    with taken, pytest.raises(CourseError, match="another port with --port"):
        server(folder, port=taken.server_address[1])


def test_only_this_machine_unless_said_otherwise(folder):
    with server(folder, port=0) as made:
        assert made.server_address[0] == "127.0.0.1"
    assert [is_loopback(h) for h in ("127.0.0.1", "127.9.9.9", "::1", "localhost")] == [True] * 4
    assert [is_loopback(h) for h in ("0.0.0.0", "::", "192.168.1.5", "room")] == [False] * 4
    assert addresses("192.168.1.5", 80) == ["http://192.168.1.5:80"]
    assert addresses("fe80::1", 80) == ["http://[fe80::1]:80"]
    assert all(a.endswith(":80") and "0.0.0.0" not in a for a in addresses("0.0.0.0", 80))
