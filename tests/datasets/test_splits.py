import os
import subprocess
import sys

import numpy as np
import pytest

from tlcourse.datasets import Card, Dataset, few_labels, folds, holdouts, split
from tlcourse.errors import DataError, SealError


def make(counts=(40, 20, 12), group_size=1, mixed=False, presplit=None):
    labels = np.repeat(np.arange(len(counts)), counts)
    n = len(labels)
    groups = np.arange(n) // group_size if not mixed else np.arange(n) % 8
    return Dataset(
        name="toy",
        images=np.zeros((n, 2, 2, 3), np.uint8),
        labels=labels,
        class_names=tuple("abcdef"[: len(counts)]),
        groups=groups.astype(str),
        domains=np.full(n, "here"),
        ids=tuple(f"item{i}" for i in range(n)),
        hashes=tuple(f"{i:064x}" for i in range(n)),
        card=Card("toy", "Toy"),
        presplit=presplit,
    )


def all_rows(parts):
    return np.sort(np.concatenate([parts.train, parts.validation, parts._test]))


@pytest.mark.parametrize("kind", [{}, {"group_size": 4}, {"mixed": True}])
def test_parts_are_disjoint_complete_and_keep_groups(kind):
    data = make(**kind)
    for seed in range(5):
        parts = split(data, seed=seed)
        parts.audit()
        np.testing.assert_array_equal(all_rows(parts), np.arange(len(data)))
        for rows in (parts.train, parts._test):
            assert set(data.labels[rows]) == {0, 1, 2}


def test_shares_and_classes_are_kept():
    data = make((400, 200, 120))
    parts = split(data, test=0.25, validation=0.15)
    assert parts.n_test == 180
    assert len(parts.validation) == 108
    for rows in (parts.train, parts.validation, parts._test):
        share = np.bincount(data.labels[rows]) / len(rows)
        np.testing.assert_allclose(share, np.array([400, 200, 120]) / 720, atol=0.01)


def test_tiny_classes_get_a_group_on_each_side():
    parts = split(make((30, 2)), validation=0)
    labels = parts.dataset.labels
    assert 1 in labels[parts.train]
    assert 1 in labels[parts._test]


def test_one_group_in_a_class_is_explained():
    with pytest.raises(DataError, match="Class 'b' has one distinct item"):
        split(make((30, 1)))


@pytest.mark.parametrize("shares", [(0, 0.1), (1, 0), (0.6, 0.5), (-0.1, 0), (0.2, -0.1)])
def test_impossible_shares_are_explained(shares):
    with pytest.raises(DataError, match="Cannot split"):
        split(make(), test=shares[0], validation=shares[1])


def test_the_test_part_is_sealed():
    parts = split(make())
    with pytest.raises(SealError, match=r"tl\.evaluate"):
        parts.test  # noqa: B018
    rows = parts.open_test("first model")
    np.testing.assert_array_equal(parts.open_test("first model"), rows)
    assert parts.times_opened == 1
    with pytest.raises(SealError, match="used already"):
        parts.open_test("second model")
    parts.open_test("second model", again=True)
    assert parts.times_opened == 2
    assert "opened 2" in repr(parts)


def test_a_delivered_split_is_kept():
    part = np.array(["train"] * 50 + ["validation"] * 10 + ["test"] * 12)
    parts = split(make(presplit=part))
    assert (len(parts.train), len(parts.validation), parts.n_test) == (50, 10, 12)
    part = np.array(["train"] * 50 + ["validation"] * 22)
    parts = split(make(presplit=part))
    assert (len(parts.train), len(parts.validation), parts.n_test) == (50, 0, 22)


def test_the_audit_names_a_shared_group():
    data = make(group_size=2)
    parts = split(data)
    bad = type(parts)(data, np.arange(0, 50), np.arange(50, 51), 0, np.arange(51, 72))
    with pytest.raises(DataError, match="share 1 group"):
        bad.audit()


def test_same_split_in_another_process_and_hash_seed():
    code = (
        "import sys; sys.path.insert(0, '.');"
        "from tests.datasets.test_splits import make; from tlcourse.datasets import split;"
        "print(split(make(group_size=3), seed=4).fingerprint)"
    )
    found = {split(make(group_size=3), seed=4).fingerprint}
    for hash_seed in ("0", "123"):
        env = os.environ | {"PYTHONHASHSEED": hash_seed}
        out = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env
        )
        found.add(out.stdout.strip())
    assert len(found) == 1
    assert split(make(group_size=3), seed=5).fingerprint not in found


def test_holdouts_are_disjoint_repeatable_and_differ():
    data = make((60, 40), group_size=2)
    rows = split(data).development
    pairs = holdouts(data, rows, n=4)
    for train, held_out in pairs:
        assert not set(data.groups[train]) & set(data.groups[held_out])
        np.testing.assert_array_equal(np.sort(np.concatenate([train, held_out])), rows)
        assert len(held_out) == pytest.approx(0.2 * len(rows), abs=2)
    again = holdouts(data, rows, n=4)
    for (a, b), (c, d) in zip(pairs, again, strict=True):
        np.testing.assert_array_equal(a, c)
        np.testing.assert_array_equal(b, d)
    assert len({tuple(b) for _, b in pairs}) == 4


def test_holdouts_of_groups_with_several_classes_differ_and_keep_the_shares():
    data = make((80, 60, 40), mixed=True)  # eight speakers who say three words
    rows = np.arange(len(data))
    pairs = holdouts(data, rows, n=6, test=0.5)
    for train, held_out in pairs:
        assert not set(data.groups[train]) & set(data.groups[held_out])
        assert len(held_out) == pytest.approx(90, abs=12)
        shares = np.bincount(data.labels[held_out]) / len(held_out)
        assert shares == pytest.approx(np.array([80, 60, 40]) / 180, abs=0.05)
    assert len({tuple(b) for _, b in pairs}) >= 5


def test_folds_cover_everything_once_and_keep_groups():
    labels = np.repeat([0, 1], 30)
    groups = np.arange(60) // 3
    seen = []
    for train, held_out in folds(labels, groups, n=5):
        assert not set(groups[train]) & set(groups[held_out])
        seen.extend(held_out)
    assert sorted(seen) == list(range(60))
    with pytest.raises(DataError, match="rarest class"):
        list(folds(np.array([0, 0, 0, 1]), n=3))


def test_few_labels_are_nested_and_balanced():
    labels = np.repeat([0, 1, 2], [20, 30, 10])
    rows = np.arange(60)
    five, ten = (few_labels(labels, rows, k, seed=1) for k in (5, 10))
    assert set(five) <= set(ten)
    np.testing.assert_array_equal(np.bincount(labels[five]), [5, 5, 5])
    with pytest.raises(DataError, match="at most 10"):
        few_labels(labels, rows, 11, seed=1)
