import json
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import softmax

from tlcourse.errors import DataError
from tlcourse.evaluation.crossval import cross_validate
from tlcourse.transferability import Candidate, h_score, knn, leep, logme, nce, rank


@pytest.fixture
def labels():
    return np.arange(90) % 3


@pytest.fixture
def candidates(rng, labels):
    """Return four feature sets whose classes lie further and further apart, the worst first."""
    means = rng.normal(size=(3, 12))
    return {
        f"gap {gap}": (gap * means[labels] + rng.normal(size=(90, 12))).astype("float32")
        for gap in (0, 0.3, 0.7, 2)
    }


def test_scores_are_those_of_the_single_functions(candidates, labels):
    table = rank(candidates, labels)
    for row in table.rows:
        features = candidates[row.name]
        assert row.scores["logme"] == logme(features, labels)
        assert row.scores["h_score"] == h_score(features, labels)
        assert row.scores["knn"] == knn(features, labels)
        assert row.scores["dimension"] == 12
        assert set(row.scores) == {"logme", "h_score", "knn", "dimension"}
        assert all(seconds >= 0 for seconds in row.seconds.values())
    assert table.agreement == ()
    assert table.best("logme") == table.best("knn") == "gap 2"
    assert [row.scores["knn"] for row in table.rows] == sorted(
        (row.scores["knn"] for row in table.rows), reverse=True
    )


def test_source_model_adds_leep_nce_and_its_own_accuracy(candidates, labels, rng):
    theta = softmax(rng.normal(size=(90, 5)), axis=1)
    table = rank(
        {
            "record": Candidate(candidates["gap 2"], theta, source_accuracy=0.9),
            "mapping": {"features": candidates["gap 0"], "source_probabilities": theta},
            "plain": candidates["gap 0.3"],
        },
        labels,
    )
    rows = {row.name: row for row in table.rows}
    assert rows["record"].scores["leep"] == leep(theta, labels)
    assert rows["mapping"].scores["nce"] == nce(theta.argmax(axis=1), labels)
    assert rows["record"].scores["source_accuracy"] == 0.9
    assert "leep" not in rows["plain"].scores
    frame = table.to_frame()
    assert np.isnan(frame.loc["plain", "leep"])
    assert "truth" not in frame.columns


def test_truth_is_the_cross_validated_head_and_sorts_the_table(candidates, labels):
    table = rank(candidates, labels, truth=True, folds=3, draws=50)
    for row in table.rows:
        expected = cross_validate(candidates[row.name], labels, folds=3).interval
        assert row.truth == expected
    truths = [row.truth.estimate for row in table.rows]
    assert truths == sorted(truths, reverse=True)
    assert table.rows[0].name == "gap 2"
    by_score = {found.score: found for found in table.agreement}
    assert set(by_score) == {"knn", "dimension", "logme", "h_score"}
    assert by_score["logme"].tau.estimate > 0.5
    assert by_score["logme"].regret == 0
    assert np.isnan(by_score["dimension"].tau.estimate)  # all have 12 features: no order


def test_truth_measured_elsewhere_and_regret(candidates, labels):
    truth = {"gap 0": 0.9, "gap 0.3": 0.8, "gap 0.7": 0.7, "gap 2": 0.6}  # scores are reversed
    table = rank(candidates, labels, truth=truth, draws=50)
    by_score = {found.score: found for found in table.agreement}
    assert by_score["logme"].tau.estimate < 0
    assert by_score["logme"].first_choice == "gap 2"
    assert by_score["logme"].regret == pytest.approx(0.3)
    assert table.best("truth") == "gap 0"


def test_difference_of_two_scores_has_an_interval(candidates, labels):
    table = rank(candidates, labels, truth=True, folds=3, draws=50)
    found = table.difference("knn", "logme", draws=50)
    by_score = {entry.score: entry.tau.estimate for entry in table.agreement}
    assert found.estimate == pytest.approx(by_score["knn"] - by_score["logme"])
    assert found.low <= found.high
    with pytest.raises(DataError, match="truth=True"):
        rank(candidates, labels).difference("knn", "logme")


def test_a_data_set_brings_labels_and_groups(candidates, labels):
    groups = np.arange(90) // 6
    dataset = SimpleNamespace(labels=labels, groups=groups)
    table = rank({"one": candidates["gap 0.7"]}, dataset)
    assert table.rows[0].scores["knn"] == knn(candidates["gap 0.7"], labels, groups=groups)


def test_same_seed_same_table(candidates, labels):
    first, second = (rank(candidates, labels, truth=True, folds=3, draws=50) for _ in range(2))
    for a, b in zip(first.rows, second.rows, strict=True):
        assert (a.name, a.scores, a.truth) == (b.name, b.scores, b.truth)
    assert repr(first.agreement) == repr(second.agreement)


def test_table_can_be_read_as_frame_html_and_json(candidates, labels):
    candidates["<b>bold</b>"] = candidates.pop("gap 0")
    table = rank(candidates, labels, truth=True, folds=3, draws=50)
    assert list(table.to_frame()) == [
        "dimension",
        "knn",
        "logme",
        "h_score",
        "truth",
        "low",
        "high",
    ]
    assert "truth" in table.to_frame(seconds=True)
    assert table.agreement_frame().loc["knn", "kind"] == "baseline"
    html = table._repr_html_()
    assert "&lt;b&gt;bold" in html
    assert "<b>bold" not in html
    assert json.loads(json.dumps(table.to_dict(), allow_nan=False))["n"] == 90
    assert "Agreement" not in rank(candidates, labels)._repr_html_()


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"bad": np.full((90, 2), np.nan)}, {}, "Candidate 'bad': 90 of 90 rows"),
        ({"bad": np.ones((90, 2))}, {}, "Candidate 'bad': All 2 feature columns"),
        ({"bad": np.eye(5)}, {}, "Candidate 'bad': There are 5 rows"),
        ({"bad": {"feature": 1}}, {}, "Candidate 'bad': The record has the fields"),
        ({}, {"truth": {"gap 0": 0.5}}, "truth of gap 0.3, gap 0.7, gap 2 is missing"),
    ],
)
def test_names_the_candidate_that_cannot_be_scored(candidates, labels, change, options, message):
    with pytest.raises(DataError, match=message):
        rank(candidates | change, labels, **options)


def test_refuses_nothing_to_rank(labels, candidates):
    with pytest.raises(DataError, match="no candidates"):
        rank({}, labels)
    with pytest.raises(DataError, match="score 'leep'"):
        rank(candidates, labels).best("leep")
