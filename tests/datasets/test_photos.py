"""Photo patches: halves that share no pixel."""

import numpy as np
import pytest

from tlcourse.datasets import photos as module
from tlcourse.datasets.photos import (
    CARD,
    NAMES,
    PHOTOS,
    halves,
    load_photo_patches,
    read_photo,
)
from tlcourse.errors import DataError


@pytest.fixture(scope="module")
def data():
    return load_photo_patches()


def test_every_half_gives_equally_many_patches(data):
    assert len(data) == CARD.n_items == 13 * 2 * 24
    assert data.images.shape == (624, 96, 96, 3)
    assert data.images.dtype == np.uint8
    assert data.class_names == NAMES
    counts = np.unique(data.groups, return_counts=True)
    assert len(counts[0]) == 26
    assert set(counts[1].tolist()) == {24}


@pytest.mark.parametrize("size", [32, 96, 180])
def test_no_pixel_stands_on_both_sides(size):
    """Paint every patch into a map of its photograph: train and test never touch."""
    data = load_photo_patches(size=size, per_half=6)
    for name in NAMES:
        shape = read_photo(name)[0].shape[:2]
        painted = {"train": np.zeros(shape, bool), "test": np.zeros(shape, bool)}
        for key, part, patch in zip(data.ids, data.presplit, data.images, strict=True):
            photo, _, corner = key.split("/")
            if photo == name:
                y, x = map(int, corner.split("_"))
                painted[part][y : y + size, x : x + size] = True
                np.testing.assert_array_equal(
                    read_photo(name)[0][y : y + size, x : x + size], patch
                )
        assert painted["train"].any()
        assert painted["test"].any()
        assert not (painted["train"] & painted["test"]).any()


def test_group_class_and_part_agree(data):
    for group in np.unique(data.groups):
        inside = data.groups == group
        name, half = group.split("/")
        assert {data.class_names[i] for i in data.labels[inside]} == {name}
        assert set(data.presplit[inside]) == {"train" if half == "first" else "test"}


def test_patches_are_distinct_and_show_something(data):
    assert len(set(data.ids)) == len(set(data.hashes)) == len(data)
    assert data.images.mean(axis=3).std(axis=(1, 2)).min() >= 4


def test_the_seed_decides_the_patches(data):
    assert load_photo_patches().hashes == data.hashes
    assert load_photo_patches(seed=1).hashes != data.hashes


def test_gray_photographs_have_three_equal_channels(data):
    gray = data.images[data.domains == "gray"]
    color = data.images[data.domains == "color"]
    assert (gray == gray[..., :1]).all()
    assert (color != color[..., :1]).any(axis=(1, 2, 3)).all()


def test_a_choice_of_photographs_is_relabeled(data):
    two = load_photo_patches(photos=["grass", "brick"])
    assert two.class_names == ("brick", "grass")
    same = np.isin(data.labels, [NAMES.index("brick"), NAMES.index("grass")])
    assert two.hashes == data.subset(same).hashes


def test_halves_cover_the_photograph():
    for shape in ((7, 9, 3), (9, 7, 3)):
        pixels = np.arange(np.prod(shape)).reshape(shape)
        (_, _, a), (top, left, b) = halves(pixels)
        assert a.size + b.size == pixels.size
        np.testing.assert_array_equal(pixels[top:, left:], b)


def test_every_photograph_has_a_license():
    assert all(photo.license and photo.name in CARD.notes for photo in PHOTOS)
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("wrong", ["dog", [], ["cat", "dog"]])
def test_an_unknown_photograph_is_named_with_the_choice(wrong):
    with pytest.raises(DataError, match="brick, cat, china"):
        load_photo_patches(photos=wrong)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"size": 200}, "16 to 180"), ({"size": 180, "per_half": 50}, "per_half")],
)
def test_impossible_patches_are_refused(options, words):
    with pytest.raises(DataError, match=words):
        load_photo_patches(**options)


def test_a_package_without_the_file_says_so(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="Reinstall scikit-image"):
        load_photo_patches()
