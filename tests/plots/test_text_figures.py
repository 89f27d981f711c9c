"""Figures of chapter 08 say their numbers in words."""

import numpy as np
import pytest

from tlcourse import plots
from tlcourse.evaluation.intervals import Interval
from tlcourse.plots import text, text_domains
from tlcourse.recipes.chapter08_protocol import Hits


def whole(figure):
    return plots.to_png(figure)[:4] == b"\x89PNG"


def interval(low, high):
    return Interval((low + high) / 2, low, high, 0.95, "two-way bootstrap", 10)


def hits(share):
    labels = np.arange(40) % 2
    table = np.random.default_rng(0).random((3, 40)) < share
    return Hits("x", table, labels, np.arange(40))


def test_word_pairs_name_opposites():
    figure, alt = text.word_pairs({("a", "b"): 0.81, ("a", "c"): 0.8}, [("a", "c")])
    assert "a–c 0.80 (opposite)" in alt
    assert "a–b 0.81 (same meaning)" in alt
    assert whole(figure)


def test_lost_words_say_every_share():
    shares = {d: {"split()": 0.43, "like GloVe": 0.031} for d in ("tweets", "films")}
    figure, alt = text.lost_words(shares, {d: ["x,", "y."] for d in shares})
    assert "tweets: split() 43.0%, like GloVe 3.1%" in alt
    assert whole(figure)


def test_crossing_says_both_ends():
    curves = {"tweets": {n: {30: hits(0.6), 100: hits(0.8)} for n in ("GloVe", "TF-IDF")}}
    figure, alt = text.crossing(curves, title="t")
    assert f"GloVe: {hits(0.6).estimate:.2f} at 30" in alt
    assert whole(figure)


def test_tuning_differences_are_in_points():
    rows = {"tweets": {"plain": {100: interval(-0.1, -0.04), 1000: interval(-0.01, 0.01)}}}
    figure, alt = text.tuning_differences(rows)
    assert "plain: -7.0 at 100" in alt
    assert whole(figure)


def test_home_and_abroad_marks_only_proven_winners():
    cells = [(s, t) for s in "ab" for t in "ab"]
    first, second = dict.fromkeys(cells, 0.7), dict.fromkeys(cells, 0.65)
    gaps = {c: interval(-0.01, 0.11) for c in cells}
    gaps["a", "b"] = interval(0.02, 0.08)
    figure, alt = text_domains.home_and_abroad(first, second, gaps, names=("GloVe", "TF-IDF"))
    assert "a → b: 0.700 and 0.650, +5.0 [+2.0, +8.0]" in alt
    marked = [t.get_text() for t in figure.axes[0].texts if "◂" in t.get_text()]
    assert marked == ["GloVe 0.700 ◂"]
    assert whole(figure)


def test_fifty_of_your_own_says_alone_and_together():
    figure, alt = text_domains.fifty_of_your_own(
        {"a → b": interval(-0.08, -0.02)}, {"a → b": interval(0.04, 0.1)}, n_own=50
    )
    assert "a → b: -5.0 alone, +7.0 together" in alt
    assert whole(figure)


def test_turning_says_precision_and_distance():
    points = np.random.default_rng(0).normal(size=(3, 2))
    curves = {"rotation": {50: (0.1, 0.2), 100: (0.3, 0.3)}}
    pairs = [("cat", "chat"), ("dog", "chien"), ("sun", "soleil")]
    figure, alt = text_domains.turning(curves, points + 1, points, points, pairs)
    assert "rotation 0.15 at 50, 0.30 at 100" in alt
    assert f"{np.sqrt(2):.2f} before and 0.00 after" in alt
    assert whole(figure)


def test_the_strip_counts_both_sides_and_names_errors():
    figure, alt = text_domains.sentence_strip(
        np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0, 1, 1, 1]), ["a", "b", "c", "d"]
    )
    assert "2 of 3 positive and 1 of 1 negative" in alt
    assert any(t.get_text() == "2. b" for t in figure.axes[0].texts)
    assert whole(figure)


@pytest.mark.parametrize("domains", [("tweets",), ("tweets", "films")])
def test_rows_of_encoders_say_their_means(domains):
    figure, alt = text_domains.dots_of_encoders({d: {"GRU": hits(0.8)} for d in domains})
    assert f"tweets, GRU {hits(0.8).estimate:.3f}" in alt
    assert whole(figure)
