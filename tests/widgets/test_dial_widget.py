"""The dial: static form first, a pure view, sliders that only look up."""

import numpy as np
import pytest

from tests.test_quiz import Balance
from tlcourse import plots
from tlcourse.errors import CourseError
from tlcourse.recipes.chapter06_chart import Draw
from tlcourse.recipes.chapter06_noise import noise_grid
from tlcourse.widgets.dial import reliability, sliders, turn_the_dial, view_html


@pytest.fixture(scope="module")
def grid():
    rng = np.random.default_rng(0)
    labels = np.arange(80) % 4
    features = (rng.normal(size=(80, 12)) + np.eye(4, 12)[labels] * 2).astype(np.float32)
    training = {
        k: [Draw(s, np.arange(s, 4 * k + s), np.arange(36, 40), np.arange(40, 80)) for s in (0, 1)]
        for k in (3, 8)
    }
    return noise_grid(
        features, labels, training, n_classes=4, shares=(0.0, 0.4), strengths=(1e-3, 0.1, 100.0)
    )


@pytest.mark.parametrize("share", [0.0, 0.4])
@pytest.mark.parametrize("size", [3, 8])
@pytest.mark.parametrize("strength", [1e-3, 100.0])
def test_the_view_is_whole_and_says_its_numbers(grid, strength, share, size):
    view = view_html(grid, strength, share, size)
    Balance(view)
    cell = grid.cell(strength, share, size)
    assert f"test {100 * cell.accuracy:.0f}, gap" in view
    assert f"NLL {cell.nll.mean():.2f} in place of" in view
    assert "nan" not in view
    assert view.count("<svg") == 2


def test_reliability_says_accuracy_confidence_and_error(grid):
    figure, alt = reliability(grid, (0.1, 100.0), 0.4, 8)
    found = grid.cell(100.0, 0.4, 8).calibration
    assert f"mean confidence {found.confidence:.2f}, ECE {found.ece:.2f}" in alt
    assert len(figure.axes) == 2
    circles = [c for ax in figure.axes for c in ax.collections]
    assert circles
    assert not any(c.get_clip_on() for c in circles)  # those at the border stay whole
    assert plots.to_png(figure)[:4] == b"\x89PNG"


def test_sliders_change_the_view(grid):
    strength, share, size, view = sliders(grid).children
    before = view.value
    strength.value, share.value, size.value = 100.0, 0.4, 8
    assert view.value != before
    assert view.value == view_html(grid, 100.0, 0.4, 8)


def test_without_a_kernel_the_static_form_stands_alone(grid):
    assert turn_the_dial(grid, size=8, share=0.4) is None


def test_a_setting_that_does_not_exist_is_named(grid):
    with pytest.raises(CourseError, match="no setting"):
        view_html(grid, 5.0, 0.0, 8)
