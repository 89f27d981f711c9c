"""Choose before you train: the table, the static figure, the pure view, the thin shell."""

import numpy as np
import pytest
from scipy.stats import weightedtau

from tests.test_quiz import Balance
from tlcourse.errors import CourseError
from tlcourse.widgets.choices import choice_table
from tlcourse.widgets.choosing import choose_before_you_train, controls, scatters, view_html

NAMES = ("pixels", "block <4>", "untrained", "noise")
KINDS = dict(zip(NAMES, ("made by hand", "pretrained", "untrained", "placebo"), strict=True))
TRUTHS = {"near": np.array([0.3, 0.9, 0.5, 0.1]), "far": np.array([0.8, 0.7, 0.9, 0.1])}


@pytest.fixture
def scores(rng):
    return {
        (target, n, score): rng.normal(size=4)
        for target in TRUTHS
        for n in (24, 96)
        for score in ("k-NN", "LogME")
    }


@pytest.fixture
def table(scores):
    return choice_table(scores, TRUTHS, names=NAMES, kinds=KINDS)


def test_choices_equal_those_computed_by_hand(table, scores):
    for (target, n, score), values in scores.items():
        found, truth = table.choice(target, n, score), TRUTHS[target]
        assert found.first == values.argmax()
        assert found.rank[found.first] == 1
        assert sorted(found.rank) == [1, 2, 3, 4]
        assert found.tau == pytest.approx(weightedtau(values, truth).statistic)
        assert found.regret == pytest.approx(truth.max() - truth[values.argmax()])


def test_a_score_that_says_the_same_of_all_has_tau_zero(scores):
    scores["near", 24, "k-NN"] = np.ones(4)
    flat = choice_table(scores, TRUTHS, names=NAMES, kinds=KINDS)
    assert flat.choice("near", 24, "k-NN").tau == 0


def test_missing_settings_and_odd_lengths_are_named(scores):
    with pytest.raises(CourseError, match="Expected one value for each"):
        choice_table(scores, TRUTHS, names=NAMES[:3], kinds=KINDS)
    del scores["far", 96, "LogME"]
    with pytest.raises(CourseError, match=r"'far', 96, 'LogME'.* missing"):
        choice_table(scores, TRUTHS, names=NAMES, kinds=KINDS)
    with pytest.raises(CourseError, match="missing"):
        choice_table({}, {}, names=(), kinds={})


def test_an_unknown_setting_is_refused(table):
    with pytest.raises(CourseError, match="Unknown setting"):
        table.choice("near", 25, "k-NN")


def test_the_static_figure_has_one_scatter_for_each_setting(table):
    settings = [("far", n, "k-NN") for n in (24, 96)]
    figure, alt = scatters(table, settings)
    assert len(figure.axes) == 2
    for setting in settings:
        assert table.describe(*setting) in alt


def test_the_view_is_well_formed_and_says_what_it_shows(table):
    html = view_html(table, "near", 96, "LogME")
    Balance(html)
    assert html.count("<title>") == len(NAMES)
    assert 'role="img"' in html
    assert "block &lt;4&gt;" in html
    assert f"{table.choice('near', 96, 'LogME').tau:.2f}" in html


def test_controls_show_what_they_say(table):
    box = controls(table)
    target, size, score, view = box.children
    target.value, size.value, score.value = "far", 96, "LogME"
    assert view.value == view_html(table, "far", 96, "LogME")


def test_without_a_kernel_only_the_figure_is_shown(table, tmp_path, monkeypatch):
    monkeypatch.setenv("TLCOURSE_FIGURES", str(tmp_path))
    choose_before_you_train(table)
    assert len(list(tmp_path.glob("*.png"))) == 1
