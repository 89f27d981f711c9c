"""Small data sets for lessons, names of pictures."""

import numpy as np
import pytest

from tlcourse.recipes import at_most, find_items, item_names, load_pictures, stratified_rows


def test_a_small_set_stays_as_it_is(color_folder):
    data = load_pictures(color_folder, image_size=32, most=10_000)
    assert at_most(data, len(data)) is data


def test_pictures_of_a_folder_come_at_the_size_asked_for(color_folder):
    data = load_pictures(color_folder, image_size=48, most=10_000)
    assert data.images.shape == (len(data), 48, 48, 3)
    assert data.images.dtype == np.uint8
    assert all(item_names(data))


def test_emoji_come_in_one_style_with_their_concepts_as_names():
    data = load_pictures("emoji", image_size=96, most=200, seed=1)
    assert set(data.domains) == {"twemoji"}
    assert abs(len(data) - 200) <= data.n_classes
    assert min(data.class_counts.values()) >= 8
    names = dict(zip(data.groups, item_names(data), strict=True))
    assert all(name and name != code for code, name in names.items())


def test_the_draw_follows_its_seed():
    first, again, other = (
        load_pictures("emoji", image_size=96, most=100, seed=s) for s in (0, 0, 1)
    )
    assert first.ids == again.ids
    assert first.ids != other.ids


@pytest.mark.parametrize("n", [20, 37, 90])
def test_stratified_rows_keep_the_shares(n):
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    rows = np.arange(0, 100)
    chosen = stratified_rows(labels, rows, n)
    assert len(chosen) == n
    assert len(np.unique(chosen)) == n
    shares = np.bincount(labels[chosen]) / n
    assert np.abs(shares - [0.6, 0.3, 0.1]).max() < 0.05


def test_stratified_rows_come_from_the_rows_given():
    labels = np.tile([0, 1], 20)
    rows = np.arange(10, 30)
    assert set(stratified_rows(labels, rows, 8)) <= set(rows)


def test_find_items_begins_with_the_wanted_names():
    names = ["ant", "bee", "cat", "dog", "eel"]
    assert find_items(names, ["dog", "taxi", "ant"], 3)[:2] == [3, 0]
    assert sorted(find_items(names, [], 99)) == [0, 1, 2, 3, 4]
    assert len(find_items(names, ["cat"], 2)) == 2
