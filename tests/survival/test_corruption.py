"""A cache file with one wrong byte, at any of 1,000 places, is noticed; nobody gets its numbers."""

import random

import numpy as np
import pytest

from tests.survival.work import KEY, extract, feature_of, rows_of
from tlcourse.feature_store import FeatureStore
from tlcourse.paths import cache_dir

PLACES = 1000
WIDTH = 256


@pytest.fixture
def store():
    store = FeatureStore(KEY)
    store.write(rows_of(1, 20, WIDTH))
    return store


@pytest.fixture
def shard(store):
    (path,) = store.folder.glob("*.npz")
    return path


def test_a_wrong_byte_at_1000_random_places(store, shard, caplog):
    whole, chance = shard.read_bytes(), random.Random(0)
    other = rows_of(2, 3, WIDTH)
    store.write(other)
    for place in chance.sample(range(len(whole)), PLACES):
        damaged = bytearray(whole)
        damaged[place] ^= chance.randrange(1, 256)
        shard.write_bytes(damaged)
        found = store.read()
        assert found.keys() == other.keys(), f"byte {place}"
        assert not shard.exists()
    assert caplog.text.count("wrong checksum") == PLACES


@pytest.mark.parametrize("kind", ["cut", "grown", "exchanged", "zeros", "of another shard"])
def test_other_damage_at_100_random_places(store, shard, kind):
    whole, chance = shard.read_bytes(), random.Random(kind)
    foreign = b"\x93NUMPY" + bytes(4096)
    for _ in range(100):
        at = chance.randrange(1, len(whole) - 64)
        damaged = {
            "cut": whole[:at],
            "grown": whole[:at] + bytes([chance.randrange(256)]) + whole[at:],
            "exchanged": whole[at:] + whole[:at],
            "zeros": whole[:at] + bytes(32) + whole[at + 32 :],
            "of another shard": whole[:at] + foreign,
        }[kind]
        shard.write_bytes(damaged)
        found = store.read()
        assert found == {} or damaged == whole, f"byte {at}"


def test_what_the_note_beside_the_shards_says_does_not_matter(store):
    (store.folder / "key.json").write_bytes(b"\xff{")
    found = store.read()
    assert len(found) == 20
    assert all(np.array_equal(feature, feature_of(name, WIDTH)) for name, feature in found.items())


def test_files_that_nobody_understands(store):
    for name in (".npz", "x.npz", "ö.npz", f"{'0' * 64}.npz"):
        (store.folder / name).write_bytes(b"PK\x03\x04")
    (store.folder / "folder.npz").mkdir()
    assert len(store.read()) == 20


def test_an_extraction_from_a_damaged_cache(tmp_path, caplog, thorough):
    options = {"seed": 2, "n": 24, "folder": str(tmp_path)}
    extract(**options)
    expected = np.load(tmp_path / "features.npy")
    chance = random.Random(3)
    for _ in range(25 if thorough else 5):
        shard = chance.choice(sorted(cache_dir().rglob("*.npz")))
        damaged = bytearray(shard.read_bytes())
        damaged[chance.randrange(len(damaged))] ^= chance.randrange(1, 256)
        shard.write_bytes(damaged)
        caplog.clear()
        extract(**options)
        assert "damaged" in caplog.text
        assert np.allclose(np.load(tmp_path / "features.npy"), expected, rtol=1e-4, atol=1e-4)
