"""Adaptation over folds: sealed problems, scores, mixes of classes, choices, label sets."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from tlcourse import adaptation as a
from tlcourse.datasets.card import Card
from tlcourse.datasets.dataset import Dataset
from tlcourse.errors import DataError
from tlcourse.heads import fit_head
from tlcourse.recipes import chapter07_choice, chapter07_labels, chapter07_mixes
from tlcourse.recipes.chapter07_batchnorm import batchnorm_head, train_batchnorm_head
from tlcourse.recipes.chapter07_folds import (
    CEILING,
    adapted_scores,
    assert_folds_apart,
    fold_sizes,
    pose,
    style_folds,
)

N, C, D = 120, 6, 12
HEAD = partial(fit_head, strengths=[0.1])
SOURCE_ONLY = a.aligned(a.identity, name="source only", fit=HEAD)
OWN = a.aligned(a.standardize, name="own statistics", fit=HEAD)


@pytest.fixture
def data():
    """Each thing in two styles, "a" and "b"; six classes."""
    labels = np.arange(N) % C
    return Dataset(
        name="toy",
        images=np.zeros((2 * N, 1, 1, 3), np.uint8),
        labels=np.tile(labels, 2),
        class_names=tuple("uvwxyz"),
        groups=np.tile([f"g{i:03d}" for i in range(N)], 2),
        domains=np.repeat(["a", "b"], N),
        ids=tuple(map(str, range(2 * N))),
        hashes=tuple(map(str, range(2 * N))),
        card=Card("toy", "toy"),
    )


@pytest.fixture
def features(data, rng):
    """The second style is the first, stretched and moved: own statistics repair it."""
    x = 2.0 * np.eye(D)[data.labels] + 0.5 * rng.normal(size=(2 * N, D))
    x[N:] = x[N:] * rng.uniform(0.5, 2.0, D) + 3.0 * rng.normal(size=D)
    return x.astype(np.float32)


@pytest.fixture
def folds(data):
    return style_folds(data, "a", "b", folds=3, repeats=2, seed=0)


def test_parts_share_no_thing_and_all_pairs_test_the_same(data, folds):
    digest = assert_folds_apart(data, folds)
    assert digest == assert_folds_apart(data, style_folds(data, "b", "a", folds=3, seed=0))
    assert digest != assert_folds_apart(data, style_folds(data, "a", "b", folds=3, seed=1))
    assert fold_sizes(data, folds) == (80, 40)
    leaky = [replace(folds[0], target=np.append(folds[0].target, folds[0].test[0]))]
    with pytest.raises(DataError, match="is in two parts"):
        assert_folds_apart(data, leaky)


def test_source_and_target_hold_their_own_style(data, features, folds):
    for fold in folds:
        assert set(data.domains[fold.source]) == {"a"}
        assert set(data.domains[fold.target]) == set(data.domains[fold.test]) == {"b"}
    problem, sealed = pose(data, features, folds[0], target_classes=(0, 1), source_classes=(1, 2))
    assert set(problem.source_labels) == {1, 2}
    assert problem.n_classes == C
    assert problem.name == "a → b"
    assert len(sealed.test_features) == np.isin(data.labels[folds[0].test], (0, 1)).sum()
    with pytest.raises(DataError, match="No item of these classes"):
        pose(data, features, folds[0], target_classes=(99,))


def test_scores_are_those_of_a_loop_by_hand(data, features, folds):
    found = adapted_scores([SOURCE_ONLY, OWN], data, features, folds, ceiling=HEAD)
    assert list(found) == ["source only", "own statistics", CEILING]
    for i, fold in enumerate(folds):
        model = HEAD(features[fold.source], data.labels[fold.source])
        right = model.predict(features[fold.test]) == data.labels[fold.test]
        assert found["source only"].accuracies[i] == pytest.approx(right.mean())
        top = HEAD(features[fold.target], data.labels[fold.target])
        right = top.predict(features[fold.test]) == data.labels[fold.test]
        assert found[CEILING].accuracies[i] == pytest.approx(right.mean())
    gain = found["own statistics"].minus(found["source only"])
    assert gain.low > 0  # the shift of the fixture is one of location and scale
    assert (found["source only"].n_train, found["source only"].n_test) == (80, 40)


def test_a_mix_has_the_share_it_should_and_keeps_its_size(data, folds):
    sizes = set()
    for share in (0.25, 0.5, 1.0):
        for plain, fold in zip(
            folds, chapter07_mixes.mixed_folds(data, folds, (0, 1), share, seed=0), strict=True
        ):
            np.testing.assert_array_equal(plain.source, fold.source)
            assert set(fold.test) <= set(plain.test)
            assert np.isin(data.labels[fold.test], (0, 1)).mean() == pytest.approx(share, abs=0.1)
            sizes.add(len(fold.test))
    assert len(sizes) <= 2  # folds differ by an item, shares do not
    table = chapter07_mixes.by_share(
        [SOURCE_ONLY], data, np.eye(C)[data.labels], folds, (0, 1), (0.5, 1.0)
    )
    assert [s.n_test for s in table["source only"]] == [40, 40]


def test_clouds_end_where_coral_does(data, features, folds):
    found = chapter07_mixes.clouds(
        data, features, folds[:2], (0, 1), strengths=(0.0, 1.0), shares=(0.5, 1.0)
    )
    coral = a.METHODS["coral"]
    table = chapter07_mixes.by_share([coral], data, features, folds[:2], (0, 1), (0.5, 1.0))
    for i, share in enumerate((0.5, 1.0)):
        assert found.accuracy[share, 1.0].accuracies == table["CORAL"][i].accuracies
        assert found.mmd[share, 1.0] < found.mmd[share, 0.0]
        assert len(found.source[share, 0.0]) == len(found.source_labels)
        assert len(found.target[share, 0.0]) == len(found.target_labels[share])
    assert found.of == "u and v"


def test_adabn_changes_the_statistics_and_helps(data, features, folds):
    methods = [batchnorm_head(adapt=flag, steps=60, hidden=16) for flag in (False, True)]
    found = adapted_scores(methods, data, features, folds[:2])
    plain, adapted = found.values()
    assert adapted.estimate > plain.estimate
    again = adapted_scores(methods[1:], data, features, folds[:2])["AdaBN"]
    assert again.accuracies == adapted.accuracies
    problem, _ = pose(data, features, folds[0])
    model = train_batchnorm_head(problem, steps=20, hidden=16)
    first = model.layers[0]
    np.testing.assert_allclose(first.moving_mean, problem.source_features.mean(axis=0), rtol=1e-3)


def test_choices_come_from_evidence_and_the_oracle_is_marked(data, features, folds):
    where = chapter07_choice.situation("a → b", [SOURCE_ONLY, OWN], data, features, folds[:3])
    scores = adapted_scores([SOURCE_ONLY, OWN], data, features, folds[:3])
    for name in ("source only", "own statistics"):
        assert where.mean_accuracy(name) == pytest.approx(scores[name].estimate)
    chosen = chapter07_choice.choose([where])
    oracle = chosen[-1]
    assert oracle.needs_target_labels
    assert oracle.regret == 0
    assert oracle.accuracy == max(where.mean_accuracy(n) for n in where.rounds[0])
    for c in chosen:
        assert c.regret == pytest.approx(oracle.accuracy - c.accuracy)
        assert c.needs_target_labels == (c is oracle)
    sure = next(c for c in chosen if c.rule == "entropy")
    assert set(sure.choices) <= {"source only", "own statistics"}
    assert len(sure.choices) == 3


def test_label_sets_are_apart():
    assert chapter07_labels.two_label_sets(dummy(4)) is None
    for c in (5, 6, 9):
        source, target = chapter07_labels.two_label_sets(dummy(c))
        assert not set(source) & set(target)
        assert len(source) >= 3
        assert len(target) >= 2
        assert len(source) + len(target) == c
    assert chapter07_labels.class_sets(dummy(2)) == {}
    for c in (3, 5, 8):
        for chosen in chapter07_labels.class_sets(dummy(c)).values():
            assert 2 <= len(chosen) < c


def dummy(n_classes):
    names = tuple(f"c{i}" for i in range(n_classes))
    zeros = np.zeros(n_classes, np.int64)
    texts = tuple(map(str, range(n_classes)))
    return Dataset("toy", zeros, np.arange(n_classes), names, np.array(texts), np.array(texts),
                   texts, texts, Card("toy", "toy"))  # fmt: skip


def test_unknown_classes_get_the_answers_that_lie_nearest(data, folds):
    x = np.eye(C)[data.labels].astype(np.float32)
    x[data.labels == 4] = np.eye(C)[1]  # class 4 looks like class 1
    x[data.labels == 5] = np.eye(C)[2]
    shares = chapter07_labels.answer_shares(data, x, folds, (0, 1, 2, 3), (4, 5), strength=1.0)
    np.testing.assert_allclose(shares, [[0, 1, 0, 0], [0, 0, 1, 0]])


def test_the_class_that_tells_others_apart_is_found(data, rng):
    x = 3.0 * np.eye(C)[data.labels] + 0.3 * rng.normal(size=(2 * N, C))
    x[data.labels == 4] = 1.5 * np.eye(C)[0] + 0.3 * rng.normal(size=C)  # only class 0 sees it
    x[data.labels == 5] = 0.3 * rng.normal(size=((data.labels == 5).sum(), C))
    x = x[:, :4].astype(np.float32)
    found = chapter07_labels.who_helps_whom(
        data, x, source="a", target="b", source_classes=(0, 1, 2, 3), target_classes=(4, 5),
        strength=1.0, draws=10,
    )  # fmt: skip
    assert found.gain.shape == (4, 2)
    assert found.gain.sum(axis=1).argmax() == 0
    assert (found.low <= found.gain).all()
    assert (found.gain <= found.high).all()
    assert found.shots == 10
    assert 0.5 < found.recall_scores <= 1
