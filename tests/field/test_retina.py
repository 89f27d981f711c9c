"""Painted lesions: only inside the disc, at the stated rate, halves that share no row."""

import numpy as np
import pytest

from tlcourse.errors import DataError
from tlcourse.field.lesions import Lesion, draw_lesion, footprint, paint
from tlcourse.field.retina import CARD, RATE, SIDE, corners, load_retina, read_retina, render


@pytest.fixture(scope="module")
def data():
    return load_retina()


def test_shape_rate_and_card(data):
    assert data.images.shape == (CARD.n_items, 64, 64, 3)
    error = np.sqrt(RATE * (1 - RATE) / len(data))
    assert abs(data.labels.mean() - RATE) < 3 * error
    assert set(data.domains) == set(CARD.domains)


def test_halves_share_no_row():
    rows = {h: {r + i for r, _ in corners(h) for i in (0, SIDE - 1)} for h in ("upper", "lower")}
    assert max(rows["upper"]) < len(read_retina()[0]) // 2 <= min(rows["lower"])
    with pytest.raises(DataError, match="upper"):
        corners("left")


def test_patches_lie_in_the_field_of_view():
    seen = read_retina()[1]
    for row, column in corners("upper"):
        assert seen[row : row + SIDE, column : column + SIDE].all()


def test_paint_stays_inside_the_disc():
    rng = np.random.default_rng(0)
    patch = rng.integers(60, 200, (SIDE, SIDE, 3)).astype(np.uint8)
    for seed in range(20):
        lesion = draw_lesion(np.random.default_rng(seed), SIDE)
        painted = paint(patch, lesion)
        y, x = np.mgrid[:SIDE, :SIDE]
        inside = np.hypot(y - lesion.row, x - lesion.column) < lesion.diameter / 2
        assert np.array_equal(painted[~inside], patch[~inside].astype(float))
        assert (painted[footprint(lesion, SIDE) == 1] < patch[footprint(lesion, SIDE) == 1]).all()
        assert 5 <= lesion.diameter <= 12
        for center in (lesion.row, lesion.column):  # the whole disc lies in the patch
            assert center - lesion.diameter / 2 >= -0.5
            assert center + lesion.diameter / 2 <= SIDE - 0.5


def test_contrast_is_the_missing_green():
    gray = np.full((SIDE, SIDE, 3), 100, np.uint8)
    middle = paint(gray, Lesion(24, 24, 12, 0.2))[24, 24]
    assert np.allclose(middle, [88, 80, 90])


def test_healthy_patches_are_the_photograph_apart_from_noise(data):
    place = corners("upper")[0]
    clean = render([place], [None], noise=0.0)[0].astype(float)
    noisy = render([place], [None])[0].astype(float)
    assert 0 < np.abs(clean - noisy).mean() < 3


def test_same_seed_same_hashes(data):
    assert load_retina().hashes == data.hashes
    assert load_retina(seed=1).hashes != data.hashes
