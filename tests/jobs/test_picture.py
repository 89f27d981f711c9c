"""The picture shows answers by lot, frames mistakes in dashes, and describes itself."""

import numpy as np
import pytest
from PIL import Image
from scipy.stats import binomtest

from tlcourse.jobs.picture import answer_figure, save_picture


@pytest.fixture(scope="module")
def drawn(fitted):
    return answer_figure(fitted, seed=1)


def picture_axes(figure):
    return [a for a in figure.get_axes() if a.get_images()]


def test_frames_tell_right_from_wrong_without_color(drawn, fitted):
    figure, description = drawn
    shown = np.random.default_rng(1).permutation(fitted.result.n)[:16]
    axes = picture_axes(figure)
    assert len(axes) == min(16, fitted.result.n)
    for axis, i in zip(axes, shown, strict=True):
        is_right = fitted.result.predictions[i] == fitted.result.labels[i]
        is_solid = axis.spines["left"].get_linestyle() in ("-", "solid")
        assert is_solid == is_right
        assert axis.get_xlabel().startswith("is: ") != is_right
        assert f"{fitted.result.confidence[i]:.0%}" in axis.get_title()
    right = sum(axis.get_xlabel() == "" for axis in axes)
    assert f"{right} right (solid frame)" in description
    assert 0 < right < len(axes), "both kinds should be among them"


def test_recall_has_wilson_intervals(drawn, fitted):
    figure, _ = drawn
    (axis,) = [a for a in figure.get_axes() if "recall" in a.get_xlabel()]
    (bars,) = axis.containers
    points = bars.lines[0].get_xdata()
    assert sorted(points) == pytest.approx(sorted(fitted.result.recall.values()))
    ends = sorted(tuple(segment[:, 0]) for segment in bars.lines[2][0].get_segments())
    table = np.asarray(fitted.result.confusion)
    wanted = sorted(
        tuple(binomtest(int(row[c]), int(row.sum())).proportion_ci(method="wilson"))
        for c, row in enumerate(table)
    )
    assert np.allclose(ends, wanted)


@pytest.mark.filterwarnings("ignore:Glyph")
def test_the_file_is_a_picture_with_a_description(fitted, tmp_path):
    save_picture(fitted, tmp_path / "demo.png")
    with Image.open(tmp_path / "demo.png") as image:
        image.load()
        assert image.width > 1000
        assert "test pictures" in image.info["Description"]
        assert np.asarray(image).std() > 10
