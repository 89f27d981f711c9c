"""The lucky winner: static form, the pure view, the thin shell of sliders."""

import numpy as np
import pytest

from tests.test_quiz import Balance
from tlcourse import plots
from tlcourse.errors import CourseError
from tlcourse.recipes.chapter05_winner import contests
from tlcourse.widgets.winner import lucky_winner, positions, sliders, static_panel, view_html

MODELS, ITEMS = (1, 5, 40), (20, 60)


@pytest.fixture(scope="module")
def found():
    hits = np.random.default_rng(0).random((40, 160)) < 0.7
    return contests(hits, MODELS, ITEMS, repeats=50)


def test_the_static_form_holds_every_gap(found):
    figure, alt = static_panel(found)
    assert plots.to_png(figure)[:4] == b"\x89PNG"
    written = [t.get_text() for t in figure.axes[0].texts]
    assert written == [f"{100 * found[k, n].gap:+.1f}" for k in MODELS for n in ITEMS]
    for n in ITEMS:
        assert f"{n} pictures: reported {found[40, n].reported.mean():.3f}" in alt


@pytest.mark.parametrize("k", MODELS)
@pytest.mark.parametrize("n", ITEMS)
def test_the_view_is_whole_and_says_its_numbers(found, k, n):
    view = view_html(found, k, n)
    Balance(view)
    luck = found[k, n]
    assert view.count('r="3.5"') == k
    assert f"reports {luck.reported.mean():.3f} on average" in view
    assert f"{100 * luck.gap:+.1f} points of luck" in view
    assert "nan" not in view


def test_sliders_change_the_view(found):
    box = sliders(found)
    k, n, view = box.children
    assert k.options == MODELS
    before = view.value
    k.value, n.value = 40, 60
    assert view.value != before
    assert view.value == view_html(found, 40, 60)


def test_without_a_kernel_the_static_form_stands_alone(found):
    assert lucky_winner(found) is None


def test_a_missing_contest_is_named(found):
    with pytest.raises(CourseError, match="7 models on 20 pictures"):
        view_html(found, 7, 20)
    holes = {key: value for key, value in found.items() if key != (5, 60)}
    with pytest.raises(CourseError, match="missing"):
        positions(holes)
