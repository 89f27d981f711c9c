"""Versions of items: aligned rows, groups that hold them together, copies that differ."""

import numpy as np
import pytest

from tlcourse.datasets import assert_disjoint
from tlcourse.datasets.cuts import folds
from tlcourse.errors import DataError
from tlcourse.recipes.chapter05_versions import ALTERED, STYLES, load_versions


@pytest.mark.parametrize("n", [1, 2, 3])
def test_emoji_come_in_styles_row_by_row(n):
    data = load_versions("emoji", image_size=96, most=80, n=n)
    groups = data.groups.reshape(n, -1)
    assert (groups == groups[0]).all()
    assert (data.labels.reshape(n, -1) == data.labels[: groups.shape[1]]).all()
    assert list(dict.fromkeys(data.domains)) == list(STYLES[:n])
    assert len(set(data.hashes)) == len(data)


def test_pictures_of_ones_own_come_as_altered_copies(color_folder):
    data = load_versions(color_folder, image_size=48, most=100, n=3)
    plain, mirrored, zoomed = data.images.reshape(3, -1, 48, 48, 3)
    assert list(dict.fromkeys(data.domains)) == list(ALTERED)
    np.testing.assert_array_equal(mirrored, plain[:, :, ::-1])
    assert zoomed.shape == plain.shape
    assert (zoomed != plain).any(axis=(1, 2, 3)).all()
    groups = data.groups.reshape(3, -1)
    assert (groups == groups[0]).all()
    assert len(set(data.ids)) == len(data)


def test_random_folds_tear_groups_apart_and_grouped_ones_do_not(color_folder):
    data = load_versions(color_folder, image_size=48, most=100, n=2)
    for groups, clean in ((None, False), (data.groups, True)):
        train, test = next(iter(folds(data.labels, groups, n=4)))
        if clean:
            assert_disjoint(data, {"train": train, "test": test})
        else:
            with pytest.raises(DataError, match="Leakage"):
                assert_disjoint(data, {"train": train, "test": test})


@pytest.mark.parametrize("n", [0, 4, None])
def test_other_numbers_of_versions_are_refused(n):
    with pytest.raises(DataError, match="expected 1, 2 or 3"):
        load_versions("emoji", image_size=96, most=80, n=n)
