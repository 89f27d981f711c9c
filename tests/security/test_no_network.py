"""The course sends nothing anywhere: not when it is imported, not when it looks at the machine."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.places.isolation import without_network

# The kernel's counters see what C++ code does, too. A packet that has nowhere to go counts.
_COUNTERS = """
def counters():
    lines = open("/proc/net/snmp").read().splitlines()
    found = {}
    for names, numbers in zip(lines[::2], lines[1::2]):
        kind, *names = names.split()
        found |= {kind + n: int(v) for n, v in zip(names, numbers.split()[1:])}
    return found["Ip:OutNoRoutes"] + found["Udp:OutDatagrams"]
before = counters()
"""
_EVERYTHING = """
import importlib, pkgutil, sys, tlcourse
for module in pkgutil.walk_packages(tlcourse.__path__, "tlcourse."):
    if "__main__" not in module.name and "_assets" not in module.name:
        importlib.import_module(module.name)
from tlcourse.cli import main
tlcourse.preflight.doctor.__kwdefaults__["seconds"] = 0.1
for args in (["doctor", "--json"], ["progress", "--json"], ["data", "--json"]):
    try:
        main(args)
    except SystemExit as end:
        assert not end.code, end.code
"""
_PROBE = "('192.0.2.1', 9)"  # with which `without_network` makes sure of itself
_CONTROL = {
    "a connection": "socket.create_connection(('192.0.2.1', 80), timeout=0.2)",
    "a name": "socket.getaddrinfo('tlcourse.invalid', 80)",
    "a packet": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
}


def run(code, heard, cache):
    """Run code where there is no network; return what was heard and what the counters say."""
    variables, notes = heard
    notes.unlink(missing_ok=True)
    inside = without_network()
    counting = f"{_COUNTERS}{code}\nprint('packets', counters() - before)" if inside else code
    kept = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
    places = {"TLCOURSE_CACHE": str(cache / "c"), "TLCOURSE_PROGRESS": str(cache / "p.json")}
    done = subprocess.run(
        [*(inside or []), sys.executable, "-c", counting],
        env=kept | variables | places | {"KERAS_HOME": str(cache / "keras")},
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    packets = int(done.stdout.split()[-1]) if inside else None
    lines = notes.read_text().splitlines() if notes.exists() else []
    return [line for line in lines if _PROBE not in line], packets


@pytest.mark.parametrize("kind", _CONTROL)
def test_the_test_itself_hears(heard, tmp_path, kind):
    code = f"import socket\ntry:\n    {_CONTROL[kind]}\nexcept OSError:\n    pass\n"
    notes, packets = run(code, heard, tmp_path)
    assert any("192.0.2.1" in line or "tlcourse.invalid" in line for line in notes)
    if kind != "a name":  # a resolver without any server sends nothing
        assert packets is None or packets > 0


def test_import_doctor_and_progress_send_nothing(heard, tmp_path):
    notes, packets = run(_EVERYTHING, heard, tmp_path)
    assert notes == []
    assert not packets
