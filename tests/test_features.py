"""Features: the same numbers whether cached, batched or shuffled, and never of another picture."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from tests.datasets import hostile
from tlcourse.backbones import CUTS
from tlcourse.datasets.folder import load_folder
from tlcourse.errors import CourseError
from tlcourse.features import extract, feature_key
from tlcourse.paths import cache_dir


@pytest.fixture
def pets(tmp_path):
    return load_folder(hostile.two_classes(tmp_path / "pets", 6), image_size=32)


@pytest.fixture
def counting(vgg, monkeypatch):
    """Count the pictures that really go through the network."""
    seen = []
    pooled = vgg.pooled

    def counted(images, **options):
        seen.append(len(images))
        return pooled(images, **options)

    monkeypatch.setattr(vgg, "pooled", counted, raising=False)
    return seen


def test_shape_type_and_agreement_with_the_plain_model(vgg, pets):
    import keras

    features = extract(vgg, pets)
    assert features.shape == (12, 256 + 512 + 512)
    assert features.dtype == np.float32
    outputs = [vgg.model.get_layer(cut).output for cut in CUTS]
    pixels = vgg.preprocess(pets.images[:])
    plain = keras.Model(vgg.model.input, outputs).predict(pixels, verbose=0)
    wanted = np.concatenate([maps.mean(axis=(1, 2)) for maps in plain], axis=1)
    assert np.allclose(features, wanted, rtol=1e-4, atol=1e-3)


def test_a_known_picture_is_never_computed_again(vgg, pets, counting):
    first = extract(vgg, pets)
    assert sum(counting) == 12
    again = extract(vgg, pets)
    assert sum(counting) == 12
    assert np.array_equal(first, again)
    assert np.array_equal(extract(vgg, pets, at="block4_pool"), first[:, 256:768])
    assert sum(counting) == 12, "one cut alone comes from the cache too"


@pytest.mark.parametrize("cut", CUTS)
def test_one_cut_alone_can_be_computed(vgg, pets, cut):
    widths = dict(zip(CUTS, (slice(0, 256), slice(256, 768), slice(768, 1280)), strict=True))
    alone = extract(vgg, pets, at=cut, cache=False)
    together = extract(vgg, pets, cache=False)[:, widths[cut]]
    assert np.allclose(alone, together, rtol=1e-3, atol=1e-2)


def test_order_labels_and_file_names_do_not_matter(vgg, pets, counting, tmp_path):
    features = extract(vgg, pets)
    order = np.random.default_rng(1).permutation(12)
    assert np.array_equal(extract(vgg, pets.subset(order)), features[order])
    renamed = tmp_path / "renamed"
    for i, path in enumerate(pets.images.paths):
        (renamed / f"class{i % 3}").mkdir(parents=True, exist_ok=True)
        shutil.copy(path, renamed / f"class{i % 3}" / f"{i}.jpg")
    moved = load_folder(renamed, image_size=32)
    rows = [pets.hashes.index(digest) for digest in moved.hashes]
    assert np.array_equal(extract(vgg, moved), features[rows])
    assert sum(counting) == 12


def test_batches_change_the_last_digits_only(vgg, pets):
    one = extract(vgg, pets, cache=False, batch_size=1)
    five = extract(vgg, pets, cache=False, batch_size=5)
    assert np.allclose(one, five, rtol=1e-4, atol=1e-3)
    assert not cache_dir().exists() or not list(cache_dir().rglob("*.npz"))


def test_copies_are_computed_once(vgg, pets, counting):
    doubled = pets.subset(np.r_[np.arange(12), np.arange(12)])
    features = extract(vgg, doubled)
    assert sum(counting) == 12
    assert np.array_equal(features[:12], features[12:])


def test_arrays_are_cached_by_their_pixels(vgg, counting, rng):
    images = rng.integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    first = extract(vgg, images)
    assert np.array_equal(extract(vgg, images[::-1]), first[::-1])
    assert sum(counting) == 4
    changed = images.copy()
    changed[0, 0, 0, 0] ^= 1
    extract(vgg, changed)
    assert sum(counting) == 5


def test_a_damaged_cache_gives_the_same_numbers(vgg, pets, counting, caplog):
    first = extract(vgg, pets)
    for shard in cache_dir().rglob("*.npz"):
        data = bytearray(shard.read_bytes())
        data[len(data) // 2] ^= 255
        shard.write_bytes(data)
    assert np.array_equal(extract(vgg, pets), first)
    assert sum(counting) == 24
    assert "damaged" in caplog.text
    assert np.array_equal(extract(vgg, pets), first)
    assert sum(counting) == 24, "and it is stored again"


def test_the_key_names_everything_that_can_change_a_feature(vgg):
    key = feature_key(vgg, "block5_pool")
    for other in (
        replace(vgg, image_size=64),
        replace(vgg, precision="bfloat16"),
        replace(vgg, preprocessing="divide_255"),
    ):
        assert feature_key(other, "block5_pool") != key
    assert feature_key(vgg, "block4_pool") != key
    layer = vgg.model.get_layer("block5_conv3")
    before = layer.get_weights()
    try:
        layer.set_weights([before[0], before[1] + 1e-3])
        assert feature_key(vgg, "block5_pool") != key, "trained weights are other weights"
    finally:
        layer.set_weights(before)
    assert feature_key(vgg, "block5_pool") == key


def test_interrupted_work_is_kept_in_whole_shards(vgg, pets, counting, monkeypatch):
    monkeypatch.setattr("tlcourse.features._ROWS_IN_A_SHARD", 4)

    def stop(done, total):
        if done >= 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract(vgg, pets, batch_size=4, progress=stop)
    extract(vgg, pets, batch_size=4)
    assert sum(counting) <= 8 + 8, "the first shard was not lost"
    assert sum(counting) < 24


def test_progress_and_nothing_to_do(vgg, pets):
    seen = []
    extract(vgg, pets, batch_size=5, progress=lambda *p: seen.append(p))
    assert seen == [(5, 12), (10, 12), (12, 12)]
    assert extract(vgg, pets.subset([])).shape == (0, 1280)


def test_unknown_cuts(vgg, pets):
    with pytest.raises(CourseError, match="Unknown cut point 'block6_pool'"):
        extract(vgg, pets, at="block6_pool")
