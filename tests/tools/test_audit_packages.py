"""The audit of packages: it runs where it can, and never claims to have run where it could not."""

import subprocess
import sys

import pytest

from tests.fault_server import fault_server, status, whole
from tools import audit_packages


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with fault_server() as server:
        yield server


@pytest.mark.parametrize(
    ("data", "act", "words"),
    [
        (b"", status(404), "answers with status 404"),
        (b"<html>log in to this network", whole, "does not answer in JSON"),
        (b'{"vulnerabilities": []}', whole, "knows of no vulnerability, although there is one"),
        (b'{"vulnerabilities": [{"id": "PYSEC-1"}]}', whole, None),
    ],
)
def test_whether_anybody_can_be_asked(server, data, act, words):
    reason = audit_packages.why_not(server.play("json", data, act))
    assert (reason is None) if words is None else (words in reason)


def test_without_network_it_says_so_and_passes(monkeypatch, capsys):
    monkeypatch.setattr(audit_packages, "QUESTION", "http://127.0.0.1:9/json")
    monkeypatch.setattr(audit_packages.why_not, "__defaults__", ("http://127.0.0.1:9/json",))
    assert audit_packages.main() == 0
    assert "were not checked for known vulnerabilities" in capsys.readouterr().out


@pytest.mark.parametrize("code", [0, 1])
def test_findings_fail_the_build(monkeypatch, code):
    monkeypatch.setattr(audit_packages, "why_not", lambda: None)
    monkeypatch.setattr(
        audit_packages, "command", lambda: [sys.executable, "-c", f"raise SystemExit({code})"]
    )
    assert audit_packages.main() == code


def test_the_command_line_is_one_that_pip_audit_takes(tmp_path, monkeypatch):
    monkeypatch.setattr(audit_packages, "ACCEPTED", {"PYSEC-2000-1": "an example"})
    lock = tmp_path / "requirements.lock"
    lock.write_text("pillow==10.2.0\n")
    program = audit_packages.command(lock)
    assert program[-1] == str(lock)
    done = subprocess.run([*program, "--dry-run"], capture_output=True, text=True)
    assert "usage:" not in done.stderr
    assert "Dry run: would have audited 1 packages" in done.stderr


def test_every_exception_has_a_reason():
    assert all(len(reason.split()) > 3 for reason in audit_packages.ACCEPTED.values())
