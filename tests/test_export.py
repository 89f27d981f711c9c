"""The exported model: raw pixels in, the measured probabilities out, no code inside."""

import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.datasets import hostile
from tlcourse.backbones import backbone
from tlcourse.errors import CourseError, DataError
from tlcourse.export import check_pixels, end_to_end, load_model
from tlcourse.features import extract
from tlcourse.heads import fit_head


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (24, 32, 32, 3), dtype=np.uint8)
    images[::2, ..., 0] //= 4
    images[1::2, ..., 2] //= 4
    return images


@pytest.fixture(scope="module")
def head(vgg, pictures):
    return fit_head(extract(vgg, pictures, cache=False), np.arange(24) % 2)


@pytest.fixture(scope="module")
def model(vgg, head):
    return end_to_end(vgg, head)


@pytest.fixture
def saved(model, tmp_path):
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def test_it_says_what_was_measured(vgg, head, model, pictures):
    wanted = head.predict_proba(extract(vgg, pictures, cache=False))
    found = model.predict(pictures.astype(np.float32), verbose=0)
    assert np.abs(found - wanted).max() < 1e-3
    assert found.sum(axis=1) == pytest.approx(np.ones(24), abs=1e-5)


def test_it_survives_the_disk_and_carries_no_code(saved, model, pictures):
    again = load_model(saved)
    assert np.allclose(again.predict(pictures, verbose=0), model.predict(pictures, verbose=0))
    with zipfile.ZipFile(saved) as archive:
        config = archive.read("config.json").decode()
    kinds = {layer["class_name"] for layer in json.loads(config)["config"]["layers"]}
    assert "Lambda" not in config
    assert {"InputLayer", "Resizing", "Rescaling", "Functional", "Normalization"} <= kinds


def test_any_size_is_scaled_to_cover_the_square(model, head, vgg):
    """The layer in the model and the loader of files cut the same square."""
    image = hostile.noise(3, (90, 60)).resize((300, 200), Image.Resampling.BICUBIC)
    inside = model.predict(np.asarray(image, np.float32)[None], verbose=0)
    from tlcourse.datasets.images import decode_image

    square = decode_image(hostile.encoded(image), "x", 32)[None]
    outside = head.predict_proba(extract(vgg, square, cache=False))
    assert np.abs(inside - outside).max() < 0.05


def test_one_cut_is_enough(vgg, pictures):
    middle = extract(vgg, pictures, cache=False)[:, 256:768]
    head = fit_head(middle, np.arange(24) % 2)
    model = end_to_end(vgg, head, at="block4_pool")
    found = model.predict(pictures, verbose=0)
    assert np.abs(found - head.predict_proba(middle)).max() < 1e-3


def test_half_precision_is_exported_in_full(head, pictures, vgg):
    half = backbone(image_size=32, precision="bfloat16", weights="embedded")
    model = end_to_end(half, head)
    wanted = end_to_end(vgg, head).predict(pictures, verbose=0)
    assert np.allclose(model.predict(pictures, verbose=0), wanted, atol=1e-5)


def test_a_wrong_contract_is_refused(head):
    wrong = backbone(image_size=32, weights="random", preprocessing="divide_255")
    with pytest.raises(CourseError, match="preprocessing='divide_255'"):
        end_to_end(wrong, head)


def test_the_small_backbone_brings_its_own_contract(pictures):
    small = backbone("minivgg", image_size=32, precision="bfloat16")
    exact = backbone("minivgg", image_size=32, precision="float32")
    features = extract(exact, pictures, cache=False)
    head = fit_head(features, np.arange(24) % 2)
    model = end_to_end(small, head)
    found = model.predict(pictures.astype(np.float32), verbose=0)
    assert np.abs(found - head.predict_proba(features)).max() < 1e-3
    wrong = backbone("minivgg", image_size=32, preprocessing="vgg16")
    with pytest.raises(CourseError, match="preprocessing='minus_one_to_one'"):
        end_to_end(wrong, head)


class TestLoading:
    def test_a_missing_file(self, tmp_path):
        with pytest.raises(DataError, match="There is no model"):
            load_model(tmp_path / "no.keras")

    @pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
    def test_a_cut_file(self, saved, share):
        saved.write_bytes(saved.read_bytes()[: int(saved.stat().st_size * share)])
        with pytest.raises(DataError, match="cannot be loaded"):
            load_model(saved)

    def test_a_file_of_another_kind(self, tmp_path):
        hostile.write(tmp_path, "model.keras", hostile.encoded(hostile.noise()))
        with pytest.raises(DataError, match="cannot be loaded"):
            load_model(tmp_path / "model.keras")

    def test_a_lambda_is_refused(self, tmp_path):
        import keras

        inputs = keras.Input((4,))
        keras.Model(inputs, keras.layers.Lambda(lambda x: x * 2)(inputs)).save(
            tmp_path / "model.keras"
        )
        with pytest.raises(DataError, match="carries code"):
            load_model(tmp_path / "model.keras")

    def test_a_function_from_elsewhere_is_not_called(self, saved, tmp_path):
        """A config that names os.system must not reach it."""
        with zipfile.ZipFile(saved) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        config = json.loads(files["config.json"])
        layer = next(x for x in config["config"]["layers"] if x["class_name"] == "Rescaling")
        layer.update(module="os", class_name="system", config={"command": f"touch {tmp_path}/hit"})
        files["config.json"] = json.dumps(config).encode()
        with zipfile.ZipFile(saved, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        with pytest.raises(DataError):
            load_model(saved)
        assert not (tmp_path / "hit").exists()


class TestPixels:
    def test_good_ones_pass(self, pictures):
        assert check_pixels(pictures).dtype == np.float32
        assert check_pixels(np.zeros((1, 4, 4, 3))).shape == (1, 4, 4, 3)

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            (np.zeros((4, 4, 3)), r"picture\[None\]"),
            (np.zeros((1, 4, 4, 1)), "expected"),
            (np.full((1, 4, 4, 3), -5.0), "from 0 to 255"),
            (np.full((1, 4, 4, 3), 300), "from 0 to 255"),
            (np.full((1, 4, 4, 3), np.nan), "from 0 to 255"),
            (np.full((1, 4, 4, 3), 0.5), "divided by 255"),
        ],
    )
    def test_others_are_explained(self, wrong, words):
        with pytest.raises(DataError, match=words):
            check_pixels(wrong)
