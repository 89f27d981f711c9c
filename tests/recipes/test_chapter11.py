"""Chapter 11's lesson machinery: who sees what, paired portfolios, folds without shared pixels."""

import numpy as np
import pytest

from tlcourse import field
from tlcourse.field.retina import SIDE
from tlcourse.recipes import chapter11_credit as bank
from tlcourse.recipes import chapter11_retina as eye
from tlcourse.recipes import chapter11_small as small
from tlcourse.recipes import chapter11_tissue as lab


@pytest.fixture(scope="module")
def blue():
    return field.load_tissue(stride=32)


def test_held_out_scores_rank_and_never_see_their_block(blue):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(len(blue), 3)) + 2.0 * blue.labels[:, None]
    scores = lab.held_out_scores(x, blue.labels, blue.groups, strengths=[0.1])
    found = lab.auc(blue.labels, scores, blue.groups, draws=100)
    assert found.estimate > 0.9
    assert found.n == 16
    # A column that names the block and tells the label inside it is worth nothing outside.
    codes = np.unique(blue.groups, return_inverse=True)[1]
    own = np.eye(16)[codes] * (2 * blue.labels - 1)[:, None]
    blind = lab.held_out_scores(own, blue.labels, blue.groups, strengths=[0.1])
    assert lab.auc(blue.labels, blind, blue.groups, draws=20).estimate < 0.6
    leaked = lab.held_out_scores(own, blue.labels, None, strengths=[0.1])
    assert lab.auc(blue.labels, leaked, blue.groups, draws=20).estimate > 0.9


def test_the_area_is_that_of_scikit_learn():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    for n in (5, 50, 500):
        y = np.r_[0, 1, rng.integers(0, 2, n)]
        scores = rng.integers(0, 9, len(y)).astype(float)  # with ties
        assert lab.area(y, scores) == pytest.approx(roc_auc_score(y, scores))
    assert np.isnan(lab.area(np.zeros(3), np.arange(3)))


def test_the_threshold_is_frozen_on_training_blocks(blue):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(len(blue), 4)) + blue.labels[:, None]
    head, threshold, rows = lab.frozen_head(x, blue, specificity=0.9)
    assert set(blue.presplit[rows]) == {"train"}
    test = blue.presplit == "test"
    home, moved = (
        lab.judge_lab("x", lab.log_odds(head, f), blue.labels[test], blue.groups[test], threshold)
        for f in (x[test], x[test] - 1.0)
    )
    assert home.auc.estimate == pytest.approx(moved.auc.estimate)
    assert moved.sensitivity.estimate < home.sensitivity.estimate - 0.2
    mended = lab.own_statistics(x[test] * 3 - 7, x[test])
    assert np.allclose(mended, x[test])
    thin = lab.thinned(
        x[test], blue.labels[test], x[rows], head, threshold, shares=(0.6, 0.1), draws=3
    )
    assert thin[0.1].mean() < thin[0.6].mean()


def test_hand_made_texture_is_finite(blue):
    found = lab.hand_made(blue.images[:4])
    assert found.shape == (4, 26)
    assert np.isfinite(found).all()


@pytest.fixture(scope="module")
def retina():
    return field.load_retina(stride=64)


def test_stripes_share_no_pixel(retina):
    rows = np.flatnonzero(retina.presplit == "train")
    columns = np.array([int(key.split("_")[1]) for key in retina.ids])
    covered = []
    for train, held_out in eye.stripe_folds(retina, rows):
        covered += held_out.tolist()
        gap = np.abs(columns[train][:, None] - columns[held_out][None])
        assert gap.min() >= SIDE
    assert sorted(covered) == rows.tolist()


def test_the_filter_sees_strong_spots():
    painted = eye.contrast_patches((0.05, 0.4), 20)
    faint, strong = (eye.filter_scores(images) for images in painted.values())
    assert np.mean(strong > faint) > 0.9


def test_rare_heads_and_weights(retina):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(len(retina), 3)) + 1.5 * retina.labels[:, None]
    plain, balanced = (
        eye.rare_result("x", x, retina, strengths=[1.0], balanced=b) for b in (False, True)
    )
    test = retina.presplit == "test"
    y = retina.labels[test]
    shift = np.mean(balanced.scores - plain.scores)
    own = retina.labels[~test].mean()
    assert shift == pytest.approx(np.log((1 - own) / own), abs=0.6)
    assert eye.brier(plain.scores, y) < eye.brier(balanced.scores, y)
    assert set(retina.presplit[plain.threshold_rows]) == {"train"}
    sensitivity, specificity = eye.decision_intervals(plain, y, retina.groups[test])
    assert sensitivity.low <= sensitivity.estimate <= sensitivity.high
    assert 0.7 < specificity.estimate <= 1
    assert eye.filter_result(retina).head is None


def test_countries_are_paired_and_honest():
    here, again = (bank.new_country(200, seed=3, n_test=2000) for _ in range(2))
    for method in bank.METHODS:
        assert here.auc(method) == again.auc(method)
        assert here.cost(method) > 0
    assert here.cards[bank.SOURCE] is bank.source_scorecard()
    assert here.auc(bank.SOURCE) == pytest.approx(here.auc(bank.INTERCEPT), abs=1e-12)
    both = [here, bank.new_country(200, seed=4, n_test=2000)]
    assert bank.gains(both, bank.LOCAL).estimate == 0
    assert bank.savings(both, bank.INTERCEPT, over=bank.SOURCE).estimate > 0
    curves = bank.cost_curves(both, [bank.L2SP], np.array([0.1, 0.5]))
    assert curves[bank.L2SP].shape == (2,)


def test_an_index_is_blind_to_meaning():
    people, meaning = (bank.quarters(1, n=3, moves=m) for m in (True, False))
    assert people[-1].index > 0.05 > meaning[-1].index
    assert meaning[-1].auc < meaning[0].auc - 0.05
    assert meaning[-1].happened > meaning[-1].predicted + 0.03


@pytest.fixture(scope="module")
def things():
    return small.load_small("emoji", image_size=32, things=100)


def test_nobody_peeks(things):
    splits = small.thing_splits(things, n=3, per_class=3)
    home = small.home_rows(things)
    for split in splits:
        small.assert_nobody_peeks(things, split)
        assert home[split.labeled].all()
        assert home[split.test].all()
        assert len(split.labeled) == 24
        assert len(split.unlabeled) > 4 * len(split.labeled)
    assert not np.array_equal(splits[0].test, splits[1].test)
    spoiled = small.ThingSplit(splits[0].labeled, np.arange(len(things)), splits[0].test)
    with pytest.raises(AssertionError, match="seen in training"):
        small.assert_nobody_peeks(things, spoiled)


def test_students_learn_from_answers_alone(things):
    rng = np.random.default_rng(0)
    codes = np.eye(8)[things.labels]
    teacher = 3 * np.repeat(codes, 4, axis=1) + rng.normal(size=(len(things), 32))
    views = tuple(
        (2 * np.repeat(codes, 3, axis=1) + rng.normal(size=(len(things), 24))).astype(np.float32)
        for _ in range(2)
    )
    pictures = small.Pictures(teacher.astype(np.float32), views, 100, 10)
    splits = small.thing_splits(things, n=2, per_class=3)
    options = {"hidden": (16,), "epochs": 30, "rate": 5e-3, "dropout": 0.1}
    found = small.compare_students(
        pictures, things, splits, {small.DISTILLED: options, small.HARD: options | {"hard": True}}
    )
    assert set(found) == {small.TEACHER, small.LINEAR, small.DISTILLED, small.HARD}
    assert np.mean(found[small.TEACHER]) > 0.5
    assert np.mean(found[small.DISTILLED]) > 0.3
    assert all(len(v) == 2 for v in found.values())


def test_bits_serve_the_same_head(vgg, things):
    home = things.subset(small.home_rows(things))
    splits = small.thing_splits(home, n=2, per_class=3)
    found = small.accuracy_by_bits(vgg, home, splits, [(8, True), (2, False)])
    assert found[8, True][1] > 0.8 > found[2, False][1]
    assert found[8, True][2] > 3.5 * found[2, False][2]


def test_both_trunks_and_time(vgg, things):
    trunk = field.small_trunk(vgg, taps=("block1_pool",))
    few = things.subset(np.arange(6))
    found = small.both_trunks(vgg, trunk, few)
    assert found.teacher.shape == (6, 1280)
    assert [v.shape for v in found.views] == [(6, 192)] * 2
    assert not np.array_equal(*found.views)
    assert found.student_parameters < found.teacher_parameters / 10
    assert small.milliseconds(trunk, few.images, repeats=1) > 0


def test_a_folder_of_ones_own_has_one_style(color_folder):
    data = small.load_small(color_folder, image_size=32, things=20)
    assert small.home_rows(data).all()
    (split,) = small.thing_splits(data, n=1, per_class=5)
    small.assert_nobody_peeks(data, split)
    assert len(split.labeled) == 10
    assert sorted([*split.unlabeled, *split.test]) == list(range(len(data)))
