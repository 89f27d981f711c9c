"""Drag the cut: neighbors against a loop, the pure view, the thin shell of sliders."""

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from tests.test_quiz import Balance
from tlcourse.errors import CourseError
from tlcourse.widgets import drag_the_cut, neighbor_table
from tlcourse.widgets.cuts import curves, sliders, static_gallery, view_html

CUTS = ("block 1", "block 3", "block 5")
N = 20


@pytest.fixture
def table(rng):
    labels = np.arange(N) % 2
    images = rng.integers(0, 256, (N, 8, 8, 3)).astype(np.uint8)
    features = {}
    for kind in ("correct", "÷255"):
        for depth, cut in enumerate(CUTS):
            kinds = depth * 3.0 * np.eye(2)[labels]  # deeper features know the class better
            features[kind, cut] = np.hstack([kinds, rng.normal(size=(N, 5))])
    names = [f"thing <{i}>" for i in range(N)]
    return neighbor_table(
        features, images, labels, class_names=("cat", "dog"), names=names, queries=(3, 7, 11), k=4
    ), features


def test_neighbors_equal_those_of_a_loop(table):
    found, features = table
    for setting, f in features.items():
        z = (f - f.mean(axis=0)) / f.std(axis=0, where=True).clip(1e-12)
        for i in range(N):
            cosine = [z[i] @ z[j] / np.linalg.norm(z[i]) / np.linalg.norm(z[j]) for j in range(N)]
            cosine[i] = -2
            best = sorted(range(N), key=lambda j: -cosine[j])[:4]
            assert found.nearest[setting][i].tolist() == best
            same = np.mean([found.labels[j] == found.labels[i] for j in best])
            assert found.same_class[setting][i] == same


def test_color_ratio_equals_the_loop(table):
    found, _ = table
    colors = found.images.mean(axis=(1, 2))
    pairs = [np.linalg.norm(colors[i] - colors[j]) for i in range(N) for j in range(N) if i != j]
    for setting, near in found.nearest.items():
        own = [np.linalg.norm(colors[i] - colors[j]) for i in range(N) for j in near[i]]
        assert found.color_ratio[setting] == pytest.approx(np.mean(own) / np.mean(pairs))


def test_deeper_cuts_know_the_class(table):
    found, _ = table
    shares = [found.same_class["correct", cut].mean() for cut in CUTS]
    assert shares[0] < shares[1] <= shares[2]
    assert shares[2] > 0.9


def test_constant_channels_do_not_decide(table):
    found, features = table
    constant = {s: np.hstack([f, np.full((N, 3), 5.0)]) for s, f in features.items()}
    again = neighbor_table(constant, found.images, found.labels, class_names=("cat", "dog"), k=4)
    for setting in features:
        np.testing.assert_array_equal(again.nearest[setting], found.nearest[setting])


def test_the_view_names_every_picture_and_frames_the_same_class(table):
    found, _ = table
    view = view_html(found, 3, "block 5", "correct")
    page = Balance(view.replace("<img ", "<br "))  # both have no closing tag
    assert page.tags.count("br") >= 5
    near = found.nearest["correct", "block 5"][3]
    for row in (3, *near):
        assert found.names[row] in page.text
    same = int((found.labels[near] == found.labels[3]).sum())
    assert view.count("3px solid") == same
    assert view.count("3px dashed") == 4 - same
    assert view.count('alt="thing &lt;') == 5


def test_the_sliders_change_the_view_in_this_thread(table):
    found, _ = table
    query, cut, kind, view = sliders(found).children
    assert view.value == view_html(found, 3, "block 1", "correct")
    cut.value = "block 5"
    assert view.value == view_html(found, 3, "block 5", "correct")
    kind.value = "÷255"
    query.value = 11
    assert view.value == view_html(found, 11, "block 5", "÷255")


def test_the_static_form_says_in_words_what_it_shows(table):
    found, _ = table
    figure, alt = static_gallery(found, (3, 7), CUTS)
    assert len(figure.axes) == 2 * 3 * 5
    for query in (3, 7):
        for cut in CUTS:
            assert found.describe(query, cut, "correct") in alt
    figure, alt = curves(found)
    assert "block 5: 0.9" in alt or "block 5: 1.0" in alt


@pytest.mark.parametrize("interactive", [True, False])
def test_the_static_form_comes_first_and_does_without_the_sliders(table, interactive):
    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            assert drag_the_cut(table[0], interactive=interactive) is None
    finally:
        InteractiveShell.clear_instance()
    kinds = ["image/png" in output.data for output in captured.outputs]
    assert kinds == [True, True] + [False] * interactive


def test_mistakes_are_explained(table):
    found, features = table
    with pytest.raises(CourseError, match="Unknown cut 'block 9'"):
        view_html(found, 3, "block 9", "correct")
    with pytest.raises(CourseError, match="Unknown input"):
        view_html(found, 3, "block 1", "wrong")
    with pytest.raises(CourseError, match="no picture 99"):
        view_html(found, 99, "block 1", "correct")
    part = dict(list(features.items())[:-1])
    with pytest.raises(CourseError, match="are missing"):
        neighbor_table(part, found.images, found.labels, class_names=("cat", "dog"))
    with pytest.raises(CourseError, match="the same number"):
        neighbor_table(features, found.images[:-1], found.labels, class_names=("cat", "dog"))
