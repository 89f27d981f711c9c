"""Figures of choosing a model: everything is drawn, and the words hold the numbers."""

from types import SimpleNamespace

import numpy as np
import pytest

from tlcourse import plots
from tlcourse.errors import CourseError
from tlcourse.evaluation.intervals import Interval
from tlcourse.plots.choosing import KINDS, agreement, rank_slopes, ranks, truth_panels
from tlcourse.plots.sources import home_and_away, labels_needed

NAMES = ("pixels", "block 4", "untrained", "noise")
CANDIDATE_KINDS = dict(
    zip(NAMES, ("made by hand", "pretrained", "untrained", "placebo"), strict=True)
)


def test_truth_has_a_panel_for_each_target_and_a_marker_for_each_kind():
    truth = {
        "near": {name: (0.2 * i, 0.2 * i - 0.05, 0.2 * i + 0.05) for i, name in enumerate(NAMES)},
        "far": {name: 0.9 - 0.2 * i for i, name in enumerate(NAMES)},
    }
    figure, alt = truth_panels(truth, CANDIDATE_KINDS, chance={"near": 0.1, "far": 0.1})
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["near", "far"]
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == list(NAMES)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["pretrained", "untrained", "made by hand", "placebo", "most frequent class"]
    assert "near: pixels 0.00, block 4 0.20" in alt
    assert plots.to_png(figure)


def test_kinds_differ_by_marker_and_not_by_color_alone():
    assert len({marker for marker, _ in KINDS.values()}) == len(KINDS)


def record(score, target, estimate):
    tau = Interval(estimate, estimate - 0.2, estimate + 0.1, 0.95, "bootstrap", 9)
    return SimpleNamespace(score=score, target=target, tau=tau, single=(0.1, 0.5), regret=0.034)


def test_agreement_has_a_row_for_each_score_and_target():
    rankings = [record(s, t, 0.5) for t in ("near", "far") for s in ("k-NN", "LogME", "width")]
    figure, alt = agreement(rankings, title="Who ranks?")
    ax = figure.axes[0]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["k-NN", "LogME", "width"] * 2
    assert sum(text.get_text().strip() == "3.4" for text in ax.texts) == 6
    assert "k-NN on far: 0.50 (0.30 to 0.60), regret 3.4 points" in alt
    assert plots.to_png(figure)


def test_slopes_tell_where_each_candidate_went():
    figure, alt = rank_slopes(
        NAMES, [0.4, 0.9, 0.6, 0.1], [0.4, 0.3, 0.2, 0.9], labels=("right", "wrong"),
        highlight=("noise",),
    )  # fmt: skip
    assert "noise from rank 4 to rank 1" in alt
    assert "block 4 from rank 1 to rank 3" in alt
    thick = [line for line in figure.axes[0].lines if line.get_linewidth() > 2]
    assert len(thick) == 1
    assert thick[0].get_linestyle() == "--"


def test_ranks_begin_with_the_highest_score():
    assert ranks([0.2, 0.9, 0.5]).tolist() == [3, 1, 2]
    assert ranks([1, 1, 0]).tolist() == [1, 2, 3]


def test_home_and_away_draws_every_source_and_the_untrained_line():
    home = {"same": [0.7, 0.8], "digits": [0.9, 0.95], "nothing": [np.nan, np.nan]}
    away = {"same": [0.6, 0.7], "digits": [0.4, 0.5], "nothing": [0.5, 0.55]}
    kinds = {"same": "same classes", "digits": "unrelated", "nothing": "null"}
    figure, alt = home_and_away(home, away, kinds, nothing="nothing")
    written = [text.get_text().strip() for text in figure.axes[0].texts]
    assert sorted(written) == ["digits", "nothing", "same"]
    assert "same: 0.75 at home, 0.65 here" in alt
    assert "nothing: 0.52 here" in alt or "nothing: 0.53 here" in alt
    assert plots.to_png(figure)


def test_labels_needed_has_a_line_for_each_score():
    taus = {t: {s: np.array([[0.1, 0.3], [0.5, 0.7]]) for s in ("k-NN", "LogME")} for t in "ab"}
    figure, alt = labels_needed((24, 96), taus)
    assert len(figure.axes) == 2
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["k-NN", "LogME"]
    assert "k-NN on a: 0.20 with 24, 0.60 with 96" in alt
    assert plots.to_png(figure)


def test_a_value_that_is_no_number_is_refused():
    with pytest.raises(CourseError, match="Cannot plot"):
        truth_panels({"near": {"pixels": "much"}}, CANDIDATE_KINDS, chance={"near": 0.1})
