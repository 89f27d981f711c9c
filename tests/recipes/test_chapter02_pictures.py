"""Descriptions without training: what they know, and what they must not know."""

import numpy as np
import pytest

from tlcourse.recipes.chapter02_copies import accuracy_across, overlapping_neighbors
from tlcourse.recipes.chapter02_pictures import (
    color_histograms,
    color_names,
    edge_histograms,
    gaussian_noise,
    gray_thumbnails,
    mean_colors,
)


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (5, 96, 96, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("describe", "width"),
    [
        (gray_thumbnails, 576),
        (color_histograms, 64),
        (edge_histograms, 288),
        (gaussian_noise, 2048),
    ],
)
def test_one_row_of_finite_numbers_for_each_picture(describe, width, images):
    rows = describe(images)
    assert rows.shape == (5, width)
    assert np.isfinite(rows).all()
    assert np.array_equal(rows, describe(images))  # nothing is random between two calls


@pytest.mark.parametrize("describe", [gray_thumbnails, color_histograms, edge_histograms])
def test_a_picture_is_described_by_itself_alone(describe, images):
    assert np.allclose(describe(images)[:2], describe(images[:2]))


def test_a_histogram_counts_pixels_and_forgets_places(images, rng):
    rows = color_histograms(images)
    assert np.allclose(rows.sum(axis=1), 1)
    shuffled = rng.permutation(images.reshape(5, -1, 3), axis=1).reshape(images.shape)
    assert np.allclose(rows, color_histograms(shuffled))
    red = np.zeros((1, 8, 8, 3), np.uint8)
    red[..., 0] = 255
    assert color_histograms(red)[0].argmax() == 3 * 16


def test_edges_do_not_depend_on_brightness():
    ramp = np.tile(np.linspace(0, 120, 96).astype(np.uint8)[None, :, None], (96, 1, 3))[None]
    assert np.allclose(edge_histograms(ramp), edge_histograms(ramp + 60), atol=1e-4)


def test_white_paper_is_left_out_of_the_mean_color():
    image = np.full((1, 4, 4, 3), 255, np.uint8)
    image[0, 0, 0] = (10, 20, 30)
    assert mean_colors(image)[0].tolist() == [10, 20, 30]
    assert mean_colors(np.full((1, 4, 4, 3), 255, np.uint8))[0].tolist() == [0, 0, 0]


def test_colors_get_their_names():
    colors = [
        (200, 30, 30),
        (200, 120, 30),
        (220, 220, 40),
        (40, 180, 60),
        (40, 60, 200),
        (90,) * 3,
    ]
    images = np.stack([np.full((4, 4, 3), color, np.uint8) for color in colors])
    assert color_names(images).tolist() == [1, 2, 3, 4, 5, 0]
    assert color_names(np.full((1, 4, 4, 3), (220, 40, 60), np.uint8)).tolist() == [1]  # hue 353


def test_overlap_counts_shared_pixels_of_one_photograph_only():
    # Two neighbors 10 pixels apart, a third far away, and one at the same place elsewhere.
    ids = ["x/first/0_0", "x/first/10_0", "x/first/200_0", "y/first/0_0"]
    values = np.array([[1, 0.0], [1, 0.1], [-1, 0.5], [-1, -0.5]])
    assert overlapping_neighbors(values, ids, k=1) == pytest.approx(0.5)
    assert overlapping_neighbors(values, ids, k=1, size=5) == 0


def test_neighbors_across_parts_use_the_known_part_only(rng):
    labels = np.arange(40) % 2
    values = np.eye(2)[labels] + 0.05 * rng.normal(size=(40, 2))
    assert accuracy_across(values, labels, np.arange(20), np.arange(20, 40)) == 1
    assert accuracy_across(values, 1 - labels, np.arange(20), np.arange(20, 40)) == 1
