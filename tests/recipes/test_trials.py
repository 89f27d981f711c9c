"""A trial keeps what was trained on what, and pairs only with trials on the same pictures."""

import numpy as np
import pytest

from tlcourse.errors import DataError
from tlcourse.evaluation import wilson
from tlcourse.recipes.trials import hits_table, trial


@pytest.fixture
def rows(emoji):
    return np.arange(0, 40, 5), np.arange(1, len(emoji), 7)


def answers(data, test, right):
    """Answer the first `right` test pictures correctly and the others wrongly."""
    called = data.labels[test].copy()
    called[right:] = (called[right:] + 1) % data.n_classes
    return np.eye(data.n_classes)[called]


def test_a_trial_counts_hits_and_remembers_its_pictures(emoji, rows):
    train, test = rows
    done = trial("transfer", answers(emoji, test, 10), emoji, train=train, test=test, seed=3)
    assert done.accuracy == 10 / len(test)
    assert done.hits.tolist() == [True] * 10 + [False] * (len(test) - 10)
    assert done.interval == pytest.approx(wilson(10, len(test)))
    assert done.trained_on == tuple(emoji.hashes[i] for i in train)
    assert done.tested_on == tuple(emoji.hashes[i] for i in test)
    assert done.result.n_train == len(train)
    assert f"draw 3: {done.accuracy:.3f}" in str(done)


def test_hits_pair_on_the_same_pictures_only(emoji, rows):
    train, test = rows
    a, b = (
        trial("x", answers(emoji, test, n), emoji, train=train, test=test, seed=n) for n in (5, 9)
    )
    table = hits_table([a, b])
    assert table.shape == (2, len(test))
    assert table.sum(axis=1).tolist() == [5, 9]
    turned = trial("y", answers(emoji, test[::-1], 5), emoji, train=train, test=test[::-1])
    for wrong in ([a, turned], []):
        with pytest.raises(DataError, match="same pictures"):
            hits_table(wrong)


def test_one_row_of_probabilities_for_each_test_picture(emoji, rows):
    train, test = rows
    with pytest.raises(DataError, match="predictions"):
        trial("x", answers(emoji, test, 3)[:-1], emoji, train=train, test=test)
