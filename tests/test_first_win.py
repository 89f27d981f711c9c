"""Figures of the first lesson, and the widget about labels and luck."""

import base64
import io
import re

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from PIL import Image

from tlcourse.datasets.splits import few_labels
from tlcourse.errors import CourseError
from tlcourse.evaluation import measure, transfer_gain
from tlcourse.heads import fit_head
from tlcourse.plots import first_win
from tlcourse.widgets import labels_and_luck, luck_table
from tlcourse.widgets.luck import controls, view_html

NAMES = ("cat", "dog", "bird")


@pytest.fixture
def pictures(rng):
    return rng.integers(0, 256, (12, 8, 8, 3)).astype(np.uint8)


def test_a_montage_keeps_every_pixel(pictures):
    sheet = first_win.montage(pictures, 4, gap=2)
    assert sheet.shape == (3 * 10 - 2, 4 * 10 - 2, 3)
    for i, picture in enumerate(pictures):
        y, x = 10 * (i // 4), 10 * (i % 4)
        np.testing.assert_array_equal(sheet[y : y + 8, x : x + 8], picture)
    assert (sheet[8:10] == 255).all()


def test_the_training_set_has_one_row_for_each_class(pictures):
    labels = np.array([2, 0, 1] * 4)
    figure, alt = first_win.training_set(pictures, labels, NAMES)
    (ax,) = figure.axes
    assert [t.get_text() for t in ax.get_yticklabels()] == list(NAMES)
    drawn = ax.images[0].get_array()
    np.testing.assert_array_equal(drawn[:8, :8], pictures[1])  # the first cat
    assert "12 pictures in 3 labeled rows of 4: cat, dog, bird" in alt


def test_learning_draws_both_curves_and_the_references():
    figure, alt = first_win.learning([0.2, 0.9, 1.0], [0.2, 0.4, 0.45], {"guessing": 0.33})
    (ax,) = figure.axes
    seen, unseen, reference = ax.lines
    assert list(seen.get_ydata()) == [0.2, 0.9, 1.0]
    assert list(unseen.get_ydata()) == [0.2, 0.4, 0.45]
    assert set(reference.get_ydata()) == {0.33}
    assert seen.get_linestyle() != unseen.get_linestyle()
    assert "0.20 to 1.00" in alt
    assert "0.20 to 0.45" in alt
    assert "guessing 0.33" in alt


def test_the_race_draws_each_pair_and_the_difference(rng):
    hits = rng.random((3, 50)) < 0.4
    better = hits | (rng.random((3, 50)) < 0.5)
    gain = transfer_gain(better, hits)
    accuracies = hits.mean(axis=1), better.mean(axis=1)
    figure, alt = first_win.race(*accuracies, gain, {"scratch": 0.7, "transfer": None})
    left, right = figure.axes
    pairs = [tuple(line.get_ydata()) for line in left.lines if len(line.get_ydata()) == 2]
    assert pairs == [tuple(pair) for pair in zip(*accuracies, strict=True)]
    assert [t.get_text() for t in left.texts].count("your guess") == 1
    low, high = right.get_xlim()
    assert low < 0 < high
    assert low < gain.low < gain.high < high
    assert "in 3 of 3" in alt
    assert f"{gain.low:+.3f} to {gain.high:+.3f}" in alt


@pytest.mark.parametrize("gain", [(-0.2, -0.3, -0.1), (0.0, -0.02, 0.02), (0.4, 0.3, 0.5)])
def test_zero_and_the_interval_are_in_view_whoever_wins(gain):
    figure, _ = first_win.race([0.4, 0.5], [0.6, 0.4], gain)
    low, high = figure.axes[1].get_xlim()
    assert low < min(gain[1], 0)
    assert high > max(gain[2], 0)


def test_an_answer_shows_every_class_the_likeliest_on_top(pictures):
    figure, alt = first_win.answer(pictures[0], NAMES, (0.2, 0.7, 0.1))
    _, bars = figure.axes
    assert [t.get_text() for t in bars.get_yticklabels()] == ["bird", "cat", "dog"]
    assert [p.get_width() for p in bars.patches] == [0.1, 0.2, 0.7]
    assert "dog 70%, cat 20%, bird 10%" in alt


def test_the_largest_confusions_come_first():
    true = np.array([0] * 6 + [1] * 5 + [2] * 4)
    called = np.array([0, 1, 1, 1, 2, 0, 1, 1, 1, 0, 0, 2, 2, 2, 1])
    result = measure(np.eye(3)[called], true, class_names=NAMES)
    assert first_win.confusions(result) == [
        ("cat", "dog", 3),
        ("dog", "cat", 2),
        ("cat", "bird", 1),
    ]
    perfect = measure(np.eye(3)[true], true, class_names=NAMES)
    assert first_win.confusions(perfect) == []


@pytest.fixture
def table(rng):
    labels = np.arange(60) % 3
    features = (2.0 * np.eye(3)[labels] + rng.normal(size=(60, 3))).astype(np.float32)
    images = rng.integers(0, 256, (60, 16, 16, 3)).astype(np.uint8)
    pool, unseen = np.arange(24), np.arange(24, 60)
    found = luck_table(
        features, images, labels, pool, unseen, class_names=NAMES, sizes=(1, 4, 99), draws=3,
        reference=0.4,
    )  # fmt: skip
    return found, features, pool, unseen


def test_the_table_holds_what_a_fit_gives(table):
    found, features, pool, unseen = table
    assert found.sizes == (1, 4)  # the rarest class has eight pictures
    for i, size in enumerate(found.sizes):
        for draw in range(3):
            rows = few_labels(found.labels, pool, size, seed=draw)
            assert set(found.rows[i][draw]) == set(rows)
            head = fit_head(features[rows], found.labels[rows], strengths=(0.01,))
            right = np.mean(head.predict(features[unseen]) == found.labels[unseen])
            assert found.accuracies[i, draw] == pytest.approx(right, abs=0.03)
    assert not set(found.rows[1].flat) & set(unseen)


def test_training_pictures_stand_in_rows_of_their_class(table):
    found, *_ = table
    for rows in found.rows[1]:
        assert found.labels[rows].tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_the_view_shows_one_dot_for_each_draw(table):
    found, *_ = table
    view = view_html(found, 4, {1: 2, 4: 3})
    assert view.count("<circle") == 5
    assert view.count('stroke="#1a1a1a"') == 1  # the last draw stands out
    assert f"{found.accuracies[1, 2]:.2f} of the unseen" in view
    assert "cat, dog, bird" in view
    png = base64.b64decode(re.search(r"base64,([^\"]+)", view).group(1))
    assert Image.open(io.BytesIO(png)).size == (4 * 30 - 2, 3 * 30 - 2)


def test_slider_and_button_change_the_view_in_this_thread(table):
    found, *_ = table
    size, button, view = controls(found).children
    assert view.value == view_html(found, 1, {1: 1})
    button.click()
    assert view.value == view_html(found, 1, {1: 2})
    size.value = 4
    assert view.value == view_html(found, 4, {1: 2, 4: 1})
    for _ in range(5):
        button.click()
    assert view.value == view_html(found, 4, {1: 2, 4: 3})
    assert button.disabled


def test_the_static_form_names_every_number(table):
    found, *_ = table
    figure, alt = first_win.luck(found.sizes, found.accuracies, reference=0.4)
    for size, values in zip(found.sizes, found.accuracies, strict=True):
        assert f"{size}: mean {values.mean():.2f}, {values.min():.2f} to {values.max():.2f}" in alt
    (ax,) = figure.axes
    assert sum(len(c.get_offsets()) for c in ax.collections if hasattr(c, "get_sizes")) >= 6


@pytest.mark.parametrize("interactive", [True, False])
def test_the_static_form_comes_first(table, interactive):
    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            assert labels_and_luck(table[0], interactive=interactive) is None
    finally:
        InteractiveShell.clear_instance()
    assert ["image/png" in o.data for o in captured.outputs] == [True] + [False] * interactive


def test_mistakes_are_explained(table):
    with pytest.raises(CourseError, match="no draw 7 with 4 labels"):
        view_html(table[0], 4, {4: 8})
    with pytest.raises(CourseError, match="2 labels"):
        view_html(table[0], 2, {2: 1})
    with pytest.raises(CourseError, match="rarest class has 0"):
        luck_table(
            np.zeros((4, 2)), np.zeros((4, 8, 8, 3), np.uint8), np.array([0, 0, 1, 1]),
            np.array([0, 1]), np.array([2, 3]), class_names=("a", "b"),
        )  # fmt: skip
