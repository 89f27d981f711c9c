"""Figures of chapter 06: their words come from the numbers, and they can be drawn."""

import numpy as np
import pytest

from tlcourse import plots
from tlcourse.evaluation import Interval, transfer_gain
from tlcourse.plots import overfitting
from tlcourse.recipes.chapter06_stopping import stopping_lottery


def whole(figure):
    assert plots.to_png(figure)[:4] == b"\x89PNG"


def test_the_patient_has_a_labeled_gap():
    figure, alt = overfitting.patient(
        np.array([0.8, 1.0]), np.array([0.5, 0.57]), np.array([0.5, 0.0]), np.array([2.0, 7.9])
    )
    assert "a gap of 43 points" in alt
    assert "ends at 7.90 nats" in alt
    assert "gap 43" in [text.get_text() for text in figure.axes[0].texts]
    whole(figure)


def test_undecided_remedies_are_hollow_and_said_to_be(rng):
    base = rng.random((5, 200)) < 0.3
    better = base | (rng.random((5, 200)) < 0.5)
    effects = {"none": transfer_gain(base, base[::-1]), "much": transfer_gain(better, base)}
    figure, alt = overfitting.remedies({"raw": effects, "scaled": effects})
    assert len(figure.axes) == 2
    assert f"much {100 * effects['much'].gain:+.1f}" in alt
    assert alt.count("(undecided)") == 2
    faces = [line.get_markerfacecolor() for line in figure.axes[0].lines if len(line.get_xdata())]
    assert "white" in faces
    whole(figure)


def test_honesty_names_every_treatment():
    points = {"plain": (1.6, 1.1, 0.65), "decay": (1.0, 0.98, 0.67), "mixup": (1.1, 1.05, 0.651)}
    figure, alt = overfitting.honesty(points)
    assert "plain: 65 percent, 1.60 to 1.10 nats" in alt
    labels = [text for text in figure.axes[0].texts if text.get_text() in points]
    heights = sorted(text.xyann[1] for text in labels)
    assert min(np.diff(heights)) > 0.1
    whole(figure)


@pytest.mark.parametrize("n", [2, 5])
def test_double_cost_has_a_row_for_each_arm(n):
    interval = Interval(0.6, 0.5, 0.7, 0.95, "t", 5)
    arms = {f"arm {i}": (0.1 * 10**i, interval, 0.9) for i in range(n)}
    figure, alt = overfitting.double_cost(arms, 0.2)
    assert alt.count("60 percent, training 90") == n
    assert "arm 1: 1 seconds" in alt
    whole(figure)


def test_leashes_say_where_each_anchor_ends():
    arms = {"plain decay": [0.6, 0.2], "L2-SP": [0.6, (0.65, 0.6, 0.7)]}
    moved = {"plain decay": [0.05, 1.0], "L2-SP": [0.05, 0.01]}
    figure, alt = overfitting.leashes((0, 3000), arms, moved, probe=0.64, majority=0.2)
    assert "plain decay: 60 percent at 0 (moved 5), 20 percent at 3000 (moved 100)" in alt
    whole(figure)


def test_three_lies_count_what_the_lottery_found(rng):
    right = rng.random((30, 150)) < 0.6
    lotteries = [stopping_lottery(right, size) for size in (16, 80)]
    curves = {name: right.mean(axis=1) for name in ("leaking", "honest", "test")}
    figure, alt = overfitting.three_lies(lotteries, curves, 30)
    assert f"16 pictures {100 * lotteries[0].optimism:+.1f}" in alt
    assert len(figure.axes) == 3
    whole(figure)
