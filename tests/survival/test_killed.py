"""Killed without warning at any moment, the course loses time and never gives wrong numbers."""

import hashlib
import os
import random
import time

import numpy as np

from tests.survival.work import KEY, feature_of, rows_of
from tlcourse.feature_store import FeatureStore
from tlcourse.paths import cache_dir

KILLS = 25
WIDTH = 512


def shards():
    return list(cache_dir().rglob("*.npz"))


def parts():
    return list(cache_dir().rglob("*.part"))


def assert_whole(paths):
    for path in paths:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem, path


def test_a_cache_write_is_whole_or_absent_at_25_kills(nursery, tmp_path, thorough, caplog):
    moments = random.Random(0)
    left = 0
    for kill in range(KILLS * (8 if thorough else 1)):
        child = nursery.start(
            "write_shards", seed=kill, n=100, width=WIDTH, times=10_000, folder=tmp_path
        )
        child.wait_for((tmp_path / "begun").exists)
        time.sleep(moments.uniform(0, 0.03))
        child.kill()
        assert child.finish().status == -9
        (tmp_path / "begun").unlink()
        left += len(parts())
        for path in parts():
            os.utime(path, (0, 0))  # as if an hour had gone by
    assert_whole(shards())
    assert left, "no kill came in the middle of a write: the moments prove nothing"
    found = FeatureStore(KEY).read()
    assert found
    assert all(np.array_equal(feature, feature_of(name, WIDTH)) for name, feature in found.items())
    FeatureStore(KEY).write(rows_of(999_999, 3, WIDTH))
    assert parts() == [], "the next write clears away what the killed ones left"
    assert len(FeatureStore(KEY).read()) == len(found) + 3
    assert caplog.text == "", "nothing was taken for damaged"


def test_an_extraction_goes_on_after_many_kills(nursery, tmp_path, thorough):
    kills = KILLS if thorough else 8
    options = {"seed": 0, "n": 96, "folder": tmp_path}
    whole = nursery.run("extract", env={"TLCOURSE_CACHE": str(tmp_path / "other")}, **options)
    seconds, expected = float(whole.out), np.load(tmp_path / "features.npy")
    moments, n_killed, kept = random.Random(1), 0, set()
    for _ in range(kills):
        for path in shards()[::2]:  # so that there is always something left to compute
            path.unlink()
        (tmp_path / "begun").unlink()
        child = nursery.start("extract", **options)
        child.wait_for((tmp_path / "begun").exists)
        time.sleep(moments.uniform(0, seconds))
        child.kill()
        n_killed += child.finish().status == -9
        assert_whole(shards())
        kept.add(len(shards()))
    assert n_killed >= kills // 2
    assert len(kept) > 2, "all kills came at the same moment"
    outcome = nursery.run("extract", **options)
    assert (outcome.status, outcome.err) == (0, "")
    assert np.allclose(np.load(tmp_path / "features.npy"), expected, rtol=1e-4, atol=1e-4)
