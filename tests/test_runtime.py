import random

import numpy as np
import pytest

from tlcourse import runtime
from tlcourse.errors import CourseError

CPU = runtime.Device("cpu", "some CPU", 2, 8000)


@pytest.mark.parametrize(
    ("device", "flags", "expected"),
    [
        (CPU, {"avx2"}, "float32"),
        (CPU, {"avx2", "avx512_bf16"}, "bfloat16"),
        (CPU, {"amx_bf16"}, "bfloat16"),
        (runtime.Device("gpu", "old", 1, 4000, (6, 1)), {"avx512_bf16"}, "float32"),
        (runtime.Device("gpu", "T4", 1, 16000, (7, 5)), set(), "float16"),
        (runtime.Device("gpu", "unknown", 1, 16000, None), set(), "float32"),
    ],
)
def test_precision_follows_the_device(device, flags, expected):
    chosen, reason = runtime.choose_precision(on=device, flags=frozenset(flags))
    assert chosen == expected
    assert len(reason) > 20


def test_precision_asked_for_is_taken():
    assert runtime.choose_precision("float16", on=CPU)[0] == "float16"
    with pytest.raises(CourseError, match="bfloat16"):
        runtime.choose_precision("half")


def test_gpu_is_found_and_memory_growth_switched_on(monkeypatch):
    """Simulated: there is no GPU here."""
    import tensorflow as tf

    grown = []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["gpu0", "gpu1"])
    monkeypatch.setattr(
        tf.config.experimental, "set_memory_growth", lambda gpu, on: grown.append((gpu, on))
    )
    details = {"device_name": "Tesla T4", "compute_capability": (7, 5)}
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: details)
    monkeypatch.setattr(runtime, "_gpu_memory_mb", lambda: 15360)
    found = runtime.device()
    assert (found.kind, found.name, found.count, found.memory_mb) == ("gpu", "Tesla T4", 2, 15360)
    assert grown == [("gpu0", True), ("gpu1", True)]
    assert runtime.choose_precision(on=found)[0] == "float16"


def test_this_machine_has_a_device_and_memory():
    found = runtime.device()
    assert found.kind in ("cpu", "gpu")
    assert found.count >= 1
    assert 0 < runtime.free_memory_mb() <= found.memory_mb or found.kind == "gpu"
    assert runtime.peak_memory_mb() > 10
    assert runtime.cpu_flags()


def test_fast_mode_is_an_environment_variable(monkeypatch):
    assert not runtime.fast_mode()
    for value, expected in (("1", True), ("true", True), ("0", False), ("", False)):
        monkeypatch.setenv("TLCOURSE_FAST", value)
        assert runtime.fast_mode() is expected


def test_seeding_repeats_every_generator():
    import keras

    def draw():
        return random.random(), np.random.rand(), float(keras.random.uniform(()))  # noqa: NPY002

    runtime.seed_everything(3)
    first = draw()
    runtime.seed_everything(3)
    assert draw() == first
    runtime.seed_everything(4)
    assert draw() != first


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "0", True, None])
def test_a_bad_seed_is_named(seed):
    with pytest.raises(CourseError, match="whole number"):
        runtime.seed_everything(seed)


def test_hidden_messages_are_shown_when_the_import_fails(capfd):
    import os

    def fail():
        with runtime._standard_error_hidden():
            os.write(2, b"the reason")
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        fail()
    assert "the reason" in capfd.readouterr().err
