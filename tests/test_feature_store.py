"""The cache gives back exactly what was put in, or nothing."""

import hashlib
import json
import os
import threading

import numpy as np
import pytest

from tlcourse.feature_store import FeatureStore, cache_size
from tlcourse.files import write_whole
from tlcourse.paths import cache_dir

KEY = {"backbone": "vgg16", "cut": "block5_pool", "image_size": 96}


def rows(n=5, seed=0, width=8):
    rng = np.random.default_rng(seed)
    names = [hashlib.sha256(bytes([seed, i])).hexdigest() for i in range(n)]
    return {name: rng.standard_normal(width).astype(np.float32) for name in names}


def same(first, second):
    return first.keys() == second.keys() and all(np.array_equal(first[k], second[k]) for k in first)


@pytest.fixture
def store():
    return FeatureStore(KEY)


@pytest.fixture
def shard(store):
    store.write(rows())
    (path,) = store.folder.glob("*.npz")
    return path


def test_what_goes_in_comes_out(store):
    assert store.read() == {}
    store.write(rows(seed=1))
    store.write(rows(seed=2))
    assert same(store.read(), rows(seed=1) | rows(seed=2))
    assert json.loads((store.folder / "key.json").read_text()) == KEY
    assert cache_size()[0] == 2
    assert cache_size()[1] > 0


def test_a_key_that_differs_in_anything_is_another_store(store):
    store.write(rows())
    for change in ({"cut": "block4_pool"}, {"image_size": 97}, {"decoding": "v2"}):
        assert FeatureStore(KEY | change).read() == {}
    assert FeatureStore(dict(reversed(KEY.items()))).id == store.id


def test_every_flipped_byte_is_noticed(store, shard, caplog):
    whole = shard.read_bytes()
    positions = np.linspace(0, len(whole) - 1, 120).astype(int)
    for at in positions:
        damaged = bytearray(whole)
        damaged[at] ^= 1
        shard.write_bytes(damaged)
        assert store.read() == {}, f"byte {at}"
        assert not shard.exists(), "a damaged file is dropped, so that it is computed again"
    assert len(caplog.records) == len(positions)
    assert "damaged" in caplog.text
    store.write(rows())
    assert same(store.read(), rows())


@pytest.mark.parametrize("length", [0, 1, 100, -1])
def test_cut_and_grown_files_are_noticed(store, shard, length):
    whole = shard.read_bytes()
    shard.write_bytes(whole + b"x" if length < 0 else whole[:length])
    assert store.read() == {}


def test_a_file_under_the_name_of_another_is_refused(store, shard):
    shard.rename(shard.with_name("0" * 64 + ".npz"))
    assert store.read() == {}


def test_pickles_are_never_opened(store):
    store.folder.mkdir(parents=True)
    path = store.folder / "x.npz"
    np.savez(path, hashes=np.array([{"a": 1}], object), features=np.ones((1, 2)))
    target = path.with_name(hashlib.sha256(path.read_bytes()).hexdigest() + ".npz")
    path.rename(target)
    assert store.read() == {}
    assert not target.exists()


def test_one_damaged_shard_does_not_cost_the_others(store, shard):
    store.write(rows(seed=3))
    shard.write_bytes(b"x")
    assert same(store.read(), rows(seed=3))


def test_an_interrupted_write_leaves_nothing(store, monkeypatch):
    store.write(rows(seed=1))

    def interrupted(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.write(rows(seed=2))
    monkeypatch.undo()
    assert list(cache_dir().rglob("*.part")) == []
    assert same(store.read(), rows(seed=1))


def test_what_a_killed_process_left_is_ignored_and_later_removed(store, shard):
    old, young = store.folder / "a.part", store.folder / "b.part"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert same(store.read(), rows())
    store.write(rows(seed=2))
    assert not old.exists()
    assert young.exists(), "somebody may be writing it"


def test_a_full_disk_is_a_warning(store, monkeypatch, caplog):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    store.write(rows())
    assert "No space left" in caplog.text
    assert "TLCOURSE_CACHE" in caplog.text
    assert list(cache_dir().rglob("*.part")) == []


def test_a_cache_in_the_way(tmp_path, monkeypatch, caplog):
    (tmp_path / "cache").write_text("a file")
    monkeypatch.setenv("TLCOURSE_CACHE", str(tmp_path / "cache"))
    store = FeatureStore(KEY)
    assert store.read() == {}
    store.write(rows())
    assert "could not be cached" in caplog.text
    assert cache_size() == (0, 0)


def test_two_writers_at_once(store):
    def work(seed):
        for i in range(5):
            FeatureStore(KEY).write(rows(seed=seed * 10 + i % 2))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.read()) == 4 * 2 * 5
    assert list(cache_dir().rglob("*.part")) == []


def test_write_whole_keeps_the_old_file_on_failure(tmp_path, monkeypatch):
    write_whole(tmp_path / "a", b"old")
    monkeypatch.setattr(os, "replace", lambda *a: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        write_whole(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
