"""The portfolio generator and the anchored scorecard."""

import hashlib

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from tlcourse import field as F
from tlcourse.errors import DataError
from tlcourse.field import credit


@pytest.mark.parametrize("rho", [1.0, 0.95, 0.6, 0.0, -0.5])
def test_rho_is_the_cosine_of_the_meanings(rho):
    beta = credit.abroad(rho=rho, seed=3).beta
    assert np.linalg.norm(beta) == pytest.approx(np.linalg.norm(credit.HOME))
    assert beta @ credit.HOME / (credit.HOME @ credit.HOME) == pytest.approx(rho, abs=1e-12)


def test_default_rates_and_correlations():
    loans = credit.home().draw(60_000, seed=1)
    assert abs(loans.y.mean() - credit.HOME_RATE) < 3 * np.sqrt(0.04 * 0.96 / 60_000) + 0.001
    assert credit.abroad(seed=5).draw(60_000, seed=1).y.mean() == pytest.approx(0.12, abs=0.006)
    found = np.corrcoef(loans.x.T)
    for (a, b), value in credit.CORRELATIONS.items():
        i, j = credit.COLUMNS.index(a), credit.COLUMNS.index(b)
        assert found[i, j] == pytest.approx(value, abs=0.02)
    assert np.abs(found[10:, :10]).max() < 0.03


def test_columns_without_effect_have_none():
    x = credit.home().draw(100, seed=0).x
    moved = x.copy()
    moved[:, 10:] += 3
    assert np.array_equal(credit.phi(x), credit.phi(moved))


def test_the_scorecard_is_good_and_not_perfect():
    source, few, test = credit.load_portfolios(n_test=20_000)
    card = F.fit_toward(source.x, source.y, strength=0)
    linear = roc_auc_score(test.y, card.logits(test.x))
    assert 0.68 < linear < roc_auc_score(test.y, test.true) < 0.82
    assert few.y.sum() >= 3


def test_same_seed_same_loans():
    def digest(seed):
        parts = credit.load_portfolios(n_home=500, n_test=500, seed=seed)
        return hashlib.sha256(b"".join(p.x.tobytes() + p.y.tobytes() for p in parts)).hexdigest()

    assert digest(0) == digest(0) != digest(1)


@pytest.mark.parametrize("wrong", [{"rho": 1.1}, {"rate": 0}, {"move": -1}])
def test_impossible_portfolios(wrong):
    with pytest.raises(DataError, match="Expected"):
        credit.abroad(**wrong)


def test_too_few_defaults_are_reported():
    with pytest.raises(DataError, match="more loans"):
        credit.home().draw(2, seed=0, least=3)


# The anchored scorecard.


@pytest.fixture(scope="module")
def loans():
    return credit.abroad(seed=1).draw(500, seed=1)


ANCHOR = np.linspace(-1, 1, 16)


def test_without_an_anchor_it_is_ridge(loans):
    peer = LogisticRegression(C=1 / 7, tol=1e-12, max_iter=10_000).fit(loans.x, loans.y)
    found = F.fit_toward(loans.x, loans.y, strength=7)
    assert np.allclose(found.weights, peer.coef_[0], atol=1e-6)
    assert found.intercept == pytest.approx(peer.intercept_[0], abs=1e-6)


def test_the_limits(loans):
    free = [F.fit_toward(loans.x, loans.y, anchor=a, strength=0) for a in (None, ANCHOR)]
    assert np.allclose(free[0].weights, free[1].weights, atol=1e-5)
    for strength in (1e7, np.inf):
        bound = F.fit_toward(loans.x, loans.y, anchor=ANCHOR, strength=strength)
        assert np.allclose(bound.weights, ANCHOR, atol=1e-3)
        assert bound.predict_proba(loans.x).mean() == pytest.approx(loans.y.mean(), abs=1e-4)


def test_the_gradient_is_zero(loans):
    found = F.fit_toward(loans.x, loans.y, anchor=ANCHOR, strength=10)
    wrong = found.predict_proba(loans.x) - loans.y
    assert np.abs(loans.x.T @ wrong + 10 * (found.weights - ANCHOR)).max() < 1e-5
    assert abs(wrong.sum()) < 1e-5


def test_recalibration_keeps_the_ranks(loans):
    card = F.Scorecard(ANCHOR, -9.0)
    mended = F.recalibrate(card, loans.x, loans.y)
    before, after = (roc_auc_score(loans.y, c.predict_proba(loans.x)) for c in (card, mended))
    assert before == pytest.approx(after, abs=1e-12)
    assert mended.predict_proba(loans.x).mean() == pytest.approx(loans.y.mean(), abs=1e-6)
    assert card.intercept == -9.0


def test_separable_data_do_not_break_newton():
    x = np.arange(10.0)[:, None]
    y = (x[:, 0] > 4).astype(int)
    found = F.fit_toward(x, y, strength=0.1)
    assert np.isfinite(found.weights).all()
    assert roc_auc_score(y, found.logits(x)) == 1


def test_the_choice_uses_the_loans_it_is_given(loans):
    near = F.choose_strength(loans.x, loans.y, anchor=credit_truth(loans))
    far = F.choose_strength(loans.x, loans.y, anchor=-3 * credit_truth(loans))
    assert near.strength > far.strength
    few = F.choose_strength(loans.x[:40], np.r_[1, np.zeros(39, int)], strengths=(1, 5))
    assert few.strength == 5


def credit_truth(loans):
    return F.fit_toward(loans.x, loans.y, strength=1).weights


def test_wrong_shapes_are_refused(loans):
    with pytest.raises(DataError, match="both must occur"):
        F.fit_toward(loans.x, np.zeros(len(loans), int), strength=1)
    with pytest.raises(DataError, match="one weight"):
        F.fit_toward(loans.x, loans.y, anchor=np.ones(3), strength=1)
    with pytest.raises(DataError, match="0 or more"):
        F.fit_toward(loans.x, loans.y, strength=-1)
    with pytest.raises(DataError, match=r"\(n, d\)"):
        F.fit_toward(loans.x, loans.y[:5], strength=1)
