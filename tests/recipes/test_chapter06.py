"""The patient and its treatments: same starts, exact arithmetic, honest measures."""

import numpy as np
import pytest
from scipy.stats import binom

from tlcourse.backbones import backbone
from tlcourse.errors import CourseError, DataError
from tlcourse.evaluation import calibration
from tlcourse.finetuning import cache_trunk
from tlcourse.recipes import chapter06_chart as charts
from tlcourse.recipes.chapter04_tail import AT, random_head
from tlcourse.recipes.chapter06_heads import HeadLab, Treatment, grids
from tlcourse.recipes.chapter06_leash import LeashedTail, leash_run
from tlcourse.recipes.chapter06_noise import noise_grid
from tlcourse.recipes.chapter06_stopping import expected_best, joined, stopping_lottery

ROWS = np.arange(0, 40, 2)


@pytest.fixture(scope="module")
def lab():
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 4
    maps = np.maximum(rng.normal(size=(40, 2, 2, 8)) + labels[:, None, None, None], 0) * 9
    maps = maps.astype(np.float32)
    views = np.stack([maps[ROWS] + 1, maps[ROWS] + 2])
    return HeadLab(maps, labels, 4, views=views, view_rows=ROWS)


def run(lab, treatment, **options):
    return lab.train(treatment, ROWS, **{"seed": 0, "epochs": 3} | options)


def test_the_same_seed_gives_the_same_head_and_another_seed_another(lab):
    first, again = (run(lab, Treatment(dropout=0.5)).logits for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, run(lab, Treatment(dropout=0.5), seed=1).logits)


@pytest.mark.parametrize(
    "treatment",
    [
        Treatment(scaled=True),
        Treatment(pooled=True),
        Treatment(dropout=0.5),
        Treatment(decay=10.0),
        Treatment(smoothing=0.1),
        Treatment(mixup=0.2),
        Treatment(views=2),
    ],
)
def test_every_treatment_changes_the_head_and_one_setting_only(lab, treatment):
    assert len(treatment.differs_from(Treatment())) == 1
    assert not np.allclose(run(lab, Treatment()).logits, run(lab, treatment).logits)


def test_the_patient_learns_and_its_epochs_end_where_it_ends(lab):
    trained = run(lab, Treatment(scaled=True), epochs=20, watch=True)
    assert trained.epochs.shape == (20, 40, 4)
    np.testing.assert_array_equal(trained.epochs[-1], trained.logits)
    assert np.mean(trained.logits.argmax(1)[ROWS] == lab.labels[ROWS]) == 1
    plain = run(lab, Treatment(scaled=True), epochs=20)
    np.testing.assert_array_equal(trained.logits, plain.logits)
    assert trained.others is None


def test_further_pictures_are_watched_and_change_nothing(lab):
    watched = run(lab, Treatment(), watch=True, others=lab.originals[:5])
    np.testing.assert_allclose(watched.others, watched.epochs[:, :5], rtol=1e-4, atol=1e-3)
    plain = run(lab, Treatment(), watch=True)
    np.testing.assert_allclose(watched.epochs, plain.epochs, rtol=1e-4, atol=1e-3)


def test_the_unit_is_one_number_from_the_training_pictures(lab):
    trained = run(lab, Treatment(scaled=True))
    assert trained.unit == float(lab.originals[ROWS].std())
    assert run(lab, Treatment()).unit == 1.0
    bigger = HeadLab(lab.originals * 7, lab.labels, 4)
    same = bigger.train(Treatment(scaled=True), ROWS, seed=0, epochs=3)
    np.testing.assert_allclose(same.logits, trained.logits, rtol=1e-3, atol=1e-3)


def test_strong_decay_shrinks_the_kernels(lab):
    run(lab, Treatment(decay=500.0), epochs=20)
    kernels = [v.numpy() for v in lab._forms[32, 0.0].model.trainable_variables if v.ndim == 2]
    assert max(np.abs(k).max() for k in kernels) < 0.01


def test_missing_views_are_explained(lab):
    with pytest.raises(CourseError, match="3 augmented views and the lab has 2"):
        run(lab, Treatment(views=3))
    with pytest.raises(CourseError, match="no augmented views"):
        lab.train(Treatment(views=1), ROWS + 1, seed=0)


# Charts.


def test_a_chart_agrees_with_its_parts(rng):
    labels = np.arange(90) % 3
    logits = rng.normal(size=(90, 3)) + np.eye(3)[labels]
    draw = charts.Draw(0, np.arange(30), np.arange(30, 60), np.arange(60, 90))
    own = charts.chart(4 * logits, labels, draw)
    answers = logits.argmax(1)
    assert own.accuracy == np.mean(answers[60:] == labels[60:])
    assert own.gap == pytest.approx(np.mean(answers[:30] == labels[:30]) - own.accuracy)
    assert own.nll == pytest.approx(charts.losses(4 * logits, labels)[60:].mean())
    assert own.temperature > 1
    assert own.nll_after < own.nll
    e = np.exp(4 * logits[60:])
    again = calibration(e / e.sum(1, keepdims=True), labels[60:])
    assert own.ece == pytest.approx(again.ece)
    row = charts.table({"it": [own, own]})[0]
    assert row["test"] == f"{own.accuracy:.3f}"


def test_wrong_labels_are_exactly_as_many_and_all_wrong():
    labels = np.arange(60) % 5
    changed = charts.wrong_labels(labels, np.arange(40), 0.3, 5, seed=0)
    differ = np.flatnonzero(changed != labels)
    assert len(differ) == 12
    assert differ.max() < 40
    assert set(changed) <= set(range(5))
    np.testing.assert_array_equal(charts.wrong_labels(labels, differ, 0.0, 5, seed=0), labels)


def test_draws_are_balanced_and_too_rare_classes_are_named():
    from tlcourse.datasets import holdouts, load

    data = load("emoji", style="twemoji")
    development, test = holdouts(data, np.arange(len(data)), n=1, test=0.4, seed=0)[0]
    draws = charts.draws_of(data, development, test, n=2, per_class=10)
    for draw in draws:
        assert np.bincount(data.labels[draw.train]).tolist() == [10] * 8
        assert len(draw.validation) == 80
        assert not set(draw.validation) & set(draw.train)
    with pytest.raises(DataError, match="The rarest class"):
        charts.draws_of(data, development, test, n=1, per_class=40)


def test_pictures_of_one_group_never_validate_each_other():
    from tlcourse.datasets import holdouts, load

    data = load("emoji", style=("twemoji", "noto"))
    development, test = holdouts(data, np.arange(len(data)), n=1, test=0.4, seed=0)[0]
    (draw,) = charts.draws_of(data, development, test, n=1, per_class=10)
    assert not set(data.groups[draw.train]) & set(data.groups[draw.validation])


# Wrong labels and strength.


def test_the_grid_holds_every_setting_and_weak_heads_learn_wrong_labels(rng):
    labels = np.arange(80) % 4
    features = (rng.normal(size=(80, 12)) + np.eye(4, 12)[labels] * 2).astype(np.float32)
    draw = charts.Draw(0, np.arange(32), np.arange(32, 40), np.arange(40, 80))
    grid = noise_grid(
        features, labels, {8: [draw]}, n_classes=4, shares=(0.0, 0.5), strengths=(1e-3, 100.0)
    )
    assert set(grid.cells) == {(c, s, 8) for c in (1e-3, 100.0) for s in (0.0, 0.5)}
    assert grid.cell(100.0, 0.5, 8).train[0] > grid.cell(1e-3, 0.5, 8).train[0]
    assert grid.cell(100.0, 0.0, 8).calibration.n == 40
    assert grid.best(0.5, 8) in grid.strengths
    with pytest.raises(CourseError, match=r"no setting C=0\.5"):
        grid.cell(0.5, 0.0, 8)


# Early stopping, replayed.


def test_without_differences_the_best_of_many_epochs_is_luck(rng):
    right = rng.random((30, 400)) < 0.6
    lotteries = {size: stopping_lottery(right, size) for size in (16, 100)}
    assert lotteries[16].optimism > lotteries[100].optimism > 0.02
    assert abs(lotteries[16].gain) < 0.05


def test_the_lottery_counts_as_by_hand(rng):
    right = rng.random((5, 20)) < 0.6
    found = stopping_lottery(right, 8, redraws=3, seed=1)
    order = np.random.default_rng(1).random((3, 20)).argsort(axis=1)
    for r in range(3):
        validates = order[r] < 8
        scores = right[:, validates].mean(axis=1)
        epoch = int(scores.argmax())
        assert found.chosen[r] == epoch + 1
        assert found.reported[r] == pytest.approx(scores[epoch])
        assert found.true[r] == pytest.approx(right[epoch, ~validates].mean())
        assert found.last[r] == pytest.approx(right[-1, ~validates].mean())


def test_by_loss_the_lowest_loss_is_chosen(rng):
    losses = np.ones((4, 30))
    losses[2] = 0.5
    found = stopping_lottery(rng.random((4, 30)) < 0.5, 10, losses=losses)
    assert set(found.chosen) == {3}
    assert joined([found, found]).chosen.shape == (800,)
    with pytest.raises(DataError, match="cannot validate"):
        stopping_lottery(losses > 0, 30)
    with pytest.raises(DataError, match="Join equal sizes"):
        joined([found, stopping_lottery(losses > 0, 9)])


def test_the_expected_best_is_exact(rng):
    draws = rng.binomial(40, 0.65, (20000, 10)).max(axis=1).mean() / 40
    assert expected_best(0.65, 10, 40) == pytest.approx(draws, abs=2e-3)
    assert expected_best(0.65, 1, 40) == pytest.approx(binom.mean(40, 0.65) / 40)


# The leash, on VGG16 at its smallest.


@pytest.fixture(scope="module")
def tail():
    from tlcourse.datasets import load

    data = load("emoji", style="twemoji").subset(np.arange(0, 480, 20))
    network = backbone(image_size=32, precision="float32", weights="embedded")
    trunk = cache_trunk(network, data, at=AT)
    pooled = network.pooled(data.images[:, ::3, ::3], at=AT)["block5_pool"]
    return LeashedTail(network, trunk, 8), data.labels, grids(network, trunk), pooled


def train(tail, labels, strength, anchor):
    tail.start(random_head(512, 8, seed=0))
    tail.leash(strength, anchor)
    tail.steps(labels, np.arange(24), rate=1e-4, epochs=5, seed=0)
    return np.mean(list(tail.moved_by().values())), tail.weights()


def test_the_anchor_is_where_a_strong_leash_ends(tail):
    tail, labels, _, _ = tail
    free, weights = train(tail, labels, 0.0, "zero")
    assert 0 < free < 0.2
    again = train(tail, labels, 0.0, "pretrained")[1]
    for a, b in zip(weights, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert train(tail, labels, 3000.0, "zero")[0] > 0.97
    assert train(tail, labels, 3000.0, "pretrained")[0] < free / 2
    with pytest.raises(CourseError, match="leash of strength"):
        tail.leash(1.0, "head")


def test_a_run_says_what_was_right_and_how_far_it_went(tail):
    tail, labels, _, _ = tail
    draw = charts.Draw(0, np.arange(16), np.arange(16, 18), np.arange(18, 24))
    tail.leash(0.0, "zero")
    found = leash_run(tail, labels, draw, random_head(512, 8, seed=0), rate=1e-4, epochs=1)
    answers = tail.logits(tail.features(np.arange(24))).argmax(1) == labels
    assert found.hits.tolist() == answers[18:].tolist()
    assert found.train_accuracy == answers[:16].mean()
    assert found.moved == np.mean(list(tail.moved_by().values()))
    assert found.seconds > 0


def test_grids_average_to_the_pooled_features(tail):
    _, _, maps, pooled = tail
    assert maps.shape[:2] == (1, 24)
    assert maps.dtype == np.float32
    assert maps.mean(axis=(2, 3)).shape[1:] == pooled.shape
