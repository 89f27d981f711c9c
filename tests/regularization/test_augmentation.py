import numpy as np
import pytest

from tlcourse.errors import CourseError
from tlcourse.regularization import Augmentation

EVERYTHING = Augmentation(contrast=0.2, brightness=0.1)


@pytest.fixture
def pictures(rng):
    return rng.integers(0, 256, (5, 24, 24, 3)).astype(np.uint8)


def test_pixels_in_and_pixels_out_and_the_input_is_kept(pictures):
    kept = pictures.copy()
    changed = EVERYTHING.apply(pictures, 3)
    assert (changed.dtype, changed.shape) == (np.uint8, pictures.shape)
    np.testing.assert_array_equal(pictures, kept)
    assert (changed != pictures).any((1, 2, 3)).all()


def test_the_seed_decides_whatever_was_drawn_before(pictures):
    first = EVERYTHING.apply(pictures, 3)
    other = EVERYTHING.apply(pictures, 4)
    again = EVERYTHING.apply(pictures, 3)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_it_survives_a_cleared_session(pictures):
    import keras

    first = EVERYTHING.apply(pictures, 3)
    keras.backend.clear_session()
    np.testing.assert_array_equal(EVERYTHING.apply(pictures, 3), first)


def test_each_part_does_what_its_name_says(pictures):
    off = {"flip": False, "rotation": 0.0, "translation": 0.0, "zoom": 0.0}
    np.testing.assert_array_equal(Augmentation(**off).apply(pictures, 0), pictures)
    flipped = Augmentation(**off | {"flip": True}).apply(pictures, 0)
    for one, was in zip(flipped, pictures, strict=True):
        assert (one == was).all() or (one == was[:, ::-1]).all()
    gray = np.full((4, 8, 8, 3), 100, np.uint8)
    bright = Augmentation(**off, brightness=0.1).apply(gray, 1).astype(int) - 100
    assert 0 < np.abs(bright).max() <= 26
    assert all(len(np.unique(b)) == 1 for b in bright)
    contrast = Augmentation(**off, contrast=0.5).apply(pictures, 1)
    assert contrast.std() != pytest.approx(pictures.std(), rel=1e-3)
    for part in ("rotation", "translation", "zoom"):
        moved = Augmentation(**off | {part: 0.2}).apply(pictures, 0)
        assert (moved != pictures).any((1, 2, 3)).all(), part


def test_layers_can_be_used_in_a_model_of_your_own():
    names = [type(x).__name__ for x in EVERYTHING.layers(seed=1)]
    assert names == [
        "RandomFlip",
        "RandomRotation",
        "RandomTranslation",
        "RandomZoom",
        "RandomContrast",
        "RandomBrightness",
    ]


@pytest.mark.parametrize("wrong", [{"zoom": 1.0}, {"rotation": -0.1}, {"contrast": 20}])
def test_an_impossible_share_is_named(wrong):
    with pytest.raises(CourseError, match=next(iter(wrong))):
        Augmentation(**wrong)
