"""Same model, other place: static form, the pure view, the thin shell of controls."""

import numpy as np
import pytest

from tests.test_quiz import Balance
from tlcourse import field
from tlcourse.errors import DataError
from tlcourse.widgets.elsewhere import (
    PREVALENCES,
    SPECIFICITIES,
    Elsewhere,
    controls,
    same_model_other_place,
    view_html,
)


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    sick = (rng.random(600) < 0.15).astype(int)
    plain = rng.normal(2 * sick - 2)
    return Elsewhere({"plain": plain, "balanced": plain + 1.8}, sick)


@pytest.mark.parametrize("prevalence", PREVALENCES)
@pytest.mark.parametrize("specificity", SPECIFICITIES)
def test_the_view_is_whole_and_counts_people(table, prevalence, specificity):
    view = view_html(table, prevalence, specificity, "plain")
    Balance(view)
    sensitivity, reached, _ = table.at(specificity, "plain")
    assert reached >= specificity - 1e-12
    counts = field.counts_of(sensitivity, reached, prevalence)
    assert view.count(">×</text>") == counts["missed"]
    assert view.count("</text>") == 1001
    assert f"{counts['true alarm']} of them true" in view
    assert "nan" not in view


def test_balanced_training_moves_the_probability_and_not_the_curve(table):
    plain, balanced = (table.at(0.95, name) for name in ("plain", "balanced"))
    assert plain[:2] == balanced[:2]
    assert balanced[2] > plain[2] + 0.1


def test_controls_redraw(table):
    box = controls(table)
    prevalence, specificity, training, view = box.children
    before = view.value
    prevalence.value = 0.15
    assert "15 % sick" in view.value != before
    training.value = "balanced"
    assert "balanced training" in view.value
    specificity.value = 0.8
    assert "specificity 0.8" in view.value


def test_the_static_form_comes_without_a_kernel(table, monkeypatch, tmp_path):
    monkeypatch.setenv("TLCOURSE_FIGURES", str(tmp_path))
    same_model_other_place(table)
    assert len(list(tmp_path.glob("*.png"))) == 1


def test_scores_without_sick_are_refused():
    with pytest.raises(DataError, match="both must occur"):
        Elsewhere({"plain": np.zeros(3)}, np.zeros(3))
