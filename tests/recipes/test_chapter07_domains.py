"""Things in several domains: real styles or renderings, in the same order in each."""

import numpy as np
import pytest

from tlcourse.errors import DataError
from tlcourse.recipes.chapter07_domains import (
    RENDERINGS,
    domain_names,
    load_domains,
    render,
    where_domains_are,
)


def test_emoji_come_in_all_styles_with_the_same_things_in_the_same_order():
    data = load_domains("emoji", image_size=48, most=100)
    names = domain_names(data)
    assert names == ("twemoji", "noto", "fluent", "outline")
    n = len(data) // len(names)
    assert abs(n - 100) <= data.n_classes
    for k in range(1, len(names)):
        np.testing.assert_array_equal(data.groups[:n], data.groups[k * n : (k + 1) * n])
        np.testing.assert_array_equal(data.labels[:n], data.labels[k * n : (k + 1) * n])
    assert data.images.shape[1:] == (48, 48, 3)
    assert len(set(data.hashes)) > 3 * n


def test_a_folder_of_pictures_is_rendered(color_folder):
    data = load_domains(color_folder, image_size=32, most=1000)
    assert domain_names(data) == RENDERINGS
    n = len(data) // len(RENDERINGS)
    color, gray, edges = data.images[:n], data.images[n : 2 * n], data.images[2 * n :]
    assert np.ptp(color[0].mean(axis=(0, 1))) > 20
    np.testing.assert_array_equal(gray[..., 0], gray[..., 2])
    assert set(np.unique(edges)) <= {0, 255}
    np.testing.assert_array_equal(data.groups[:n], data.groups[n : 2 * n])
    assert len(set(data.groups)) == n


def test_the_draw_is_about_things_not_pictures(color_folder):
    data = load_domains(color_folder, image_size=32, most=16)
    assert len(set(data.groups)) == 16
    assert len(data) == 16 * len(RENDERINGS)


def test_what_holds_no_pictures_is_told_where_domains_are():
    with pytest.raises(DataError, match=r"holds no pictures.*emoji \(pictures: twemoji, noto"):
        load_domains("sentiment", image_size=32, most=10)


def test_every_data_set_with_domains_is_named():
    words = where_domains_are()
    for name in ("emoji", "sentiment", "spoken"):
        assert name in words
    assert "flowers" not in words


def test_edges_lie_where_the_picture_changes_and_pictures_do_not_mix():
    square = np.full((2, 32, 32, 3), 255, np.uint8)
    square[0, 8:24, 8:24] = (200, 30, 30)
    edges = render(square, "edges")
    assert (edges[1] == 255).all()  # a blank picture stays blank beside a full one
    black = edges[0, ..., 0] == 0
    assert black[8, 12]
    assert not black[16, 16]
    assert not black[2, 2]
    np.testing.assert_array_equal(render(square[:1], "edges")[0], edges[0])


def test_gray_is_the_luma_and_color_the_picture_itself(rng):
    images = rng.integers(0, 256, (3, 8, 8, 3)).astype(np.uint8)
    assert render(images, "color") is images
    luma = images @ np.array([0.299, 0.587, 0.114])
    assert np.abs(render(images, "gray")[..., 1] - luma).max() <= 0.5
    with pytest.raises(DataError, match="no rendering 'sepia'"):
        render(images, "sepia")


def test_a_class_that_is_too_small_is_named(color_folder):
    for path in sorted((color_folder / "red").iterdir())[5:]:
        path.unlink()
    with pytest.raises(DataError, match="Class 'red' has 5 different things"):
        load_domains(color_folder, image_size=32, most=1000)
