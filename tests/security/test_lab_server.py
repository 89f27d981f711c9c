"""`tlcourse lab` as a real server: a token, this machine only, no news, and an end by Ctrl-C."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent as a signal")


@pytest.fixture(scope="module")
def lab(tmp_path_factory, heard):
    """Start the server with settings of its own; give (process, what it says about itself)."""
    folder = tmp_path_factory.mktemp("lab")
    places = {
        "JUPYTER_RUNTIME_DIR": "runtime", "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data", "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "TLCOURSE_CACHE": "cache",
    }  # fmt: skip
    env = {k: v for k, v in os.environ.items() if k not in ("JUPYTER_TOKEN", "DISPLAY")}
    env |= {name: str(folder / place) for name, place in places.items()} | heard[0]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tlcourse.cli", "lab", "--port=0"],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=ROOT,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        yield process, _facts(folder, process)
    finally:
        process.kill()
        process.wait()


def _facts(folder, process):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        assert process.poll() is None, (folder / "log").read_text()
        for file in folder.glob("runtime/jpserver-*.json"):
            try:
                facts = json.loads(file.read_text()) | {"log": folder / "log"}
                status(facts, "/api")
                return facts
            except (ValueError, OSError):
                pass  # half-written, or not listening yet
        time.sleep(0.1)
    raise AssertionError((folder / "log").read_text())


def ask(facts, path, *, token=None, method="GET", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        headers["Authorization"] = f"token {token}"
    connection = http.client.HTTPConnection("127.0.0.1", facts["port"], timeout=60)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    return answer, answer.read()


def status(facts, path, **options):
    return ask(facts, path, **options)[0].status


def test_a_secret_token(lab):
    _, facts = lab
    assert len(facts["token"]) >= 40
    assert status(facts, "/api/contents") == 403
    assert status(facts, "/api/contents", token="0" * 48) == 403
    assert status(facts, "/api/contents", token=facts["token"]) == 200
    assert status(facts, "/api/kernels", method="POST") == 403
    assert facts["token"] in facts["log"].read_text(), "the learner needs it once"


def test_this_machine_only(lab):
    process, facts = lab
    listening = [
        c.laddr.ip
        for c in psutil.net_connections("inet")
        if c.pid == process.pid and c.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert set(listening) <= {"127.0.0.1", "::1"}
    # A page elsewhere may lead a browser here under another name (DNS rebinding).
    assert status(facts, "/api/contents", token=facts["token"], Host="evil.example") == 403


def test_other_pages_are_not_let_in(lab):
    _, facts = lab
    answer, _ = ask(facts, "/api/status", Origin="https://evil.example")
    assert answer.status in (403, 404)  # it denies that there is anything
    assert answer.getheader("Access-Control-Allow-Origin") is None
    assert "frame-ancestors 'self'" in answer.getheader("Content-Security-Policy")


def test_no_news_and_no_question_for_updates(lab, heard):
    _, facts = lab
    path = "/lab/api/settings/@jupyterlab/apputils-extension:notification"
    answer, body = ask(facts, path, token=facts["token"])
    assert answer.status == 200
    properties = json.loads(body)["schema"]["properties"]
    assert properties["fetchNews"]["default"] == "false"
    assert properties["checkForUpdates"]["default"] is False
    assert not heard[1].exists(), heard[1].read_text()


def test_zz_two_times_ctrl_c_end_it(lab):
    """The last test, because the server is gone after it."""
    process, _ = lab
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    assert process.wait(timeout=30) in (0, -signal.SIGINT, 130)
