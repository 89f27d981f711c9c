"""Training spread over devices and over hosts gives what one device gives."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("spread_run.py")


def start(what, **environment):
    env = {k: v for k, v in os.environ.items() if k != "TF_CONFIG"} | environment
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), what],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
    )


def answer(process, seconds=240):
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == 0, err[-3000:]
    return json.loads(out.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def devices():
    """One device and two logical ones, in a process of its own."""
    return answer(start("mirrored"))


@pytest.mark.slow
def test_two_devices_train_like_one(devices):
    found = devices
    assert found["replicas"] == 2
    assert found["gap"] < 0.02  # of the distance moved; sums in another order, through Adam
    one, two = found["losses"]
    assert two == pytest.approx(one, rel=1e-3)
    assert found["agree"] == 1


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


@pytest.mark.slow
def test_two_hosts_train_like_one(devices):
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    configs = [{"cluster": cluster, "task": {"type": "worker", "index": i}} for i in range(2)]
    running = [start("workers", TF_CONFIG=json.dumps(c)) for c in configs]
    try:
        first, second = (answer(process) for process in running)
    finally:
        for process in running:
            process.kill()
    for found in (first, second):
        if "unavailable" in found:
            pytest.skip(f"collective operations are unavailable here: {found['unavailable']}")
    assert "AllReduce" in first["kind"] or "MultiWorker" in first["kind"]
    assert first["replicas"] == 2
    assert first["fingerprint"] == second["fingerprint"]
    assert first["losses"] == pytest.approx(devices["losses"][0], rel=1e-3)
    assert first["moved"] == pytest.approx(devices["moved"], rel=1e-2)


def test_a_cluster_must_be_joined_before_anything_is_computed(monkeypatch):
    import tensorflow as tf

    from tlcourse import runtime
    from tlcourse.errors import CourseError

    def too_late():
        raise RuntimeError("Collective ops must be configured at program startup")

    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", too_late)
    monkeypatch.setenv("TF_CONFIG", "{}")
    with pytest.raises(CourseError, match="before loading data"):
        runtime.strategy()


def test_several_gpus_are_mirrored_and_one_device_is_left_alone(monkeypatch):
    """Simulated: there is no GPU here."""
    import tensorflow as tf

    from tlcourse import runtime

    runtime._spread.cache_clear()
    assert runtime.strategy().num_replicas_in_sync == 1
    runtime._spread.cache_clear()
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: ["gpu0", "gpu1"])
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", lambda: "mirrored")
    assert runtime.strategy() == "mirrored"
    monkeypatch.undo()
    runtime._spread.cache_clear()
