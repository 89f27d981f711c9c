"""A linear student: against scikit-learn, and its penalty chosen without labels."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tlcourse import field as F
from tlcourse.errors import DataError


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 20)).astype(np.float32)
    scores = 2 * x[:, :3] + 0.5 * rng.normal(size=(300, 3))
    p = np.exp(scores)
    return x, (p / p.sum(axis=1, keepdims=True)).astype(np.float32), np.arange(300) // 3


@pytest.mark.parametrize("penalty", [0.01, 0.3])
def test_it_is_logistic_regression_with_weighted_labels(world, penalty):
    x, p, groups = world
    head = F.fit_soft_head(x, p, groups=groups, penalties=(penalty,), iterations=500)
    # Each picture once for every class, weighted by the teacher's probability.
    z = (x - head.mean) / head.scale
    rows, labels = np.tile(z, (3, 1)), np.repeat(np.arange(3), len(x))
    reference = LogisticRegression(C=1 / (penalty * len(x)), max_iter=2000, tol=1e-8)
    reference.fit(rows, labels, sample_weight=p.T.ravel())
    assert np.allclose(head.predict_proba(x), reference.predict_proba(z), atol=2e-3)
    assert head.strength == pytest.approx(1 / penalty)
    assert head.trained_parameters == 20 * 3 + 3


def test_the_penalty_that_follows_the_teacher_best_is_kept(world):
    x, p, groups = world
    head = F.fit_soft_head(x[:200], p[:200], groups=groups[:200], penalties=(1e-3, 10.0, 1000.0))
    assert head.strength == pytest.approx(1000)
    assert head.inner_scores[head.strength] == max(head.inner_scores.values())
    assert np.mean(head.predict(x[200:]) == p[200:].argmax(axis=1)) > 0.8
    noise = np.random.default_rng(1).normal(size=x.shape).astype(np.float32)
    blind = F.fit_soft_head(noise, p, groups=groups, penalties=(1e-3, 10.0))
    assert blind.strength == pytest.approx(0.1)  # nothing to learn: the strongest is closest


def test_things_stay_together_when_the_penalty_is_chosen(world):
    """A code for each thing tells its answer inside the thing and nothing outside."""
    _, p, groups = world
    codes = np.eye(100, dtype=np.float32)[groups]
    answers = p[:100].repeat(3, axis=0)
    options = {"penalties": (1e-3, 1e-1, 10.0)}
    apart = F.fit_soft_head(codes, answers, groups=groups, **options)
    mixed = F.fit_soft_head(codes, answers, groups=np.arange(300), **options)
    assert apart.strength < mixed.strength


def test_views_are_more_rows(world):
    x, p, groups = world
    options = {"groups": groups, "penalties": (0.1,)}
    one, two = F.fit_soft_head(x, p, **options), F.fit_soft_head([x, x], p, **options)
    assert np.allclose(one.weights, two.weights, atol=1e-3)
    with pytest.raises(DataError, match="as many of each"):
        F.fit_soft_head([x, x[:10]], p, groups=groups)
