"""Pull the words: contributions add up, the view is whole, sliders only look up."""

import re

import numpy as np
import pytest

from tests.test_quiz import Balance
from tlcourse import plots
from tlcourse.datasets.glove import WordVectors
from tlcourse.errors import CourseError
from tlcourse.recipes.chapter08_pull import Walk
from tlcourse.widgets.words import pull_the_words, sliders, static_walk, view_html

TEXTS = ("A good film, zzz.", "bad <b>film</b>")


@pytest.fixture(scope="module")
def walk():
    words = WordVectors(("good", "bad", "film", ","), np.eye(4, dtype=np.float32))
    start, end = np.array([1.0, -1.0, 0.2, 0.0]), np.array([3.0, -2.0, 0.2, 0.0])
    table = {
        d: np.array([[0.6, 0.7, 0.65], [0.62, 0.72, 0.6]]) for d in ("tweets", "amazon", "films")
    }
    return Walk(
        words,
        (0.0, 1.0, 2.0),
        {100: (start, end), 300: (start, 2 * end)},
        {n: np.array([True, True, False, False]) for n in (100, 300)},
        {100: 0.5, 300: 0.0},
        {100: table, 300: table},
    )


def test_contributions_add_up_to_the_logit(walk):
    parts, logit = walk.contributions("good good film meh", 0.5, 100)
    assert [w for w, _, _ in parts] == ["good", "good", "film"]
    assert logit == pytest.approx(sum(v for _, v, _ in parts) + 0.5)
    assert parts[0][1] == pytest.approx(2 / 3)
    assert [moved for _, _, moved in parts] == [True, True, False]
    assert walk.contributions("zzz", 1.0, 100) == ([], 0.5)


@pytest.mark.parametrize("size", [100, 300])
@pytest.mark.parametrize("alpha", [0.0, 2.0])
@pytest.mark.parametrize("text", [*TEXTS, "zzz", ""])
def test_the_view_is_whole_and_says_its_numbers(walk, text, alpha, size):
    view = view_html(walk, text, alpha, size)
    Balance(view)
    logit = walk.contributions(text, alpha, size)[1]
    assert f"logit {logit:+.2f}" in view
    assert "tweets 0." in view
    assert "nan" not in view
    assert view.count("<svg") == 2


def test_the_static_form_says_logits_and_accuracies(walk):
    figure, alt = static_walk(walk, TEXTS, 100)
    assert f"logit {walk.contributions(TEXTS[0], 1.0, 100)[1]:+.2f}" in alt
    assert "0.710 at 1" in alt
    assert plots.to_png(figure)[:4] == b"\x89PNG"


def test_sliders_change_the_view(walk):
    alpha, size, choice, own, view = sliders(walk, TEXTS).children
    before = view.value
    alpha.value, size.value, choice.value = 2.0, 300, TEXTS[1]
    assert view.value == view_html(walk, TEXTS[1], 2.0, 300) != before
    own.value = "good"
    assert view.value == view_html(walk, "good", 2.0, 300)


def test_without_a_kernel_the_static_form_stands_alone(walk):
    assert pull_the_words(walk, TEXTS, size=100) is None


def test_a_setting_that_was_not_computed_is_named(walk):
    with pytest.raises(CourseError, match="7 labels were not computed"):
        view_html(walk, "good", 0.0, 7)


def test_names_of_lines_stand_clear_of_the_mark(walk):
    view = view_html(walk, TEXTS[0], 2.0, 100)  # the mark is at the right end here
    marks = re.findall(r'<circle cx="(\d+)" cy="\d+" r="(\d+)"', view)
    names = re.findall(r'<text x="(\d+)" y="\d+">(?:tweets|amazon|films)<', view)
    assert len(marks) == len(names) == 3
    assert all(int(x) > int(cx) + int(r) for x, (cx, r) in zip(names, marks, strict=True))
