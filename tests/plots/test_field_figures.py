"""Figures of chapter 11: their words come from the numbers, and they can be drawn."""

from types import SimpleNamespace

import numpy as np
import pytest

from tlcourse import field, plots
from tlcourse.evaluation import Interval
from tlcourse.plots import field_credit, field_rare, field_small, field_tissue


def whole(figure):
    assert plots.to_png(figure)[:4] == b"\x89PNG"


def span(value, half=0.02):
    return Interval(value, value - half, value + half, 0.95, "t", 5)


def test_the_slide_hatches_half_of_the_blocks():
    picture = np.zeros((64, 64, 3), np.uint8)
    mask = np.zeros((64, 64), bool)
    mask[:16] = True
    figure, alt = field_tissue.slide(picture, picture, mask, block=16)
    patches = figure.axes[2].patches
    assert len(patches) == 16
    assert sum(bool(p.get_hatch()) for p in patches) == 8
    assert "25% of all" in alt
    whole(figure)


def test_trivial_baselines_have_their_own_sign():
    figure, alt = field_tissue.baselines(
        {"brown": span(0.999), "shape": span(0.9)}, trivial=("brown",)
    )
    assert "brown 0.999; shape 0.900" in alt
    whole(figure)


def lab(name, sensitivity):
    return SimpleNamespace(
        name=name, auc=span(0.97), sensitivity=span(sensitivity), specificity=span(0.9)
    )


def test_labs_say_what_broke():
    thin = {0.63: np.array([0.9, 0.92]), 0.1: np.array([0.4, 0.42])}
    figure, alt = field_tissue.other_labs(
        [lab("home", 0.95), lab("blur", 0.26)], [lab("home", 0.95), lab("blur", 0.9)], thin
    )
    assert "blur: AUC 0.97, sensitivity 0.26" in alt
    assert "repaired 0.90" in alt
    assert "10 percent positive 0.41" in alt
    assert [t.get_text() for t in figure.axes[2].texts] == ["0.91", "0.41"]
    whole(figure)


@pytest.fixture(scope="module")
def scores():
    rng = np.random.default_rng(0)
    sick = (rng.random(300) < 0.2).astype(int)
    return {"model": rng.normal(2 * sick), "filter": rng.normal(0.5 * sick)}, sick


def test_roc_marks_the_frozen_threshold(scores):
    figure, alt = field_rare.roc(*scores, specificity=0.95, crossing=(0.06, 0.7, 0.6, 0.8))
    assert "sensitivity 0.70 (0.60 to 0.80) at specificity 0.94" in alt
    assert "filter AUC 0.6" in alt
    whole(figure)


def test_reliability_says_means(scores):
    _, sick = scores
    figure, alt = field_rare.reliability(
        {"plain": np.full(300, 0.2), "high": np.full(300, 0.6)}, sick
    )
    assert "plain: mean 0.20; high: mean 0.60" in alt
    whole(figure)


def test_every_person_is_drawn_once():
    figure, alt = field_rare.people(0.75, [0.95], (0.15, 0.01))
    for ax, prevalence in zip(figure.axes, (0.15, 0.01), strict=True):
        drawn = {line.get_label(): len(line.get_xdata()) for line in ax.lines}
        assert drawn == field.counts_of(0.75, 0.95, prevalence)
    assert "8 true and 50 false alarms" in alt
    whole(figure)


def test_handing_over_and_gallery():
    curve = field.risk_coverage(np.arange(10.0), np.arange(10) > 3)
    figure, alt = field_rare.handed_over({"model": curve})
    assert "model: 0.400 at all cases" in alt
    whole(figure)
    whole(field_rare.gallery([np.zeros((8, 8, 3), np.uint8)] * 2, ["a", "b"], title="x"))


def test_gains_are_bold_where_zero_is_excluded():
    cells = {
        (0.9, 60): span(0.1),
        (0.9, 200): span(0.01),
        (0.0, 60): span(-0.2),
        (0.0, 200): span(0),
    }
    figure, alt = field_credit.gain_table((0.9, 0.0), {"L2-SP": cells}, (60, 200))
    weights = {t.get_text(): t.get_weight() for t in figure.axes[0].texts}
    assert weights == {"+0.100": "bold", "+0.010": "normal", "-0.200": "bold", "+0.000": "normal"}
    assert "2 of 4 bold" in alt
    whole(figure)
    figure, alt = field_credit.gain_curves((60, 200), {"L2-SP": [span(0.1), span(0.01)]})
    assert "L2-SP from +0.100 to +0.010" in alt
    whole(figure)


def test_costs_name_the_cheapest_threshold():
    at = np.array([0.05, 0.1, 0.2, 0.5])
    figure, alt = field_credit.costs(
        at, {"a": np.array([4e5, 3e5, 3.5e5, 5e5])}, break_even=0.118, best=2.9e5
    )
    assert "a lowest at 0.100" in alt
    whole(figure)


def test_time_is_told_in_words():
    run = [
        SimpleNamespace(number=q, index=0.1 * q, auc=0.7 - 0.1 * q, predicted=0.1, happened=0.1)
        for q in range(3)
    ]
    figure, alt = field_credit.over_time({"people": [run, run], "meaning": [run, run]})
    assert "people: index from 0.00 to 0.20, AUC from 0.70 to 0.50" in alt
    whole(figure)


def test_small_machines():
    cuts = [field.Cut(f"block{i}_pool", i, 10 * i, float(i)) for i in (1, 2, 4)]
    figure, alt = field_small.shares(cuts)
    assert "parameters 25, 50, 100" in alt
    whole(figure)
    points = [
        ("cut trunk", "1–2", 1.0, span(0.5), 1.0),
        ("fewer bits", "8 bits", 14.7, span(0.7), 4.0),
        ("distilled", "student", 5.0, span(0.68), 2.0),
    ]
    figure, alt = field_small.size_and_accuracy(points)
    assert "8 bits 14.70 MB, accuracy 0.70, 4.0 ms" in alt
    whole(figure)
    figure, alt = field_small.bits({"per channel": {8: span(0.7), 4: span(0.5)}})
    assert "per channel: 4 bits 0.50, 8 bits 0.70" in alt
    whole(figure)
