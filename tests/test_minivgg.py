"""The small backbone: BatchNorm, the same block names as VGG16, weights of its own."""

import shutil
from functools import partial

import numpy as np
import pytest

from tlcourse import weights
from tlcourse.adaptation import adabn
from tlcourse.audit import compare, snapshot
from tlcourse.backbones import POOLS, backbone
from tlcourse.datasets import load
from tlcourse.errors import CourseError, WeightsError
from tlcourse.evaluation import compare as compare_folds
from tlcourse.evaluation import cross_validate
from tlcourse.features import extract
from tlcourse.heads import fit_head
from tlcourse.paths import data_dir

FILE = data_dir() / "weights" / weights.MINIVGG_NAME


@pytest.fixture(scope="module")
def minivgg():
    return backbone("minivgg", precision="float32")


def pictures(rng, n=5, size=64):
    return rng.integers(0, 256, (n, size, size, 3)).astype(np.uint8)


def test_it_is_small_and_named_like_vgg16(minivgg, vgg):
    names = [layer.name for layer in minivgg.model.layers]
    assert [name for name in names if name in POOLS] == list(POOLS)
    assert {"block1_conv1", "block1_bn1", "block5_conv2", "block5_bn2"} <= set(names)
    assert minivgg.model.count_params() < 500_000
    assert FILE.stat().st_size < 2_000_000
    assert not minivgg.model.trainable_weights
    assert minivgg.architecture.has_batch_norm
    assert not vgg.architecture.has_batch_norm
    assert not any("bn" in layer.name for layer in vgg.model.layers)


@pytest.mark.parametrize("size", [32, 48, 64, 96])
def test_pooled_features_equal_plain_keras(rng, size):
    import keras

    network = backbone("minivgg", image_size=size, precision="float32")
    x = pictures(rng, 7, size)
    model = keras.Model(network.model.input, [network.model.get_layer(p).output for p in POOLS])
    expected = model.predict(x.astype(np.float32) / 127.5 - 1, verbose=0)
    found = network.pooled(x, at=POOLS, batch_size=3)
    for cut, maps in zip(POOLS, expected, strict=True):
        np.testing.assert_allclose(found[cut], maps.mean((1, 2)), rtol=1e-4, atol=1e-5)


def test_bfloat16_features_point_the_same_way(minivgg, emoji):
    half = backbone("minivgg", precision="bfloat16")
    f, g = (extract(n, emoji.images[:100], cache=False, at="block5_pool") for n in (minivgg, half))
    cosine = (f * g).sum(1) / (np.linalg.norm(f, axis=1) * np.linalg.norm(g, axis=1))
    assert cosine.min() > 0.999


def test_its_own_contract_is_the_default(minivgg, vgg, rng):
    x = pictures(rng)
    assert minivgg.preprocess(x).min() >= -1
    assert minivgg.preprocess(x).max() <= 1
    assert (minivgg.preprocessing, vgg.preprocessing) == ("minus_one_to_one", "vgg16")
    assert backbone("minivgg", weights="random", preprocessing="vgg16").preprocessing == "vgg16"


def test_the_embedded_file_is_verified_and_belongs_to_it_alone(monkeypatch, tmp_path):
    assert weights.sha256_file(FILE) == weights.MINIVGG_SHA256
    monkeypatch.setenv("TLCOURSE_WEIGHTS", "nowhere.h5")  # names weights of VGG16
    network = backbone("minivgg", weights=None)
    assert network.weights.origin == "embedded"
    assert "MiniVGG weights" in network.describe()
    (tmp_path / "weights").mkdir()
    damaged = shutil.copyfile(FILE, tmp_path / "weights" / FILE.name)
    damaged.write_bytes(damaged.read_bytes()[:-1])
    monkeypatch.setattr(weights, "data_dir", lambda: tmp_path)
    with pytest.raises(WeightsError, match="is damaged"):
        backbone("minivgg")


def test_weights_of_another_network_are_refused():
    vgg_file = data_dir() / "weights" / weights.EMBEDDED_NAME
    with pytest.raises(WeightsError, match="cannot be read into MiniVGG"):
        backbone("minivgg", weights=vgg_file)
    with pytest.raises(WeightsError, match="cannot be read into VGG16"):
        backbone("vgg16", image_size=32, weights=FILE)
    with pytest.raises(WeightsError, match="no official weights of MiniVGG"):
        backbone("minivgg", weights="official")


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(CourseError, match="'vgg16', 'minivgg'"):
        backbone("resnet50")


def test_the_fingerprint_follows_the_statistics():
    network = backbone("minivgg", weights="random", seed=1)
    assert backbone("minivgg", weights="random", seed=1).fingerprint() == network.fingerprint()
    before = network.fingerprint()
    layer = network.model.get_layer("block2_bn1")
    layer.moving_mean.assign(layer.moving_mean + 1.0)
    assert network.fingerprint() != before


def test_a_frozen_network_keeps_its_statistics_whatever_training_says(minivgg, rng):
    """`trainable = False` means inference mode."""
    x = minivgg.preprocess(pictures(rng, 8))
    before = snapshot(minivgg.model)
    np.testing.assert_array_equal(minivgg.model(x, training=True), minivgg.model(x))
    report = compare(before, minivgg.model)
    report.assert_frozen()
    report.assert_statistics(moved=False)


def test_one_cut_alone_equals_the_same_cut_among_others(minivgg, rng):
    x = pictures(rng, 6)
    alone = minivgg.pooled(x, at=["block4_pool"])["block4_pool"]
    assert alone.shape == (6, 96)
    np.testing.assert_allclose(alone, minivgg.pooled(x)["block4_pool"], rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_what_it_learned_helps_on_pictures_it_never_saw(minivgg):
    """Against the better of two untrained rivals, on the same folds, heads of one strength."""
    emoji = load("emoji", style="all")
    fresh = backbone("minivgg", weights="random", precision="float32")
    rivals = [minivgg, fresh, adabn(fresh, emoji.images[::10])]
    options = {"groups": emoji.groups, "repeats": 2, "fit": partial(fit_head, strengths=[0.1])}
    found = [
        cross_validate(extract(n, emoji, cache=False), emoji.labels, **options) for n in rivals
    ]
    for rival in found[1:]:
        assert compare_folds(found[0], rival).low > 0
