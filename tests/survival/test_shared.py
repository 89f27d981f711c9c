"""Up to eight notebooks at once on one cache: each gets the right numbers, and nothing is lost."""

import hashlib
import shutil

import numpy as np
import pytest

from tests.survival.work import KEY, feature_of
from tlcourse.feature_store import FeatureStore
from tlcourse.paths import cache_dir


def assert_clean():
    assert not list(cache_dir().rglob("*.part"))
    for path in cache_dir().rglob("*.npz"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem


@pytest.mark.parametrize("n", [2, 8])
def test_processes_that_read_and_write_one_store(nursery, n):
    job = {"n": 4, "width": 64, "times": 25}
    children = [nursery.start("read_and_write", seed=i, **job) for i in range(n)]
    outcomes = [child.finish() for child in children]
    # One warning would be one shard that somebody computes again for nothing.
    assert [(o.status, o.err) for o in outcomes] == [(0, "")] * n
    found = FeatureStore(KEY).read()
    assert len(found) == n * 4 * 25
    assert all(np.array_equal(feature, feature_of(name, 64)) for name, feature in found.items())
    assert_clean()


@pytest.mark.parametrize("n", [2, 8])
def test_processes_that_extract_the_same_pictures(nursery, tmp_path, n):
    folders = [tmp_path / str(i) for i in range(n + 1)]
    for folder in folders:
        folder.mkdir()
    children = [nursery.start("extract", seed=5, n=24, folder=f) for f in folders[:n]]
    outcomes = [child.finish() for child in children]
    assert [(o.status, o.err) for o in outcomes] == [(0, "")] * n
    nursery.run("extract", seed=5, n=24, folder=folders[n], cache=False)
    first, *others = (np.load(folder / "features.npy") for folder in folders)
    for other in others:
        assert np.allclose(first, other, rtol=1e-4, atol=1e-4)
    assert_clean()


def test_a_cache_that_is_deleted_while_it_is_used(nursery, tmp_path):
    child = nursery.start("read_and_write", seed=1, n=4, width=64, times=60)
    child.wait_for(lambda: list(cache_dir().rglob("*.npz")))
    for _ in range(20):
        shutil.rmtree(cache_dir(), ignore_errors=True)
    outcome = child.finish()
    assert outcome.status == 0, outcome.err
    assert "damaged" not in outcome.err
