"""Figures of fine-tuning, and the widget that walks between two sets of weights."""

from types import SimpleNamespace

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from tlcourse.errors import CourseError
from tlcourse.plots import tuning
from tlcourse.widgets.walk import Walk, slider, strip, view_html, walk_the_line

ALPHAS = (0.0, 0.5, 1.0, 2.0)


def test_distance_and_direction_has_a_point_for_each_seed():
    points = {"FT": [(0.07, 0.3), (0.08, 0.4)], "LP-FT": [(0.07, 0.7)]}
    figure, alt = tuning.distance_and_direction(points, {"FT": 0.65, "LP-FT": 0.75})
    (ax,) = figure.axes
    assert [len(c.get_offsets()) for c in ax.collections] == [2, 1]
    assert "FT: moved 7.5 percent, cosine 0.35, re-probe 0.65" in alt
    assert "LP-FT: moved 7.0 percent, cosine 0.70, re-probe 0.75" in alt


def test_rate_curves_mark_the_minimum():
    search = SimpleNamespace(
        rates=(1e-5, 1e-4, 1e-3), smoothed=(2.0, 1.0, float("nan")), suggestion=1e-5
    )
    figure, alt = tuning.rate_curves({"fitted": search})
    assert "fitted: lowest at 1.0e-04, a tenth of it 1.0e-05" in alt
    (ax,) = figure.axes
    assert ax.lines[1].get_xdata()[0] == 1e-4


def test_movement_draws_one_marker_for_each_layer_and_scheme():
    schemes = {"one": {"a": 0.05, "b": 0.06}, "scaled": {"a": 0.001, "b": 0.02}}
    figure, alt = tuning.movement(schemes)
    assert [list(line.get_xdata()) for line in figure.axes[0].lines] == [[5, 6], [0.1, 2]]
    assert "one: 5 to 6 percent" in alt
    assert "scaled: 0.1 to 2 percent" in alt


def test_paired_dots_say_how_many_rise():
    _, alt = tuning.paired_dots([0.5, 0.4], [0.6, 0.3], names=("lagging", "fresh"))
    assert "lagging 0.45 on average, fresh 0.45" in alt
    assert "higher in 1 of 2" in alt


@pytest.fixture
def walk(rng):
    labels = np.arange(12) % 3
    answers = {
        path: {style: rng.integers(0, 3, (4, 12)) for style in ("home", "away")}
        for path in ("LP-FT", "FT")
    }
    images = {s: rng.integers(0, 256, (12, 8, 8, 3)).astype(np.uint8) for s in ("home", "away")}
    distance = {path: np.abs(np.array(ALPHAS)) for path in answers}
    return Walk(
        ALPHAS,
        ("LP-FT", "FT"),
        ("home", "away"),
        answers,
        distance,
        labels,
        ("a", "b", "c"),
        images,
    )


def test_accuracy_counts_right_answers(walk):
    for path in walk.paths:
        for style in walk.styles:
            expected = [np.mean(row == walk.labels) for row in walk.answers[path][style]]
            assert walk.accuracy(path, style).tolist() == expected


def test_both_paths_are_drawn_with_every_style(walk):
    figure, alt = tuning.walks(walk.alphas, walk.table())
    assert len(figure.axes) == 2
    for ax, path in zip(figure.axes, walk.paths, strict=True):
        assert ax.get_title(loc="left") == path
        assert len(ax.lines) == 2
        assert f"{walk.accuracy(path, 'home')[2]:.2f} at 1" in alt


def test_the_strip_counts_right_ones_at_each_stop(walk):
    figure, alt = strip(walk, range(6), (0.0, 1.0))
    assert len(figure.axes) == 12
    for alpha in (0.0, 1.0):
        answers = walk.answers["LP-FT"]["home"][ALPHAS.index(alpha)]
        right = int((answers[:6] == walk.labels[:6]).sum())
        assert f"{right} of 6 right at {alpha:g}" in alt


def test_the_slider_changes_the_view_in_this_thread(walk):
    alpha, path, style, view = slider(walk, range(4)).children
    assert view.value == view_html(walk, "LP-FT", "home", 0.0, range(4))
    alpha.value = 2.0
    path.value = "FT"
    style.value = "away"
    assert view.value == view_html(walk, "FT", "away", 2.0, range(4))
    assert view.value.count("<img") == 4
    assert f"accuracy {walk.accuracy('FT', 'away')[3]:.2f}" in view.value


@pytest.mark.parametrize("interactive", [True, False])
def test_the_static_form_comes_first(walk, interactive):
    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            walk_the_line(walk, shown=range(4), static_alphas=(0, 1), interactive=interactive)
    finally:
        InteractiveShell.clear_instance()
    assert ["image/png" in o.data for o in captured.outputs] == [True, True] + [False] * interactive


def test_unknown_stops_are_explained(walk):
    with pytest.raises(CourseError, match=r"no stop at 0\.3"):
        view_html(walk, "FT", "home", 0.3, range(2))
    with pytest.raises(CourseError, match="Unknown path 'LP'"):
        view_html(walk, "LP", "home", 0.5, range(2))
