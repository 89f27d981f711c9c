"""A clock that is wrong, jumps back or stands at 1970 costs no result.

Small computers without a battery start in 1970, and a laptop that wakes up may correct
its clock by hours in the middle of a job.
"""

import json
import os
import shutil
import time

import numpy as np
import pytest

from tests.datasets import hostile
from tests.survival import places
from tests.survival.work import KEY, extract, rows_of
from tlcourse.feature_store import FeatureStore
from tlcourse.paths import cache_dir

YEAR = 365.25 * 24 * 3600
WRONG = {"1970": 60.0, "ten years ago": time.time() - 10 * YEAR, "2100": 130 * YEAR}


@pytest.fixture(params=WRONG)
def wrong_clock(request, monkeypatch):
    for name in ("time", "time_ns", "localtime", "gmtime"):
        monkeypatch.setattr(time, name, getattr(time, name))  # restored at the end
    places.set_clock(WRONG[request.param])
    return request.param


def test_the_cache_under_a_wrong_clock(wrong_clock, caplog):
    store = FeatureStore(KEY)
    store.write(rows_of(1, 5, 16))
    store.write(rows_of(2, 5, 16))
    assert store.read().keys() == (rows_of(1, 5, 16) | rows_of(2, 5, 16)).keys()
    assert caplog.text == ""


def test_equal_features_give_equal_files_at_any_time(monkeypatch):
    store = FeatureStore(KEY)
    store.write(rows_of(1, 5, 16))
    monkeypatch.setattr(time, "localtime", lambda at=None: time.gmtime(2e9))
    store.write(rows_of(1, 5, 16))
    assert len(list(store.folder.glob("*.npz"))) == 1


def test_files_from_the_future(tmp_path, caplog):
    """What was written before the clock was set back seems to come from tomorrow."""
    store, tomorrow = FeatureStore(KEY), time.time() + 24 * 3600
    store.write(rows_of(1, 5, 16))
    part = store.folder / "killed.part"
    part.write_bytes(b"half")
    for path in store.folder.iterdir():
        os.utime(path, (tomorrow, tomorrow))
    store.write(rows_of(2, 5, 16))
    assert len(store.read()) == 10
    assert part.exists(), "it may be in use"
    assert caplog.text == ""


def test_a_clock_that_jumps_between_two_batches(tmp_path, monkeypatch, caplog):
    job = {"seed": 6, "n": 24, "folder": str(tmp_path)}
    extract(cache=False, **job)
    expected = np.load(tmp_path / "features.npy")
    real, calls = time.time, []

    def jumping():
        calls.append(1)
        return real() + (-1) ** len(calls) * YEAR

    monkeypatch.setattr(time, "time", jumping)
    for _ in range(2):
        extract(**job)
        assert np.allclose(np.load(tmp_path / "features.npy"), expected, rtol=1e-4, atol=1e-4)
    assert len(list(cache_dir().rglob("*.npz"))) == 9
    assert caplog.text == ""


def test_a_fit_ten_years_ago(nursery, tmp_path):
    pets = hostile.two_classes(tmp_path / "pets", 6)
    args = ["fit", str(pets), "--out", str(tmp_path / "run"), "--image-size", "32", "--json"]
    outcome = nursery.run("command", args=args, cwd=tmp_path, clock=WRONG["ten years ago"])
    assert (outcome.status, outcome.err) == (0, "")
    assert 0 <= json.loads(outcome.out)["seconds"] < 100


def test_a_fit_in_1970_says_what_is_wrong(nursery, tmp_path):
    pets = hostile.two_classes(tmp_path / "pets", 6)
    args = ["fit", str(pets), "--out", str(tmp_path / "run"), "--image-size", "32"]
    outcome = nursery.run("command", args=args, cwd=tmp_path, clock=WRONG["1970"])
    assert outcome.status == 1
    assert outcome.out == ""
    assert "clock of this machine says 1970" in outcome.err
    assert outcome.err.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pets"]


@pytest.mark.skipif(shutil.which("faketime") is None, reason="faketime is not installed")
def test_the_whole_command_with_faketime(tmp_path):
    import subprocess
    import sys

    program = ["faketime", "2001-01-01 00:00:00", sys.executable, "-m", "tlcourse.cli"]
    pets = hostile.two_classes(tmp_path / "pets", 6)
    args = ["data", "check", str(pets), "--no-probe", "--json"]
    done = subprocess.run([*program, *args], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
