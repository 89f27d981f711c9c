"""The style widget looks pictures up; choosing computes nothing."""

import numpy as np
import pytest

from tlcourse.errors import CourseError
from tlcourse.vision import Styled
from tlcourse.widgets import Paintings
from tlcourse.widgets.painter import controls, stages, view_html


@pytest.fixture
def paintings(rng):
    def picture():
        return rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)

    contents, styles = {"cat": picture()}, {"brick": picture(), "grass": picture()}
    painted = {
        ("cat", name): Styled(
            picture(), (1.0, 0.5, 0.2, 0.05), (0.0, 0.1, 0.2, 0.3), 1.0, 4, {1: picture()}
        )
        for name in styles
    }
    notes = {("cat", "brick"): "Still a <cat>."}
    return Paintings(contents, styles, painted, notes)


def test_stages_run_from_the_content_to_the_end(paintings):
    assert paintings.steps("cat", "brick") == (0, 1, 3)
    first, *_, last = (paintings.picture("cat", "brick", s) for s in range(3))
    assert first is paintings.contents["cat"]
    assert last is paintings.painted["cat", "brick"].image


def test_a_style_reached_in_fewer_steps_leaves_a_gap_before_the_style(paintings):
    from dataclasses import replace

    quick = paintings.painted["cat", "grass"]
    paintings.painted["cat", "grass"] = replace(quick, stages={})
    figure, alt = stages(paintings)
    notes = [ax.get_xlabel() for ax in figure.axes]
    assert notes[5:8] == ["3 steps, 95 % gone", "", "grass"]
    assert "grass: 3 steps, 95 % gone" in alt


def test_the_view_says_what_is_seen(paintings):
    early, late = (view_html(paintings, "cat", "brick", stage) for stage in (1, 2))
    assert "After 1 steps: 50.0 % of the style loss is gone" in early
    assert "95.0 %" in late
    assert "Still a &lt;cat&gt;." in late
    assert late.count("<img alt=") == 3


def test_the_static_form_comes_with_words(paintings):
    figure, alt = stages(paintings)
    assert len(figure.axes) == 8
    assert "cat on its way to 2 styles" in alt
    assert "brick: 3 steps, 95 % gone" in alt


def test_controls_redraw(paintings):
    box = controls(paintings)
    _, style, stage, view = box.children
    before = view.value
    style.value = "grass"
    assert view.value != before
    stage.value = 0
    assert "After 0 steps" in view.value


def test_unknown_pairs_are_named(paintings):
    with pytest.raises(CourseError, match="no painting of 'dog'"):
        paintings.get("dog", "brick")
