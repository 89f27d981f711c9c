"""Chapter 05: right answers from independent sources, and what people really hand in."""

import numpy as np
import pytest
from answers_ch05 import materials
from scipy import stats
from sklearn.dummy import DummyClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tlcourse.evaluation import calibration, transfer_gain
from tlcourse.exercises import ch05_transfer as transfer
from tlcourse.exercises import find, judge
from tlcourse.exercises.ch05_interval import interval_of
from tlcourse.exercises.ch05_numbers import WILSON


def test_wilson_equals_scipy():
    ends = stats.binomtest(86, 110).proportion_ci(method="wilson")
    np.testing.assert_allclose(WILSON, (ends.low, ends.high))


@pytest.mark.parametrize(
    ("answer", "mistake"),
    [
        ((0.705, 0.859), "wald"),
        ((0.711, 0.839), "90 percent"),
        ((0.742, 0.821), "one standard error"),
        ((0.693, 0.855), "clopper pearson"),
        ((69.6, 84.9), "percent"),
        ((70, 80), "percent"),
        ((0.849, 0.696), ""),
        ((0.5, 0.6), ""),
    ],
)
def test_ends_people_write(answer, mistake):
    verdict = judge(find("05.1"), answer)
    assert not verdict.right
    assert verdict.mistake == mistake


@pytest.mark.parametrize(
    ("changed", "mistake"),
    [
        ({"B": "picture"}, "copies apart"),
        ({"C": "picture"}, "no style"),
        ({"C": "speaker"}, "wrong world"),
        ({"A": "style"}, "wrong world"),
    ],
)
def test_keys_people_choose(changed, mistake):
    answer = {"A": None, "B": "concept", "C": "style", "D": "speaker", **changed}
    assert judge(find("05.2"), answer).mistake == mistake


def pipelines():
    head = LogisticRegression(max_iter=1000)
    return [
        (SelectKBest(k=20), "cannot predict"),
        (make_pipeline(SelectKBest(k=10), StandardScaler(), head), "10 features kept"),
        (make_pipeline(SelectKBest(k=20), DummyClassifier()), "it learns little"),
        (head, "must keep 20 features"),
        ([np.zeros((4, 20))], "Hand in the recipe"),
    ]


@pytest.mark.parametrize("which", range(5))
def test_estimators_that_are_refused(which):
    answer, words = pipelines()[which]
    verdict = judge(find("05.3"), answer, **materials("05.3"))
    assert not verdict.right
    assert words in verdict.message


def test_the_answer_is_not_fitted_by_the_check():
    answer = make_pipeline(SelectKBest(k=20), StandardScaler(), LogisticRegression(max_iter=1000))
    assert judge(find("05.3"), answer, **materials("05.3")).right
    assert not hasattr(answer[0], "scores_")


def test_corrected_interval_by_hand():
    # d = 0.01, 0.03: mean 0.02, sd 0.014142, t(0.975, 1) = 12.706, error sd·√(1/2 + 1/4)
    found = interval_of(np.array([0.01, 0.03]), 80, 20)
    half = 12.7062 * 0.0141421 * np.sqrt(0.75)
    np.testing.assert_allclose(found, (0.02, 0.02 - half, 0.02 + half), rtol=1e-4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda mean, low, high: (mean, high, low), "swapped"),
        (lambda mean, low, high: (mean + 1, low, high), "not the mean"),
        (lambda mean, low, high: (mean, mean - 3 * (mean - low), mean + 3 * (high - mean)), "3.00"),
        (lambda mean, low, high: "text", "Expected three numbers"),
    ],
)
def test_other_intervals_are_described(change, words):
    verdict = judge(find("05.4"), lambda *given: change(*interval_of(*given)))
    assert not verdict.right
    assert words in verdict.message


def test_a_verdict_may_go_either_way():
    rng = np.random.default_rng(1)
    P = rng.dirichlet(np.ones(4), size=200)
    y = np.array([rng.choice(4, p=row) for row in P])
    found = calibration(P, y)
    answer = {"ece": found.ece, "null_95": found.null_95, "verdict": "Cannot tell."}
    assert found.verdict == "cannot tell"
    assert judge(find("05.5"), answer, probabilities=P, labels=y).right
    answer["ece"] = 100 * found.ece
    assert "not percent" in judge(find("05.5"), answer, probabilities=P, labels=y).message


def test_the_hidden_tables_are_of_all_kinds():
    words = [transfer_gain(*transfer.hidden(case)).word.split()[0] for case in range(3)]
    assert sorted(words) == sorted(transfer.WORDS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda g, low, high, word: (g, high, low, word), "swapped"),
        (lambda g, low, high, word: (g + 0.1, low, high, word), "not the mean"),
        (lambda g, low, high, word: (g, low, high, "maybe"), "the word one of"),
        (lambda g, low, high, word: (g, g - 0.2, g + 0.3, word), "times as wide"),
    ],
)
def test_other_verdicts_are_described(change, words):
    verdict = judge(find("05.6"), lambda *given: change(*transfer.name_transfer(*given)))
    assert not verdict.right
    assert words in verdict.message
