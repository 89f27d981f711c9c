"""Tissue patches: blocks share no pixel, other labs differ by the stated operation only."""

import numpy as np
import pytest

from tlcourse.errors import DataError
from tlcourse.field import tissue
from tlcourse.field.tissue import BLOCK, CARD, SIDE, load_tissue, mean_stains, read_slide, render


@pytest.fixture(scope="module")
def data():
    return load_tissue()


def corners(data):
    return [tuple(map(int, key.split("_"))) for key in data.ids]


def test_shape_and_card(data):
    assert data.images.shape == (784, 64, 64, 3)
    assert data.images.dtype == np.uint8
    assert len(data) == CARD.n_items
    assert set(np.bincount(np.unique(data.groups, return_inverse=True)[1])) == {49}
    assert 0.5 < data.labels.mean() < 0.75


def test_no_pixel_belongs_to_two_blocks(data):
    owner = np.full((512, 512), "", dtype=object)
    for (row, column), group in zip(corners(data), data.groups, strict=True):
        seen = owner[row : row + SIDE, column : column + SIDE]
        assert set(seen.ravel()) <= {"", group}
        seen[:] = group


def test_train_and_test_are_a_checkerboard_of_blocks(data):
    parts = {g: set(data.presplit[data.groups == g]) for g in np.unique(data.groups)}
    assert all(len(p) == 1 for p in parts.values())
    assert sum(p == {"train"} for p in parts.values()) == 8
    for (row, column), part in zip(corners(data), data.presplit, strict=True):
        assert part == ("test" if (row // BLOCK + column // BLOCK) % 2 else "train")


def test_labels_come_from_brown_and_brown_gives_them_away(data):
    mask = read_slide().mask
    shares = [mask[r : r + SIDE, c : c + SIDE].mean() for r, c in corners(data)]
    assert np.array_equal(data.labels, np.array(shares) > tissue.BROWN_SHARE)
    stains = mean_stains(data)
    from sklearn.metrics import roc_auc_score

    assert roc_auc_score(data.labels, stains["brown"]) > 0.99
    assert 0.5 < roc_auc_score(data.labels, stains["blue"]) < 0.75


def test_neutral_settings_change_nothing_and_others_keep_labels(data):
    assert np.array_equal(render(gain=1.0, blur=0.0), render())
    blurred, weak = load_tissue(blur=1.5), load_tissue(gain=0.5)
    for other in (blurred, weak):
        assert np.array_equal(other.labels, data.labels)
        assert other.ids == data.ids
        assert not np.array_equal(other.images, data.images)
    assert np.array_equal(render(stain="rgb"), read_slide().rgb)


def test_blur_does_not_cross_a_block():
    sharp, blurred = render(), render(blur=3.0)
    block = sharp[:BLOCK, :BLOCK]
    alone = tissue._blurred(np.ascontiguousarray(block), 3.0)
    assert np.array_equal(alone, blurred[:BLOCK, :BLOCK])


def test_weak_stain_is_paler_and_blur_lowers_contrast():
    assert render(gain=0.5).mean() > render().mean() > render(gain=1.6).mean()
    assert render(blur=1.5).std() < render().std()


def test_same_call_same_hashes(data):
    assert load_tissue().hashes == data.hashes


def test_nobody_can_write_into_the_slide():
    with pytest.raises(ValueError, match="read-only"):
        read_slide().rgb[0, 0, 0] = 1


@pytest.mark.parametrize(
    "options", [{"stain": "red"}, {"blur": -1}, {"gain": -1}, {"stain": "rgb", "gain": 2}]
)
def test_impossible_labs_are_refused(options):
    with pytest.raises(DataError, match="Expected"):
        load_tissue(**options)


def test_impossible_strides_are_refused():
    with pytest.raises(DataError, match="stride"):
        load_tissue(stride=0)
