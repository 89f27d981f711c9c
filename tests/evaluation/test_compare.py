import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.datasets import make_moons
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.svm import SVC

from tlcourse.errors import DataError
from tlcourse.evaluation.compare import compare, holm, mcnemar

# Student's sleep data (Cushny and Peebles 1905; Student 1908), extra hours of sleep in ten
# patients. Published plain paired test: mean difference 1.58, t = 4.0621, 9 degrees of freedom.
SLEEP_A = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
SLEEP_B = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]


def test_correction_of_a_published_t_value_by_hand():
    """With 10 folds of 90 + 10 items the published t = 4.0621 shrinks.

    Plain variance factor 1/10; corrected 1/10 + 10/90 = 0.2111. So
    t = 4.0621 * sqrt(0.1 / 0.2111) = 4.0621 * 0.68825 = 2.7957, and with 9 degrees of freedom
    p = 0.0209 in place of 0.0028. The standard error is 1.58 / 2.7957 = 0.56515, and the
    interval 1.58 +- 2.26216 * 0.56515 = 1.58 +- 1.27846.
    """
    found = compare(SLEEP_A, SLEEP_B, n_train=90, n_test=10)
    assert found.difference == pytest.approx(1.58)
    assert stats.t.isf(found.p / 2, 9) == pytest.approx(2.7957, abs=1e-4)
    assert found.p == pytest.approx(0.0209, abs=1e-4)
    assert found.low == pytest.approx(1.58 - 1.27846, abs=1e-4)
    assert found.high == pytest.approx(1.58 + 1.27846, abs=1e-4)
    assert found.effect_size == pytest.approx(4.0621 / np.sqrt(10), abs=1e-4)


def test_published_example_of_scikit_learn():
    """ "Statistical comparison of models using grid search" prints t = 0.750, one-sided p = 0.227.

    10 x 10-fold cross-validated ROC AUC of a support vector machine with two kernels.
    """
    X, y = make_moons(noise=0.352, random_state=1, n_samples=100)
    cv = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    a, b = (
        cross_val_score(SVC(kernel=k, random_state=0), X, y, cv=cv, scoring="roc_auc")
        for k in ("rbf", "linear")
    )
    found = compare(a, b, n_train=90, n_test=10, names=("rbf", "linear"))
    assert found.p / 2 == pytest.approx(0.227, abs=5e-4)
    assert stats.t.isf(found.p / 2, 99) == pytest.approx(0.750, abs=5e-4)
    assert found.verdict.startswith("No difference shown between rbf and linear")


def test_published_mcnemar_examples():
    """Raschka 2018, "Model Evaluation, Model Selection" (arXiv 1811.12808), two scenarios.

    Scenario B: 11 items are right for one model only, 1 for the other:
    p = 2 * (C(12,0) + C(12,1)) / 2^12 = 2 * 13 / 4096 = 0.0063477.
    Scenario A: 25 against 15. The chi-squared form there gives (|25-15|-1)^2 / 40 = 2.025,
    p = 0.1547; the exact p is 0.1539.
    """
    b = mcnemar([1] * 9959 + [1] * 11 + [0] + [0] * 29, [1] * 9959 + [0] * 11 + [1] + [0] * 29)
    assert b.p == pytest.approx(26 / 4096)
    assert b.difference == pytest.approx(10 / 10_000)
    assert b.effect_size == pytest.approx(11 / 12)
    assert b.low > 0
    a = mcnemar([1] * 25 + [0] * 15, [0] * 25 + [1] * 15)
    assert a.p == pytest.approx(0.1539, abs=5e-5)
    assert a.p == pytest.approx(stats.chi2.sf(2.025, 1), abs=0.002)
    assert a.low < 0 < a.high


def test_mcnemar_small_counts_by_hand():
    # 5 against 0: 2 * (1/2)^5 = 0.0625. One disagreement, or none, can never be a finding.
    assert mcnemar([1] * 5, [0] * 5).p == pytest.approx(0.0625)
    assert mcnemar([1, 1], [1, 0]).p == 1
    same = mcnemar([1, 0, 1], [1, 0, 1])
    assert (same.p, same.difference, same.low, same.high) == (1, 0, 0, 0)
    assert same.verdict.startswith("No difference shown")


@settings(max_examples=80, deadline=None)
@given(only_a=st.integers(0, 40), only_b=st.integers(0, 40), both=st.integers(0, 50))
def test_mcnemar_interval_excludes_zero_exactly_when_p_is_small(only_a, only_b, both):
    if only_a + only_b + both == 0:
        return
    hits_a = [True] * only_a + [False] * only_b + [True] * both
    hits_b = [False] * only_a + [True] * only_b + [True] * both
    found, mirrored = mcnemar(hits_a, hits_b), mcnemar(hits_b, hits_a)
    assert (found.low > 0 or found.high < 0) == (found.p < 0.05)
    assert found.low <= found.difference <= found.high
    assert mirrored.low == pytest.approx(-found.high)
    assert mirrored.p == found.p


@settings(max_examples=60, deadline=None)
@given(
    J=st.integers(2, 30),
    ratio=st.floats(0.01, 1),
    shift=st.floats(-0.1, 0.1),
    seed=st.integers(0, 10_000),
)
def test_wider_than_the_plain_test_and_consistent_with_its_p(J, ratio, shift, seed):
    draw = np.random.default_rng(seed)
    a, b = draw.normal(shift, 0.05, J), draw.normal(0, 0.05, J)
    found = compare(a, b, n_train=100, n_test=100 * ratio)
    plain = stats.ttest_rel(a, b)
    assert found.p >= plain.pvalue
    assert (found.low > 0 or found.high < 0) == (found.p < 0.05)
    swapped = compare(b, a, n_train=100, n_test=100 * ratio)
    assert swapped.p == pytest.approx(found.p)
    assert swapped.low == pytest.approx(-found.high)


def test_false_alarms_stay_near_five_percent_where_the_plain_test_fails():
    """Two models that each see one half of exchangeable features: an exact null."""
    rng = np.random.default_rng(0)
    naive = corrected = 0
    for _ in range(200):
        y = rng.integers(0, 2, 200)
        X = rng.normal(size=(200, 40)) + 0.35 * (2 * y[:, None] - 1)
        accuracy = np.zeros((2, 15))
        for j in range(15):
            order = rng.permutation(200)
            train, test = order[:160], order[160:]
            means = [X[train][y[train] == c].mean(axis=0) for c in (0, 1)]
            for m, part in enumerate((slice(0, 20), slice(20, 40))):
                d = [((X[test][:, part] - mean[part]) ** 2).sum(axis=1) for mean in means]
                accuracy[m, j] = np.mean((d[1] < d[0]) == y[test])
        naive += stats.ttest_rel(*accuracy).pvalue < 0.05
        corrected += compare(*accuracy, n_train=160, n_test=40).p < 0.05
    assert corrected / 200 < 0.10
    assert naive / 200 > 0.20


def test_verdict_names_winner_and_loser():
    better = compare([0.9, 0.91, 0.9], [0.5, 0.52, 0.5], n_train=80, n_test=20, names=("x", "y"))
    assert better.verdict.startswith("x is better than y: +39.7 points, 95 % interval")
    worse = compare([0.5, 0.52, 0.5], [0.9, 0.91, 0.9], n_train=80, n_test=20, names=("x", "y"))
    assert str(worse).startswith("x is worse than y: -39.7 points")


def test_equal_folds_show_no_difference():
    found = compare([0.8, 0.9, 0.7], [0.8, 0.9, 0.7], n_train=80, n_test=20)
    assert (found.difference, found.p, found.effect_size) == (0, 1, 0)
    constant = compare([0.8, 0.9, 0.7], [0.7, 0.8, 0.6], n_train=80, n_test=20)
    assert (constant.p, constant.effect_size) == (0, np.inf)


def test_holm_by_hand_and_in_the_order_given():
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.04 -> never smaller.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.8]) == pytest.approx([1, 1])
    with pytest.raises(DataError, match="outside 0 to 1"):
        holm([1.2])


@pytest.mark.parametrize(
    ("a", "b", "options", "message"),
    [
        ([0.8, 0.9], [0.8], {"n_train": 80, "n_test": 20}, "same folds"),
        ([0.8], [0.9], {"n_train": 80, "n_test": 20}, "at least two folds"),
        ([0.8, 0.9], [0.7, 0.8], {}, "n_train and n_test are missing"),
        ([0.8, np.nan], [0.7, 0.8], {"n_train": 80, "n_test": 20}, "NaN"),
        ([0.8, 0.9], [0.7, 0.8], {"n_train": 80, "n_test": 0}, "training and test part"),
    ],
)
def test_refuses_what_does_not_pair(a, b, options, message):
    with pytest.raises(DataError, match=message):
        compare(a, b, **options)


def test_mcnemar_refuses_accuracies():
    with pytest.raises(DataError, match="True or False"):
        mcnemar([0.8, 0.9], [0.7, 0.8])
