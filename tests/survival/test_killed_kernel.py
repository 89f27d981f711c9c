"""A real notebook kernel that is killed in the middle of an extraction, restarted, and right."""

import os
import random
import signal
import time

import numpy as np
import pytest
from jupyter_client.manager import KernelManager

from tests.conftest import ROOT

CODE = """
import numpy as np, pathlib, tlcourse.features
from tlcourse.backbones import backbone
tlcourse.features._ROWS_IN_A_SHARD = 8
network = backbone("minivgg", image_size=32, precision="float32")
pictures = np.random.default_rng(8).integers(0, 256, (96, 32, 32, 3), dtype=np.uint8)
pathlib.Path({folder!r}, "begun").touch()
found = tlcourse.features.extract(network, pictures, batch_size=8, cache={cache})
np.save(pathlib.Path({folder!r}, "features.npy"), found)
pathlib.Path({folder!r}, "begun").unlink()
"""


def wait(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came so far"
        time.sleep(0.005)


@pytest.mark.slow
def test_a_kernel_that_is_killed(tmp_path, thorough):
    if not thorough:
        pytest.skip("three imports of TensorFlow: runs with TLCOURSE_TEST_MODE=normal")
    begun = tmp_path / "begun"
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(ROOT), env=dict(os.environ))
    try:
        moments = random.Random(2)
        for _ in range(3):
            client = manager.blocking_client()
            client.start_channels()
            client.wait_for_ready(timeout=120)
            client.execute(CODE.format(folder=str(tmp_path), cache=True))
            wait(begun.exists)
            time.sleep(moments.uniform(0, 0.5))
            os.kill(manager.provisioner.pid, signal.SIGKILL)
            client.stop_channels()
            begun.unlink(missing_ok=True)
            manager.restart_kernel(now=True)
        client = manager.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=120)
        results = []
        for cache in (True, False):
            reply = client.execute_interactive(
                CODE.format(folder=str(tmp_path), cache=cache), timeout=120
            )
            assert reply["content"]["status"] == "ok", reply["content"]
            results.append(np.load(tmp_path / "features.npy"))
        client.stop_channels()
    finally:
        manager.shutdown_kernel(now=True)
    assert np.allclose(*results, rtol=1e-4, atol=1e-4)
