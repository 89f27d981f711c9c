import sys

import numpy as np
import pytest
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from tlcourse.errors import DataError
from tlcourse.transferability import knn


def test_equals_leave_one_out_in_scikit_learn(blobs):
    features, labels = blobs(90, 6, n_classes=2, gap=0.4)  # two classes, odd k: no ties
    model = KNeighborsClassifier(5, metric="cosine", algorithm="brute")
    F = StandardScaler().fit_transform(features)
    expected = cross_val_score(model, F, labels, cv=LeaveOneOut()).mean()
    assert 0.5 < expected < 1
    assert knn(features, labels) == pytest.approx(expected, abs=1e-12)


def test_blocks_do_not_change_the_answer(blobs, monkeypatch):
    features, labels = blobs(90, 6, gap=0.4)
    whole = knn(features, labels)
    monkeypatch.setattr(sys.modules["tlcourse.transferability.knn"], "BLOCK", 7)
    assert knn(features, labels) == whole


def test_ties_go_to_the_nearer_neighbors():
    angles = np.radians([0, 10, 19, 30, 40])
    features = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    # Item 0 sees labels 1, 1, 0, 0 in order of distance: two votes each, and 1 is nearer.
    # So do items 1 and 2. Items 3 and 4 see three votes for 1 and are wrong.
    assert knn(features, [1, 1, 1, 0, 0], k=4, standardize=False) == 0.6


def test_copies_in_the_own_group_do_not_vote(rng):
    originals = rng.normal(size=(40, 20))
    features = np.repeat(originals, 3, axis=0) + 0.01 * rng.normal(size=(120, 20))
    labels = np.repeat(rng.integers(0, 2, 40), 3)
    groups = np.repeat(np.arange(40), 3)
    assert knn(features, labels, k=1) == 1
    assert knn(features, labels, k=1, groups=groups) < 0.75


def test_fewer_items_than_neighbors():
    assert knn([[1.0, 0], [0.9, 0.1], [0, 1]], [0, 0, 1], k=50, standardize=False) == 2 / 3


def test_refuses_impossible_input():
    with pytest.raises(DataError, match="one group"):
        knn(np.eye(4), [0, 1, 0, 1], groups=["a"] * 4)
    with pytest.raises(DataError, match="at least one neighbor"):
        knn(np.eye(4), [0, 1, 0, 1], k=0)
    with pytest.raises(DataError, match="one group for each item"):
        knn(np.eye(4), [0, 1, 0, 1], groups=["a"] * 3)
    with pytest.raises(DataError, match="at least 2"):
        knn(np.eye(4), [0, 0, 0, 0])
