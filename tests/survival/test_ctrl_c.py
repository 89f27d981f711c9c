"""Ctrl-C at a random moment of every command: status 130, one sentence, nothing half-written."""

import random
import shutil
import signal
import socketserver
import threading
import time
import zlib

import pytest
import typer

from tests.datasets import hostile
from tlcourse.cli.commands import app

GOODBYE = "Interrupted. Nothing half-written was left behind."
# Command -> (arguments, how long it works, s). Longer ones are not waited for.
COMMANDS = {
    "bundle": (("bundle", "{out}", "--course-only"), 1.0),
    "data": (("data",), 0.3),
    "data check": (("data", "check", "{pets}", "--out", "{out}/page.html"), 1.5),
    "data clean": (("data", "clean", "--yes"), 0.1),
    "data fetch": (("data", "fetch", "flowers"), 1.0),
    "data verify": (("data", "verify"), 0.3),
    "demo": (("demo", "--out", "{out}"), 1.5),
    "doctor": (("doctor",), 1.5),
    "fit": (("fit", "{pets}", "--out", "{out}", "--image-size", "32"), 1.5),
    "mirror": (("mirror", "{pets}/cats", "--port", "0"), 0.5),
    "predict": (("predict", "{run}", "{pets}/cats/p1_0.png"), 1.0),
    "progress": (("progress",), 0.2),
    "rank": (("rank", "{pets}", "--image-size", "32"), 1.5),
    "run": (("run", "00", "--fast", "--out", "{out}"), 1.5),
}
QUICK = {"data", "data clean", "data verify", "progress", "predict"}
IN_ITS_OWN_FILE = {"lab"}  # it becomes JupyterLab: see tests/security/test_lab_server.py


def every_command(group, path=()):
    for name, command in group.commands.items():
        if not getattr(command, "commands", None) or command.invoke_without_command:
            yield " ".join((*path, name))
        if getattr(command, "commands", None):
            yield from every_command(command, (*path, name))


def test_no_command_is_forgotten():
    assert set(every_command(typer.main.get_command(app))) == COMMANDS.keys() | IN_ITS_OWN_FILE


@pytest.fixture(scope="module")
def slow_server():
    """A mirror that promises the flowers and never finishes."""

    class Slow(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(4096)
            self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 228813984\r\n\r\n")
            try:
                while True:
                    self.request.sendall(bytes(1000))
                    time.sleep(0.05)
            except OSError:
                return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Slow) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    return hostile.two_classes(tmp_path_factory.mktemp("pictures") / "pets", 6)


@pytest.fixture(scope="module")
def finished_run(nursery, pets, tmp_path_factory):
    out = tmp_path_factory.mktemp("finished") / "run"
    places = {name: str(out.parent / name) for name in ("TLCOURSE_CACHE", "TLCOURSE_PROGRESS")}
    args = ["fit", str(pets), "--out", str(out), "--image-size", "32", "--json"]
    outcome = nursery.run(
        "command", args=args, cwd=out.parent, env=places | {"KERAS_HOME": str(out.parent)}
    )
    assert outcome.status == 0, outcome.err
    return out


@pytest.mark.parametrize("name", COMMANDS)
def test_ctrl_c(nursery, pets, finished_run, slow_server, tmp_path, thorough, name):
    words, seconds = COMMANDS[name]
    out, begun = tmp_path / "out", tmp_path / "begun"
    args = [word.format(out=out, pets=pets, run=finished_run) for word in words]
    env = {"TLCOURSE_MIRROR": slow_server, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    moments = random.Random(zlib.crc32(name.encode()))
    repeats = 5 if thorough else 2 if name in QUICK else 1
    n_interrupted = 0
    for i in range(repeats):
        child = nursery.start("command", args=args, cwd=tmp_path, begun=begun, env=env)
        child.wait_for(begun.exists)
        time.sleep(moments.uniform(0, seconds if i else 0.2 * seconds))
        child.signal(signal.SIGINT)
        outcome = child.finish()
        begun.unlink()
        assert "Traceback" not in outcome.out + outcome.err, outcome.err
        if outcome.status == 0:  # it was quicker than the signal
            shutil.rmtree(out, ignore_errors=True)
            continue
        n_interrupted += 1
        assert outcome.status == 130, outcome
        assert outcome.err.strip().endswith(GOODBYE)
        assert [p for p in tmp_path.rglob("*") if not p.is_dir()] == []
    assert n_interrupted or name in QUICK
