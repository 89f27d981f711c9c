"""Loading by name."""

import pytest

from tlcourse.datasets import load, registry
from tlcourse.datasets.load import _LOADERS
from tlcourse.errors import DataError


def test_every_set_of_items_can_be_loaded_by_the_name_on_its_card():
    vectors = {"glove", "glove_full", "french"}
    assert set(registry.names()) - vectors == set(_LOADERS)
    assert registry.card("photos").name in _LOADERS


@pytest.mark.parametrize(
    ("name", "options", "n"),
    [
        ("photos", {"per_half": 2, "photos": ["cat", "moon"]}, 8),
        ("photo_patches", {"per_half": 2, "photos": ["cat", "moon"]}, 8),
        ("digits", {"size": 8}, 1797),
        ("sentiment", {"domain": "films", "neutral_band": 3.0}, None),
        ("spoken_digits", {"part": "source"}, 512),
    ],
)
def test_embedded_sets_load_by_name(name, options, n):
    data = load(name, **options)
    assert len(data) == (n or len(data)) > 0
    assert len(data.card.classes) > 1


def test_downloads_say_what_to_do_without_network(monkeypatch, tmp_path):
    monkeypatch.setenv("TLCOURSE_MIRROR", str(tmp_path))
    for name in ("flowers", "cats_vs_dogs", "fsdd"):
        with pytest.raises(DataError, match=name):
            load(name, progress=False)


def test_wrong_names_and_options_are_explained(tmp_path):
    with pytest.raises(DataError, match="Did you mean 'sentiment'"):
        load("sentimant")
    with pytest.raises(DataError, match="word vectors"):
        load("glove")
    with pytest.raises(DataError, match="'takess' is not an option of 'fsdd'"):
        load("fsdd", takess=[1])
    with pytest.raises(DataError, match="'path' is not an option of 'fsdd'"):
        load("fsdd", path=tmp_path)
    with pytest.raises(DataError, match="neither a data set's name nor a path"):
        load(3)
    with pytest.raises(DataError, match="does not exist"):
        load(tmp_path / "none")
