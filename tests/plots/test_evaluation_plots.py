"""Figures of chapter 05: what is drawn, and that the words hold the numbers that are drawn."""

import numpy as np
import pytest

from tlcourse import plots
from tlcourse.evaluation import calibration, compare, interval, transfer_gain
from tlcourse.plots import evaluation_splits, evaluation_tests
from tlcourse.recipes.chapter05_null import FalseAlarms


def texts(figure):
    return [t.get_text() for ax in figure.axes for t in ax.texts]


def drawn(figure, alt):
    assert plots.to_png(figure)[:4] == b"\x89PNG"
    assert len(alt) > 40
    return figure, alt


def test_many_answers_have_one_circle_for_each_split(rng):
    rows = {"439 labels": rng.normal(0.8, 0.03, 30), "80 labels": rng.normal(0.7, 0.05, 30)}
    figure, alt = drawn(*evaluation_splits.many_answers(rows, interval(90, 110), n_test=110))
    (ax,) = figure.axes
    circles = [line for line in ax.lines if line.get_marker() == "o"]
    for line, values in zip(circles, rows.values(), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), values)
    assert f"{rows['80 labels'].min():.3f} to {rows['80 labels'].max():.3f}" in alt
    assert f"{interval(90, 110).low:.3f}" in alt


def test_coverage_has_two_bars_for_each_setting():
    figure, alt = drawn(
        *evaluation_splits.coverage([(0.95, 30), (0.8, 110)], [0.786, 0.95], [0.94, 0.96])
    )
    heights = sorted(bar.get_height() for bar in figure.axes[0].patches)
    np.testing.assert_allclose(heights, [78.6, 94, 95, 96])
    assert figure.axes[0].get_ylim()[0] <= 0
    assert "accuracy 0.95 and 30 pictures: textbook 79, Wilson 94" in alt


def test_split_and_seed_writes_every_accuracy_and_the_means():
    table = np.array([[0.7, 0.72], [0.8, 0.82], [0.9, 0.88]])
    figure, alt = drawn(*evaluation_splits.split_and_seed(table))
    assert texts(figure)[:3] == ["0.70", "0.72", "0.71"]
    assert f"{table.mean(axis=1).std(ddof=1):.3f}" in alt
    assert "3 splits by 2 seeds" in alt


def test_leak_and_test_draws_chance_and_all_scores():
    kinds = {"real labels": (0.9, 0.85, 0.95), "shuffled per thing": (0.4, 0.38, 0.42)}
    clean = {"real labels": (0.7, 0.65, 0.75), "shuffled per thing": (0.16, 0.12, 0.2)}
    figure, alt = drawn(
        *evaluation_splits.leak_and_test(
            {"head": {"real labels": 0.9}, "memory": kinds},
            {"head": {"real labels": 0.8}, "memory": clean},
            chance=0.15,
        )
    )
    assert len(figure.axes) == 2
    assert "memory, shuffled per thing, random folds: 0.40" in alt
    assert "memory, shuffled per thing, grouped folds: 0.16" in alt
    assert "Chance is 0.15" in alt


def test_a_lie_that_was_not_shown_is_an_open_circle():
    figure, alt = drawn(
        *evaluation_splits.lies(
            {"big": ((0.2, 0.1, 0.3), "a coin"), "none": ((0.0, -0.02, 0.02), "nothing")}
        )
    )
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    faces = {tuple(line.get_ydata()): line.get_markerfacecolor() for line in dots}
    assert faces[(1,)] == "white"
    assert faces[(0,)] != "white"
    assert "big: +20.0 points, +10.0 to +30.0, exposed by a coin" in alt


@pytest.fixture
def differences(rng):
    return {"a over b": rng.normal(0.05, 0.02, 10), "c over d": rng.normal(0.0, 0.03, 10)}


def test_questions_count_what_is_clear_of_zero(differences):
    zeros = np.zeros(10)
    corrected = {q: compare(d, zeros, n_train=80, n_test=20) for q, d in differences.items()}
    naive = {q: interval(d) for q, d in differences.items()}
    kept = {"a over b": True, "c over d": False}
    figure, alt = drawn(*evaluation_tests.questions(corrected, naive, kept))
    assert "Holm keeps 1" in alt
    clear = sum(c.low > 0 or c.high < 0 for c in corrected.values())
    assert f"the corrected one in {clear}" in alt
    assert f"corrected {clear}" in figure.axes[0].get_title(loc="left")


@pytest.mark.parametrize("keep", [True, False])
def test_questions_all_kept_or_none(differences, keep):
    naive = {q: interval(d) for q, d in differences.items()}
    drawn(*evaluation_tests.questions(naive, naive, dict.fromkeys(naive, keep)))


def test_alarms_say_every_rate():
    found = FalseAlarms((5, 25), (0.11, 0.43), (0.04, 0.05), 400, 0.05)
    figure, alt = drawn(*evaluation_tests.alarms(found))
    assert {"11 %", "43 %", "4 %", "5 %"} <= set(texts(figure))
    assert "25 splits: naive 43, corrected 5" in alt
    assert figure.axes[0].get_ylim()[0] <= 0


def test_reliability_draws_ece_and_its_yardstick(rng):
    labels = rng.integers(3, size=90)
    raw = np.exp(4 * np.eye(3)[labels] + 3 * rng.normal(size=(90, 3)))
    raw /= raw.sum(axis=1, keepdims=True)
    soft = raw**0.4 / (raw**0.4).sum(axis=1, keepdims=True)
    before, after = calibration(raw, labels), calibration(soft, labels)
    figure, alt = drawn(
        *evaluation_tests.reliability(before, after, names=("raw", "cooled"), title="t")
    )
    bars = [patch.get_height() for patch in figure.axes[1].patches]
    np.testing.assert_allclose(bars, [before.null_95, after.null_95])
    for name, found in (("raw", before), ("cooled", after)):
        assert f"{name}: ECE {found.ece:.3f}" in alt
        assert found.verdict in alt


def test_negative_transfer_is_named_where_the_interval_lies_below_zero(rng):
    good, bad = rng.random((5, 200)) < 0.8, rng.random((5, 200)) < 0.5
    gains = {
        "down": [transfer_gain(bad, good, labels=40)],
        "up": [transfer_gain(good, bad, labels=40)],
    }
    figure, alt = drawn(
        *evaluation_tests.curves_and_gains(
            [40, 80], {"with": {40: 0.7, 80: (0.8, 0.7, 0.9)}}, gains, title="t"
        )
    )
    assert texts(figure).count("negative\ntransfer") == 1
    assert "negative transfer" in alt
    assert "positive transfer" in alt
