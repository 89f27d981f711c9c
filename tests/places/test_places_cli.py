"""`tlcourse bundle` and `tlcourse mirror` as commands: streams, statuses, Ctrl-C."""

import json
import re
import signal
import subprocess
import sys
import urllib.request

import pytest

from tlcourse.cli import main


@pytest.fixture
def call(capsys):
    """Run a command; give back (exit status, standard output, standard error)."""

    def call(*args):
        with pytest.raises(SystemExit) as caught:
            main([str(a) for a in args])
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return call


def start(*args):
    def default_signals():  # pytest itself may run with Ctrl-C ignored
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, signal.SIG_DFL)

    return subprocess.Popen(
        [sys.executable, "-m", "tlcourse.cli", *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=default_signals,
    )


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("bundle", "{tmp}"), "is taken. Name a folder that does not exist yet"),
        (("bundle", "{tmp}/out", "--dataset", "nothing"), "There is no data set"),
        (("bundle",), "Missing argument 'out'"),
        (("mirror", "{tmp}/no"), "cannot be read"),
        (("mirror",), "fetch one into it with --add"),
        (("mirror", "{tmp}", "--add", "emoji"), "nothing to download"),
        (("mirror", "{tmp}", "--host", "203.0.113.9"), "Nothing can be served at 203.0.113.9"),
        (("mirror", "{tmp}", "--port", "99999"), "Invalid value for '--port'"),
    ],
)
def test_refusals_are_one_sentence_and_status_2(call, tmp_path, args, sentence):
    (tmp_path / "x.tgz").write_text("x")
    code, out, err = call(*(a.replace("{tmp}", str(tmp_path)) for a in args))
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert sentence.lower() in err.lower()


def test_a_bundle_is_reported(call, tmp_path):
    code, out, err = call("bundle", tmp_path / "room", "--course-only", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["folder"] == str(tmp_path / "room")
    assert out.count("\n") == 1


def test_an_interrupted_bundle_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "0")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # pip keeps trying for a while
    process = start("bundle", tmp_path / "a" / "room")
    while not list(tmp_path.glob("a/.room.part-*/wheels/tlcourse-*.whl")):
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.strip().endswith("Interrupted. Nothing half-written was left behind.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_the_mirror_says_what_it_does_and_ends_with_ctrl_c(tmp_path, host):
    (tmp_path / "set.tgz").write_bytes(b"data")
    process = start("mirror", tmp_path, "--host", host, "--port", "0")
    lines = []
    while not lines or "TLCOURSE_MIRROR=" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], process.stderr.read()
    port = re.search(r":(\d+)\s*$", lines[-1])[1]
    assert "set.tgz" in "".join(lines)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/set.tgz", timeout=10) as answer:
        assert answer.read() == b"data"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    is_local = host == "127.0.0.1"
    assert ("Only this machine can reach it" in err) == is_local
    assert ("Everyone who can reach this machine can read these files" in err) != is_local
    assert "127.0.0.1 200 set.tgz" in err
