"""Downloads against a server that fails on purpose: the right file, or a clear error."""

import dataclasses
import email.utils
import errno
import io
import shutil
import socket
import ssl
import subprocess
import sys
import tarfile
import textwrap
import time

import pytest
from download_helpers import (
    FILE,
    contents,
    describe,
    make_archive,
    make_files,
    nothing_counts,
    with_urls,
)

from tests import fault_server as act
from tlcourse.datasets import resumable
from tlcourse.datasets.download import fetch
from tlcourse.datasets.store import Store
from tlcourse.errors import DataError

pytestmark = pytest.mark.usefixtures("no_proxy")
CUT = act.cut()


def closed_port():
    """Return an address of this machine where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/{FILE}"


# Faults that a download survives: name -> acts, in turn.
SURVIVED = {
    "429 with Retry-After": [act.status(429, Retry_After="3"), act.whole],
    "503 without it": [act.status(503), act.whole],
    "500 twice": [act.status(500), act.status(500), act.whole],
    "cut at half": [CUT, act.whole],
    "cut ten times": [*[act.cut(0.2)] * 10, act.whole],
    "cut, then no ranges": [CUT, act.without_ranges],
    "cut, then another range": [CUT, act.wrong_range],
    "cut at every byte sent": [act.cut(0.999), act.whole],
    "slow": [act.slow(0.8), act.whole],
    "silent": [act.silent(0.8), act.whole],
    "hangs up": [act.hang_up, act.whole],
    "empty once": [act.instead(b""), act.whole],
    "wrong bytes once": ["wrong", act.whole],
    "no length": [act.chunked],
    "says the bytes are compressed": ["encoded"],
    "redirects once": ["redirect"],
}


def acts_for(names, server, archive):
    special = {
        "wrong": act.instead(bytes(len(archive))),
        "encoded": act.instead(archive, Content_Encoding="gzip"),
        "redirect": act.redirect("/elsewhere"),
    }
    server.play("elsewhere", archive)
    return [special.get(name, name) if isinstance(name, str) else name for name in names]


# Without a checksum wrong bytes are an error; see the tests of a first use below.
@pytest.mark.parametrize(
    ("fault", "known"),
    [(f, k) for f in SURVIVED for k in (True, False) if k or f != "wrong bytes once"],
)
def test_a_passing_fault_is_survived(fault, known, server, archive, files, waits, tmp_path):
    url = server.play(FILE, archive, *acts_for(SURVIVED[fault], server, archive))
    download = describe(archive, url, known=known, sized=known)
    folder = fetch(download, progress=False, cache_dir=tmp_path)
    assert contents(folder) == files
    requests = len(server.seen)
    assert fetch(download, progress=False, cache_dir=tmp_path) == folder
    assert len(server.seen) == requests  # the second time nothing is asked for


def test_a_cut_download_goes_on_where_it_stopped(server, archive, waits, tmp_path):
    url = server.play(FILE, archive, CUT, act.whole)
    fetch(describe(archive, url), progress=False, cache_dir=tmp_path)
    half = len(archive) // 2
    assert server.ranges == [None, f"bytes={half}-"]
    assert server.seen[1].headers["If-Range"] == '"one"'
    assert server.sent == len(archive)  # not one byte twice


def test_a_cut_download_goes_on_in_the_next_process(server, archive, files, waits, tmp_path):
    url = server.play(FILE, archive, CUT, act.status(404), act.whole)
    download = describe(archive, url)
    with pytest.raises(DataError):
        fetch(download, progress=False, cache_dir=tmp_path)
    nothing_counts(download, tmp_path)
    assert contents(fetch(download, progress=False, cache_dir=tmp_path)) == files
    assert server.sent == len(archive)


@pytest.mark.parametrize("known", [True, False], ids=["known", "first-use"])
def test_a_file_that_changed_between_two_parts_is_not_glued(known, server, waits, tmp_path):
    old, new = make_archive(make_files(1)), make_archive(make_files(2))

    def first_half_of_old(handler, data):
        handler.head(200, len(old), ETag='"old"')
        handler.body(old[: len(old) // 2])

    url = server.play(FILE, new, first_half_of_old, act.whole)
    download = describe(new, url, known=known, sized=known)
    if known and len(old) != len(new):
        download = describe(new, url, sized=False)
    assert contents(fetch(download, progress=False, cache_dir=tmp_path)) == make_files(2)
    assert server.seen[1].headers["If-Range"] == '"old"'


def test_a_server_that_glues_anyway_is_caught_by_the_checksum(server, waits, tmp_path):
    old, new = make_archive(make_files(1)), make_archive(make_files(2))

    def first_half_of_old(handler, data):
        handler.head(200, len(new))  # no ETag: nothing tells that it changed
        handler.body(old[: len(new) // 2])

    url = server.play(FILE, new, first_half_of_old, act.whole)
    assert contents(fetch(describe(new, url), progress=False, cache_dir=tmp_path)) == make_files(2)
    assert server.ranges == [None, f"bytes={len(new) // 2}-", None]


def test_waiting_grows_and_respects_retry_after(server, archive, waits, tmp_path):
    date = email.utils.formatdate(time.time() + 30, usegmt=True)
    url = server.play(
        FILE,
        archive,
        *[act.status(500)] * 2,
        act.status(429, Retry_After="40"),
        act.status(429, Retry_After=date),
        act.whole,
    )
    fetch(describe(archive, url), progress=False, cache_dir=tmp_path)
    assert 0.5 <= waits[0] <= 1 <= waits[1] <= 2
    assert waits[2] == 40
    assert 25 < waits[3] <= 30


def test_no_server_makes_a_learner_wait_an_hour(server, archive, waits, tmp_path):
    url = server.play(FILE, archive, act.status(503, Retry_After="3600"), act.whole)
    fetch(describe(archive, url), progress=False, cache_dir=tmp_path)
    assert waits == [resumable.LONGEST_WAIT]


# Faults that last: name -> (acts, what the message says).
LASTING = {
    "404": ([act.status(404)], "status 404"),
    "403": ([act.status(403)], "status 403"),
    "500 for ever": ([act.status(500)], "busy or broken .status 500., 5 times"),
    "redirect loop": ([act.redirect(f"/{FILE}")], "redirects lead in a circle"),
    "wrong bytes": (["wrong"], "wrong bytes"),
    "too short": ([act.instead(b"x" * 1000)], "1,000 bytes instead of"),
    "too long": ([act.instead(bytes(500_000))], "500,000 bytes instead of"),
    "length lies up": ([act.instead(b"x" * 9, claim=10**6)], "1,000,000 bytes instead of"),
    "length lies down": ([act.instead(b"x" * 10**6, claim=9)], "9 bytes instead of"),
    "endless": (["endless"], "more bytes than the file has"),
    "empty for ever": ([act.instead(b"")], "empty|bytes"),
    "login page": ([act.instead(b"<html>", Content_Type="text/html")], "login page"),
    "silent for ever": ([act.silent(0.8)], "sent nothing for 0.3 seconds"),
    "hangs up for ever": ([act.hang_up], "hung up"),
    "cut at the same byte for ever": ([act.cut(0.5, ranges=False)], "stopped|broke off"),
}


@pytest.mark.parametrize("fault", LASTING)
def test_a_lasting_fault_is_a_clear_error(fault, server, archive, files, waits, tmp_path):
    acts, match = LASTING[fault]
    special = {
        "wrong": act.instead(bytes(len(archive))),
        "endless": lambda handler, data: (handler.head(200, None), handler.body(data * 3)),
    }
    acts = [special.get(name, name) if isinstance(name, str) else name for name in acts]
    download = describe(archive, server.play(FILE, archive, *acts))
    with pytest.raises(DataError, match=match) as caught:
        fetch(download, progress=False, cache_dir=tmp_path)
    nothing_counts(download, tmp_path)
    for way_on in ("TLCOURSE_MIRROR", FILE, str(tmp_path / "pictures"), "tl.load('emoji')"):
        assert way_on in str(caught.value)
    server.play(FILE, archive)  # the server is repaired
    assert contents(fetch(download, progress=False, cache_dir=tmp_path)) == files


def test_nobody_listening_is_a_clear_error_after_two_tries(archive, waits, tmp_path):
    download = describe(archive, closed_port())
    with pytest.raises(DataError, match="no connection, 2 times in a row"):
        fetch(download, progress=False, cache_dir=tmp_path)
    nothing_counts(download, tmp_path)
    assert len(waits) == 1


def test_the_next_url_is_tried(server, archive, files, waits, tmp_path):
    wrong = server.play("wrong", archive, act.instead(bytes(len(archive))))
    right = server.play(FILE, archive)
    download = describe(archive, closed_port(), f"{server.url}/nowhere", wrong, right)
    assert contents(fetch(download, progress=False, cache_dir=tmp_path)) == files
    assert [r.path for r in server.seen] == ["/nowhere", "/wrong", "/wrong", f"/{FILE}"]


def test_a_file_begun_at_one_url_is_finished_at_another(server, archive, files, waits, tmp_path):
    first = server.play("first", archive, CUT, act.status(404))
    second = server.play("second", archive)
    download = describe(archive, first, second)
    assert contents(fetch(download, progress=False, cache_dir=tmp_path)) == files
    assert server.sent == len(archive)


@pytest.mark.parametrize(
    ("damage", "match"),
    [
        (lambda data: data[: len(data) // 2], "damaged"),
        (
            lambda data: make_archive(make_files(n=4)),
            "expected 3 cats.*found 2 cats|not the expected",
        ),
        (lambda data: b"not an archive at all", "neither a zip nor a tar.gz"),
    ],
)
def test_without_a_checksum_the_contents_are_counted(
    damage, match, server, archive, files, waits, tmp_path
):
    url = server.play(FILE, damage(archive))
    download = describe(archive, url, known=False, sized=False)
    with pytest.raises(DataError, match=match):
        fetch(download, progress=False, cache_dir=tmp_path)
    nothing_counts(download, tmp_path)
    assert not Store("pictures", tmp_path).trust_file.exists()  # damage is never trusted
    server.play(FILE, archive)
    assert contents(fetch(download, progress=False, cache_dir=tmp_path)) == files


def test_the_first_checksum_is_remembered_and_a_change_noticed(
    server, archive, files, waits, tmp_path, capsys
):
    download = describe(archive, server.play(FILE, archive), known=False, sized=False)
    fetch(download, cache_dir=tmp_path)
    assert "No checksum is published" in capsys.readouterr().err
    store = Store("pictures", tmp_path)
    assert store.receipt().trust == "first use"
    assert store.remove() > sum(map(len, files.values()))
    server.play(FILE, make_archive(make_files(9)))
    with pytest.raises(DataError, match="other bytes than at its first download"):
        fetch(download, progress=False, cache_dir=tmp_path)
    nothing_counts(download, tmp_path)
    store.trust_file.unlink()  # what the message says to do
    changed = fetch(download, progress=False, cache_dir=tmp_path)
    assert contents(changed) == make_files(9)


def test_a_malicious_download_is_refused(server, waits, tmp_path):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as out:
        info = tarfile.TarInfo("pictures/../../evil")
        out.addfile(info, io.BytesIO())
    download = describe(raw.getvalue(), server.play(FILE, raw.getvalue()))
    with pytest.raises(DataError, match="leads out of the folder"):
        fetch(download, progress=False, cache_dir=tmp_path / "cache")
    nothing_counts(download, tmp_path / "cache")
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_up_is_named(code, server, archive, files, waits, tmp_path, monkeypatch):
    download = describe(archive, server.play(FILE, archive))
    real = resumable.Path.open

    class Full(io.FileIO):
        def write(self, data):
            if self.tell() + len(data) > 50_000:
                raise OSError(code, "no room")
            return super().write(data)

    def limited(path, mode="r", *args, **kwargs):
        if path.name.endswith(".part") and mode != "r":
            return Full(path, mode.replace("b", ""))
        return real(path, mode, *args, **kwargs)

    monkeypatch.setattr(resumable.Path, "open", limited)
    with pytest.raises(DataError, match=r"is full.*TLCOURSE_CACHE"):
        fetch(download, progress=False, cache_dir=tmp_path)
    nothing_counts(download, tmp_path)
    monkeypatch.setattr(resumable.Path, "open", real)
    assert contents(fetch(download, progress=False, cache_dir=tmp_path)) == files


@pytest.mark.parametrize("kilobytes", [100, 300], ids=["downloading", "unpacking"])
def test_a_really_full_disk(kilobytes, server, archive, tmp_path):
    """A memory disk of 100 or 300 kB, visible to the child process only."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a memory disk (Linux, root)")
    disk = tmp_path / "disk"
    disk.mkdir()
    code = textwrap.dedent(
        f"""
        from download_helpers import describe, fetch_in_child, nothing_counts
        archive = open({str(tmp_path / "a")!r}, "rb").read()
        download = describe(archive, {server.play(FILE, archive)!r}, sized=False)
        class Results:
            put = staticmethod(print)
        fetch_in_child(download, {str(disk)!r}, Results)
        nothing_counts(download, __import__("pathlib").Path({str(disk)!r}))
        """
    )
    (tmp_path / "a").write_bytes(archive)
    mount = f"mount -t tmpfs -o size={kilobytes}k tmpfs {disk}"
    result = subprocess.run(
        ["unshare", "-m", "sh", "-c", f'{mount} && exec {sys.executable} -c "$CODE"'],
        env={
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "CODE": code,
            "PYTHONPATH": ":".join(sys.path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("CourseError: The disk that holds")
    assert "is full" in result.stdout


def test_a_disk_known_to_be_too_small_is_named_before_anything_is_sent(
    server, archive, waits, tmp_path, monkeypatch
):
    usage = type(shutil.disk_usage(tmp_path))(10, 9, 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    download = describe(archive, server.play(FILE, archive))
    with pytest.raises(DataError, match=r"needs about 0 MB .* 0 MB left"):
        fetch(download, progress=False, cache_dir=tmp_path)
    assert server.seen == []


def test_a_cache_folder_that_cannot_be_made_is_named(archive, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"cannot be written.*TLCOURSE_CACHE"):
        fetch(describe(archive), progress=False, cache_dir=tmp_path / "file")


def test_offline_asks_nobody(server, archive, files, waits, tmp_path, monkeypatch):
    download = describe(archive, server.play(FILE, archive))
    monkeypatch.setenv("TLCOURSE_OFFLINE", "1")
    with pytest.raises(DataError, match="switched off"):
        fetch(download, progress=False, cache_dir=tmp_path)
    assert server.seen == []
    folder = fetch(download, progress=False, cache_dir=tmp_path, offline=False)
    assert contents(fetch(download, progress=False, cache_dir=tmp_path)) == contents(folder)


def test_a_file_put_there_by_hand_is_used_and_kept(archive, files, tmp_path):
    download = describe(archive, closed_port())
    by_hand = tmp_path / "pictures" / FILE
    by_hand.parent.mkdir()
    by_hand.write_bytes(archive)
    assert contents(fetch(download, progress=False, cache_dir=tmp_path)) == files
    assert by_hand.read_bytes() == archive


def test_a_damaged_file_put_there_by_hand_is_named(archive, waits, tmp_path):
    download = describe(archive, closed_port())
    by_hand = tmp_path / "pictures" / FILE
    by_hand.parent.mkdir()
    by_hand.write_bytes(archive[:-100])
    with pytest.raises(DataError, match=f"{by_hand}: .* has the wrong bytes"):
        fetch(download, progress=False, cache_dir=tmp_path)
    assert Store("pictures", tmp_path).ready() is None


def test_the_proxy_of_the_environment_is_used(server, archive, files, waits, tmp_path, monkeypatch):
    url = "http://data.example.invalid/pictures.tgz"
    server.scripts[url] = act.Script(archive, [act.whole])  # a proxy sees the whole address
    monkeypatch.setenv("HTTP_PROXY", server.url)
    assert contents(fetch(describe(archive, url), progress=False, cache_dir=tmp_path)) == files
    monkeypatch.setenv("HTTP_PROXY", closed_port())
    with pytest.raises(DataError, match="the proxy did not answer; check HTTPS_PROXY"):
        fetch(describe(archive, url, name="other"), progress=False, cache_dir=tmp_path)


@pytest.fixture
def certificate(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    command += " -keyout key.pem -out cert.pem -subj /CN=room -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "cert.pem", tmp_path / "key.pem"


def test_a_private_certificate_is_named_and_accepted(
    certificate, archive, files, waits, tmp_path, monkeypatch
):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with act.fault_server(tls=context) as server:
        download = describe(archive, server.play(FILE, archive))
        with pytest.raises(DataError, match="REQUESTS_CA_BUNDLE"):
            fetch(download, progress=False, cache_dir=tmp_path / "cache")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
        assert contents(fetch(download, progress=False, cache_dir=tmp_path / "cache")) == files


def test_progress_counts_what_was_kept(server, archive, waits, tmp_path, capsys):
    url = server.play(FILE, archive, CUT, act.whole)
    fetch(describe(archive, url), cache_dir=tmp_path)
    assert FILE in (shown := capsys.readouterr().err)
    assert "100%" in shown
    fetch(with_urls(describe(archive, name="quiet"), url), progress=False, cache_dir=tmp_path)
    assert capsys.readouterr().err == ""


def test_an_unknown_description_field_fails(archive):
    with pytest.raises(TypeError):
        dataclasses.replace(describe(archive), colour="blue")
