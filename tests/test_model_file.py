"""Model files are looked into before they are loaded: only layers and numbers get through."""

import json
import zipfile

import pytest

from tlcourse.errors import DataError
from tlcourse.export import load_model
from tlcourse.model_file import refuse_code


@pytest.fixture(scope="module")
def keras():
    import keras

    return keras


@pytest.fixture
def saved(keras, tmp_path):
    """A model with one of everything that lessons use, compiled."""
    layers = keras.layers
    inputs = keras.Input((32, 32, 3))
    x = layers.Rescaling(1 / 255)(keras.ops.flip(inputs, axis=-1))
    x = layers.RandomFlip("horizontal")(x)
    inner = keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(4, 3), layers.ReLU()])
    x = layers.Dropout(0.1)(layers.BatchNormalization()(inner(x)))
    x = layers.Dense(2, activation="softmax", kernel_regularizer="l2")(layers.Flatten()(x))
    model = keras.Model(inputs, x)
    model.compile(keras.optimizers.Adam(), "categorical_crossentropy", metrics=["accuracy"])
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def edited(path, change):
    """Write the file again with another configuration."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(files["config.json"])
    change(config["config"]["layers"][1], config)
    files["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_ordinary_models_get_through(saved):
    refuse_code(saved)
    assert load_model(saved).output_shape == (None, 2)


def test_a_model_with_a_layer_of_the_course(keras, tmp_path):
    from tlcourse.adaptation.reversal import GradientReversal

    layer = GradientReversal()
    inputs = keras.Input((4,))
    keras.Model(inputs, layer(inputs)).save(tmp_path / "model.keras")
    refuse_code(tmp_path / "model.keras")


PARTS = {
    "a Lambda layer": {"class_name": "Lambda", "module": "keras.layers"},
    "a bare lambda": {"class_name": "__lambda__", "config": {"value": "aGk="}},
    "a function": {"class_name": "function", "module": "os", "config": "system"},
    "a function of Keras": {
        "class_name": "function",
        "module": "keras.config",
        "config": "enable_unsafe_deserialization",
    },
    "a class from elsewhere": {"class_name": "Popen", "module": "subprocess", "config": {}},
    "a helper of Keras": {"class_name": "get_file", "module": "keras.utils", "config": {}},
    "a name that only begins well": {"class_name": "x", "module": "keras.layers.os", "config": {}},
    "no module": {"class_name": "system", "module": None, "config": {}},
    "a name that is a list": {"class_name": ["Dense"], "module": "keras.layers", "config": {}},
    "a module that is a list": {"class_name": "x", "module": ["keras"], "config": {}},
    "a vocabulary file": {"class_name": "StringLookup", "module": "keras.layers", "config": {}},
    "a foreign program": {"class_name": "TFSMLayer", "module": "keras.layers", "config": {}},
}


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("deep", [False, True])
def test_what_is_more_than_layers_is_refused(saved, name, deep):
    def change(layer, config):
        if deep:
            layer["config"]["extra"] = [{"further": [[PARTS[name]]]}]
        else:
            layer.update(PARTS[name])

    with pytest.raises(DataError, match=r"carries code .* was refused: loading it could run"):
        load_model(edited(saved, change))


def test_a_real_lambda_never_runs(keras, tmp_path):
    inputs = keras.Input((4,))
    target = str(tmp_path / "hit")
    layer = keras.layers.Lambda(lambda x: (open(target, "w").close(), x)[1])
    model = keras.Model(inputs, layer(inputs))
    (tmp_path / "hit").unlink()
    model.save(tmp_path / "model.keras")
    with pytest.raises(DataError, match="carries code \\(a Lambda layer\\)"):
        load_model(tmp_path / "model.keras")
    assert not (tmp_path / "hit").exists()


@pytest.mark.parametrize("name", ["model.h5", "model.hdf5", "model.pb", "model", "model.keras.h5"])
def test_files_of_another_kind_are_not_opened(saved, name):
    """Old HDF5 models hold their Lambda layers as byte code, which some versions run."""
    other = saved.rename(saved.with_name(name))
    with pytest.raises(DataError, match=r"only files that end in \.keras"):
        load_model(other)


def test_a_description_that_is_too_large_to_check(saved, monkeypatch):
    monkeypatch.setattr("tlcourse.model_file._LARGEST_CONFIG", 10)
    with pytest.raises(DataError, match="its description alone takes"):
        load_model(saved)
