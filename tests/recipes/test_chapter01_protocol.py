"""Draws, pools and paired differences of the background chapter."""

import numpy as np
import pytest

from tlcourse.errors import DataError
from tlcourse.recipes.chapter01_protocol import (
    Answers,
    deal,
    draws,
    keep_parts,
    linear_answers,
    majority_answers,
    trained_answers,
)


def answers(name, shares, n=400, seed=0):
    """Hits whose items are equally hard for every method and draw."""
    hard = np.random.default_rng(seed).random(n)
    return Answers(name, np.stack([hard < share for share in shares]))


def test_the_pool_holds_as_many_of_each_class_and_the_rest_is_measured(emoji):
    split = deal(emoji, per_class=5, seed=1)
    assert np.bincount(emoji.labels[split.train]).tolist() == [5] * 8
    assert len(split.train) + len(split.validation) == len(emoji)
    assert split.n_test == 0
    assert not set(split.train) & set(split.validation)


def test_a_class_without_items_to_measure_is_named(emoji):
    counts = emoji.class_counts
    rarest = min(counts, key=counts.get)
    with pytest.raises(DataError, match=f"Class '{rarest}' has {counts[rarest]}"):
        deal(emoji, per_class=counts[rarest])


def test_draws_are_balanced_nested_and_differ(emoji):
    split = deal(emoji, per_class=8)
    two, five = draws(split, 2, 3), draws(split, 5, 3)
    for small, large in zip(two, five, strict=True):
        assert set(small) <= set(large) <= set(split.train)
        assert np.bincount(emoji.labels[large]).tolist() == [5] * 8
    assert len({tuple(rows) for rows in five}) == 3


def test_kept_parts_hold_the_rows_asked_for(emoji):
    split = keep_parts(emoji, np.array([3, 9]), np.array([30, 40, 50]), np.array([70]))
    assert [split.dataset.ids[i] for i in split.train] == [emoji.ids[3], emoji.ids[9]]
    assert [split.dataset.ids[i] for i in split.validation] == [emoji.ids[i] for i in (30, 40, 50)]
    assert split.n_test == 1
    with pytest.raises(DataError):
        keep_parts(emoji, np.array([3, 9]), np.array([9, 40]))


def test_a_difference_is_paired():
    a, b = answers("a", [0.60, 0.70, 0.65]), answers("b", [0.55, 0.65, 0.60])
    found = a.minus(b)
    assert found.difference == pytest.approx(a.estimate - b.estimate)
    assert found.per_draw == pytest.approx(tuple(a.per_draw - b.per_draw))
    assert 0 < found.low < found.difference < found.high
    unpaired = a.high - b.low - (a.low - b.high)
    assert found.high - found.low < 0.5 * unpaired
    assert found.verdict.startswith("a is better than b: +4.9 points")
    assert "above zero in 3 of 3 draws" in found.verdict
    assert b.minus(a).verdict.startswith("b is worse than a")


def test_equal_methods_are_not_told_apart():
    a, b = answers("a", [0.6, 0.5, 0.55], seed=1), answers("b", [0.55, 0.6, 0.5], seed=2)
    found = a.minus(b)
    assert found.low < 0 < found.high
    assert found.verdict.startswith("No difference shown between a and b")


def test_other_items_do_not_pair():
    with pytest.raises(DataError, match="expected the same items"):
        answers("a", [0.5], n=10).minus(answers("b", [0.5], n=11))


def test_groups_widen_the_interval(rng):
    groups = np.repeat(np.arange(10), 40)
    hits = np.repeat(rng.random((3, 10)) < 0.5, 40, axis=1)
    alone, grouped = Answers("a", hits), Answers("a", hits, groups=groups)
    assert grouped.high - grouped.low > alone.high - alone.low


def test_linear_answers_learn_from_the_draw_only(emoji, rng):
    split = deal(emoji, per_class=8)
    features = np.eye(8)[emoji.labels].astype(np.float32) + 0.1 * rng.normal(size=(len(emoji), 8))
    chosen = draws(split, 5, 2)
    found = linear_answers("informed", features, split, chosen, family="random")
    assert found.estimate > 0.98
    assert found.hits.shape == (2, len(split.validation))
    assert found.weights == 8 * 8 + 8
    blind = features.copy()
    blind[chosen[0]] = rng.normal(size=(len(chosen[0]), 8))  # spoil what draw 0 learns from
    spoiled = linear_answers("spoiled", blind, split, chosen[:1])
    assert spoiled.estimate < 0.5


def test_trained_answers_get_each_draw_with_its_number(emoji):
    split = deal(emoji, per_class=8)
    chosen, seen = draws(split, 2, 3), []

    def learn(rows, seed):
        seen.append((seed, tuple(rows)))
        return emoji.labels[split.validation]

    assert trained_answers("oracle", learn, split, chosen).estimate == 1
    assert seen == [(i, tuple(rows)) for i, rows in enumerate(chosen)]


def test_the_majority_is_counted_on_the_measured_part(emoji):
    split = deal(emoji, per_class=8)
    truth = emoji.labels[split.validation]
    expected = np.mean(truth == np.bincount(emoji.labels).argmax())
    assert majority_answers(split, 2).estimate == pytest.approx(expected)
