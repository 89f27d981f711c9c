import shutil

import numpy as np
import pytest

from tests.conftest import SHARED
from tlcourse import weights
from tlcourse.backbones import backbone
from tlcourse.errors import WeightsError
from tlcourse.paths import data_dir

EMBEDDED = data_dir() / "weights" / weights.EMBEDDED_NAME


@pytest.fixture
def copy(tmp_path):
    return shutil.copyfile(EMBEDDED, tmp_path / "copy.weights.h5")


def test_order_explicit_environment_official_embedded(copy, monkeypatch, tmp_path):
    assert weights.find().origin == "embedded"
    official = weights.official_path()
    official.parent.mkdir(parents=True)
    official.write_bytes(b"stand-in")
    assert weights.find().origin == "embedded", "a wrong checksum must not be used"
    monkeypatch.setattr(weights, "OFFICIAL_MD5", "63f5a7bb32e75e1b2f1bf4f0e4f93ceb")
    monkeypatch.setattr(weights, "md5_file", lambda path: weights.OFFICIAL_MD5)
    assert weights.find().origin == "official"
    monkeypatch.setenv("TLCOURSE_WEIGHTS", str(copy))
    assert weights.find().origin == "environment"
    assert weights.find(copy).origin == "explicit"
    for found in (weights.find(), weights.find(copy), weights.find("random")):
        assert "weights" in found.describe()


def test_spot_values_of_the_official_network(vgg):
    """Published values, as near as float16 allows."""
    kernel = {layer.name: layer for layer in vgg.model.layers}
    spots = [
        (kernel["block1_conv1"].kernel[0, 0, 0, 0], 0.42947057),
        (kernel["block1_conv1"].bias[25], 0.7446502),
        (kernel["block1_conv2"].kernel[2, 2, 63, 63], 0.016082443),
        (kernel["block5_conv1"].kernel[1, 0, 63, 269], -0.011236359),
        (kernel["block5_conv2"].bias[510], 0.23517226),
        (kernel["block5_conv3"].kernel[0, 2, 0, 400], -0.008714244),
    ]
    for value, expected in spots:
        assert float(value) == pytest.approx(expected, rel=2**-11, abs=1e-7)


def test_float16_rounding_is_harmless(vgg, rng):
    source = SHARED / "weights" / "vgg16_imagenet_notop.weights.h5"
    if not source.exists():
        pytest.skip(f"the float32 weights are not here: {source}")
    full = backbone(image_size=32, precision="float32", weights=source)
    pictures = rng.integers(0, 256, (16, 32, 32, 3)).astype(np.uint8)
    half, exact = vgg.pooled(pictures), full.pooled(pictures)
    for cut in exact:
        error = np.linalg.norm(half[cut] - exact[cut]) / np.linalg.norm(exact[cut])
        assert error < 2e-3, cut


def test_the_embedded_file_is_what_the_script_builds(tmp_path):
    source = SHARED / "weights" / "vgg16_imagenet_notop.weights.h5"
    if not source.exists():
        pytest.skip(f"the float32 weights are not here: {source}")
    from tools.build_weights import write_float16

    write_float16(source, tmp_path / "again.h5")
    assert weights.sha256_file(tmp_path / "again.h5") == weights.EMBEDDED_SHA256


def test_a_missing_file_names_the_setting(monkeypatch):
    with pytest.raises(WeightsError, match="does not exist"):
        weights.find("nowhere.h5")
    monkeypatch.setenv("TLCOURSE_WEIGHTS", "nowhere.h5")
    with pytest.raises(WeightsError, match="TLCOURSE_WEIGHTS"):
        weights.find()
    with pytest.raises(WeightsError, match="doctor --official"):
        weights.find("official")


def test_a_damaged_embedded_file_is_refused(copy, monkeypatch, tmp_path):
    (tmp_path / "weights").mkdir()
    damaged = tmp_path / "weights" / weights.EMBEDDED_NAME
    data = bytearray(EMBEDDED.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    monkeypatch.setattr(weights, "data_dir", lambda: tmp_path)
    with pytest.raises(WeightsError, match="is damaged"):
        weights.find()
    damaged.unlink()
    with pytest.raises(WeightsError, match="is missing"):
        weights.find()


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "text.weights.h5"
    path.write_text("not weights")
    with pytest.raises(WeightsError, match="cannot be read into VGG16"):
        backbone(image_size=32, weights=path, precision="float32")
