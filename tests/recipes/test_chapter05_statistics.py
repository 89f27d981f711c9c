"""False alarms, lucky winners and choices: against loops, and in worlds with a known answer."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import RidgeClassifier
from sklearn.preprocessing import StandardScaler

from tlcourse.errors import DataError
from tlcourse.evaluation import interval
from tlcourse.recipes import chapter05_choice as choice
from tlcourse.recipes import chapter05_heads as heads
from tlcourse.recipes import chapter05_null as null
from tlcourse.recipes.chapter05_winner import contests


def test_equal_models_equal_a_loop_over_splits(monkeypatch):
    found = null.equal_models(3, rng=np.random.default_rng(4))
    rng = np.random.default_rng(4)
    y = rng.integers(2, size=200)
    x = rng.normal(size=(200, 40)) + 0.35 * (2 * y[:, None] - 1)
    tested = np.argsort(rng.random((3, 200)), axis=1)[:, :40]
    for difference, test in zip(found, tested, strict=True):
        train = np.setdiff1d(np.arange(200), test)
        scores = []
        for half in (slice(0, 20), slice(20, 40)):
            means = [x[train][y[train] == c][:, half].mean(axis=0) for c in (0, 1)]
            far = [np.linalg.norm(x[test][:, half] - m, axis=1) for m in means]
            scores.append(np.mean((far[1] < far[0]) == y[test]))
        assert difference == pytest.approx(scores[0] - scores[1])


def test_the_naive_test_lies_and_the_corrected_one_does_not():
    found = null.false_alarms((5, 25), worlds=300, seed=1)
    assert found.naive[0] < found.naive[1]
    assert found.naive[1] > 0.25
    assert max(found.corrected) < 0.09
    assert found.corrected[0] < found.naive[0]


def test_false_alarms_use_the_published_formula():
    found = null.false_alarms((8,), worlds=40, seed=2)
    rng = np.random.default_rng(2)
    d = np.stack([null.equal_models(8, rng=rng) for _ in range(40)])
    t = d.mean(axis=1) / np.sqrt((1 / 8 + 40 / 160) * np.maximum(d.var(axis=1, ddof=1), 1e-24))
    assert found.corrected[0] == np.mean(2 * stats.t.sf(np.abs(t), 7) < 0.05)
    naive = np.array([stats.ttest_1samp(row, 0).pvalue for row in d])
    assert found.naive[0] == np.mean(naive < 0.05)


def test_the_winner_of_one_model_has_no_luck_and_of_many_has(rng):
    hits = rng.random((60, 300)) < 0.7  # equally good models
    found = contests(hits, (1, 60), (20, 100), repeats=400)
    assert abs(found[1, 100].gap) < 0.02
    assert found[60, 20].gap > found[60, 100].gap > 0.05
    for (k, _), luck in found.items():
        assert luck.example.max() == luck.example[luck.winner] == luck.reported[0]
        assert len(luck.example) == k
        assert abs(luck.truth.mean() - 0.7) < 0.03


def test_a_contest_scores_test_items_and_the_rest_apart():
    hits = np.zeros((2, 10), dtype=bool)
    hits[0, :] = True  # always right: it wins everywhere, and is worth 1 everywhere
    luck = contests(hits, (2,), (4,), repeats=20)[2, 4]
    assert (luck.reported == 1).all()
    assert (luck.truth == 1).all()


@pytest.mark.parametrize(("models", "items"), [((9,), (5,)), ((2,), (20,)), ((0,), (5,))])
def test_contests_that_cannot_be_held(models, items):
    with pytest.raises(DataError, match="8 models and 20 items"):
        contests(np.ones((8, 20), bool), models, items, repeats=2)


@pytest.fixture
def task(rng):
    labels = np.arange(90) % 3
    return rng.normal(size=(90, 30)) + 0.8 * np.eye(3)[labels].repeat(10, axis=1), labels


def test_candidates_equal_scikit_learns_ridge_classifier(task):
    x, y = task
    train, test = np.arange(60), np.arange(60, 90)
    hits = choice.candidate_hits(x, y, train, test, n=4, width=12, seed=3)
    rng = np.random.default_rng(3)
    scale = StandardScaler().fit(x[train])
    for row in hits:
        columns = rng.choice(30, 12, replace=False)
        ridge = RidgeClassifier(alpha=12.0).fit(scale.transform(x[train])[:, columns], y[train])
        answers = ridge.predict(scale.transform(x[test])[:, columns])
        np.testing.assert_array_equal(row, answers == y[test])


def test_the_plain_interval_of_luck_covers_although_contests_share_items():
    held, lucks = [], []
    for world in range(25):
        rng = np.random.default_rng(world)
        y = np.arange(240) % 2
        x = rng.normal(size=(240, 60)) + 0.12 * (2 * y[:, None] - 1)
        luck = []
        for contest in range(8):
            order = rng.permutation(240)
            hits = choice.candidate_hits(x, y, order[:80], order[80:], n=25, width=20, seed=contest)
            best = hits[:, :60].mean(axis=1).argmax()
            luck.append(hits[best, :60].mean() - hits[best, 60:].mean())
        lucks.append(luck)
    truth = np.mean(lucks)
    for luck in lucks:
        found = interval(np.array(luck))
        held.append(found.low <= truth <= found.high)
    assert truth > 0.05
    assert np.mean(held) > 0.85


def test_choosing_from_noise_flatters_the_flat_score_only(rng):
    y = np.arange(160) % 2
    sets = {str(i): rng.normal(size=(160, 8)) for i in range(12)}
    found = [
        choice.flat_and_nested(sets, y, order[:40], order[40:], seed=i)
        for i, order in enumerate(rng.permutation(160) for _ in range(8))
    ]
    flat, nested, truth = (
        np.mean([getattr(f, k) for f in found]) for k in ("flat", "nested", "truth")
    )
    assert flat > 0.6
    assert abs(nested - 0.5) < 0.1
    assert abs(truth - 0.5) < 0.06


def test_fixed_and_chosen_heads_and_memory(task):
    x, y = task
    assert heads.linear(0.1)(x, y, groups=None, seed=0).strength == 0.1
    assert heads.chosen((0.01, 1.0))(x, y, groups=None, seed=0).strength in (0.01, 1.0)
    nearest = heads.nearest_neighbor(x, y, groups=None, seed=0)
    assert (nearest.predict_proba(x).argmax(axis=1) == y).all()  # it remembers


def test_network_accuracies_depend_on_split_and_seed(task):
    x, y = task
    order = np.random.default_rng(0).permutation(90)
    pairs = [(order[:60], order[60:]), (order[30:], order[:30])]
    first = heads.network_accuracies(x, y, pairs, (0, 1), hidden=16, epochs=60)
    again = heads.network_accuracies(x, y, pairs, (0, 1), hidden=16, epochs=60)
    assert first.shape == (2, 2)
    np.testing.assert_array_equal(first, again)
    assert first.mean() > 0.5
