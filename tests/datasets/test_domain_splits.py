"""Leave-out splits, nested folds and few labels: nothing is shared, everything is stable."""

import os
import subprocess
import sys

import numpy as np
import pytest

from tests.datasets.test_splits import make
from tlcourse.datasets import Card, Dataset, split
from tlcourse.datasets.digits import load_digits_images
from tlcourse.datasets.photos import load_photo_patches
from tlcourse.datasets.splits import (
    assert_disjoint,
    assert_spatially_disjoint,
    leave_one_out,
    nested,
    split_by_domain,
)
from tlcourse.errors import DataError, SealError


def styles(n_concepts=60, names=("noto", "outline", "twemoji"), crossing=True):
    """Each concept once in each style, as the emoji are; or in one style only."""
    concept = np.tile(np.arange(n_concepts), len(names))
    domain = np.repeat(names, n_concepts)
    n = len(concept)
    groups = concept if crossing else np.arange(n)
    return Dataset(
        name="styles",
        images=np.zeros((n, 2, 2, 3), np.uint8),
        labels=concept % 3,
        class_names=("a", "b", "c"),
        groups=groups.astype(str),
        domains=domain,
        ids=tuple(f"{d}/{c}" for d, c in zip(domain, concept, strict=True)),
        hashes=tuple(f"{i:064x}" for i in range(n)),
        card=Card("styles", "Styles"),
    )


def test_a_domain_split_never_tests_a_concept_it_has_shown():
    data = styles()
    parts = split_by_domain(data, source=["twemoji", "noto"], target="outline", seed=3)
    assert set(data.domains[parts.train]) == {"twemoji", "noto"}
    assert set(data.domains[parts.validation]) <= {"twemoji", "noto"}
    assert set(data.domains[parts.unlabeled]) == {"outline"} == set(data.domains[parts._test])
    tested = set(data.groups[parts._test])
    for rows in (parts.train, parts.validation, parts.unlabeled):
        assert not tested & set(data.groups[rows])
    assert parts.n_test == 15
    assert len(parts.unlabeled) == 45
    assert len(parts.train) + len(parts.validation) == 90
    assert set(data.labels[parts._test]) == {0, 1, 2}
    assert "noto → outline" in repr(parts)
    with pytest.raises(SealError):
        parts.test  # noqa: B018


def test_a_whole_domain_can_be_the_test_where_groups_do_not_cross():
    data = styles(crossing=False)
    parts = split_by_domain(data, source="noto", target="outline", test=1)
    assert parts.n_test == 60
    assert not len(parts.unlabeled)
    with pytest.raises(DataError, match="smaller test share"):
        split_by_domain(styles(), source="noto", target="outline", test=1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"source": "nota", "target": "outline"}, "Its domains: noto, outline, twemoji"),
        ({"source": [], "target": "outline"}, "none given"),
        ({"source": "noto", "target": ["noto", "outline"]}, "source and target at once"),
        ({"source": "noto", "target": "outline", "test": 0}, "Cannot split"),
    ],
)
def test_wrong_domains_are_explained(options, words):
    with pytest.raises(DataError, match=words):
        split_by_domain(styles(), **options)


def test_leaving_a_speaker_out_holds_every_row_out_once():
    data = make((40, 32), mixed=True)  # eight speakers who say both words
    turns = list(leave_one_out(data, by="group"))
    assert [name for name, _, _ in turns] == sorted(set(data.groups))
    for name, train, held_out in turns:
        assert set(data.groups[held_out]) == {name}
        np.testing.assert_array_equal(np.sort([*train, *held_out]), np.arange(len(data)))
    np.testing.assert_array_equal(np.sort(np.concatenate([t[2] for t in turns])), np.arange(72))


@pytest.mark.parametrize("crossing", [True, False])
def test_leaving_a_domain_out_leaves_its_concepts_out_too(crossing):
    data = styles(crossing=crossing)
    turns = list(leave_one_out(data, by="domain"))
    assert len(turns) == (15 if crossing else 3)
    for name, train, held_out in turns:
        assert set(data.domains[held_out]) == {name}
        assert name not in data.domains[train]
        assert_disjoint(data, {"train": train, "held out": held_out})
        assert len(train) == (96 if crossing else 120)
    np.testing.assert_array_equal(np.sort(np.concatenate([t[2] for t in turns])), np.arange(180))


def test_leaving_out_needs_two():
    with pytest.raises(DataError, match="one domain only, 'here'"):
        next(leave_one_out(make(), by="domain"))
    with pytest.raises(DataError, match="expected 'group'"):
        next(leave_one_out(make(), by="speaker"))


def test_inner_folds_never_see_the_outer_test():
    data = make((40, 30, 30), group_size=2)
    rows = split(data).development
    tested = []
    for fold in nested(data, rows, outer=4, inner=3):
        tested.extend(fold.test)
        np.testing.assert_array_equal(np.sort([*fold.train, *fold.test]), rows)
        chosen_on = []
        for train, validation in fold.inner:
            parts = {"train": train, "validation": validation, "test": fold.test}
            assert_disjoint(data, parts)
            np.testing.assert_array_equal(np.sort([*train, *validation]), np.sort(fold.train))
            chosen_on.extend(validation)
        assert sorted(chosen_on) == sorted(fold.train)
    assert sorted(tested) == rows.tolist()
    first = [fold.inner[0][1].tolist() for fold in nested(data, rows, outer=4, inner=3)]
    assert first == [fold.inner[0][1].tolist() for fold in nested(data, rows, outer=4, inner=3)]


def test_nested_folds_need_enough_groups():
    with pytest.raises(DataError, match="Class 'c' has 2 distinct group"):
        next(nested(make((40, 20, 4), group_size=2), outer=3, inner=2))
    with pytest.raises(DataError, match="at least 2 folds"):
        next(nested(make(), inner=1))


def test_few_labels_share_one_seal():
    data = make((40, 40))
    whole = split(data)
    few, more = whole.few(3), whole.few(10)
    assert set(few.train) < set(more.train) < set(whole.train)
    np.testing.assert_array_equal(np.bincount(data.labels[few.train]), [3, 3])
    np.testing.assert_array_equal(few.validation, whole.validation)
    np.testing.assert_array_equal(split(data, n_per_class=3).train, few.train)
    few.open_test("a model with three labels")
    with pytest.raises(SealError, match="used already"):
        more.open_test("a model with ten labels")
    assert whole.times_opened == 1
    assert few.fingerprint != more.fingerprint != whole.fingerprint
    with pytest.raises(DataError, match="Ask for at most"):
        whole.few(30)


def test_six_speakers_are_enough_for_three_parts():
    data = make((36, 36))
    speakers = (np.arange(72) % 6).astype(str)
    data = type(data)(**{**vars(data), "groups": speakers})
    parts = split(data)
    assert min(len(parts.train), len(parts.validation), parts.n_test) >= 12


def test_writers_of_the_digits_stay_on_one_side():
    data = load_digits_images(size=8)
    parts = split(data)
    parts.audit()
    assert set(data.labels[parts._test]) == set(range(10))


def test_halves_of_photographs_share_no_pixel_and_random_parts_do():
    size = 64
    data = load_photo_patches(size=size, per_half=12)
    scenes = [name.split("/")[0] for name in data.ids]
    corners = np.array([name.split("/")[2].split("_") for name in data.ids], int)
    boxes = np.concatenate([corners, corners + size], axis=1)
    halves = split(data)
    assert_spatially_disjoint(boxes, scenes, halves.development, halves._test)
    naive = np.random.default_rng(0).permutation(len(data))
    with pytest.raises(DataError, match="overlap across parts"):
        assert_spatially_disjoint(boxes, scenes, naive[:200], naive[200:])
    with pytest.raises(DataError, match="expected"):
        assert_spatially_disjoint(boxes[:, :3], scenes, naive[:2], naive[2:])


def test_boxes_that_touch_do_not_overlap():
    boxes = [[0, 0, 4, 4], [0, 4, 4, 8], [3, 3, 5, 5]]
    assert_spatially_disjoint(boxes, ["a"] * 3, [0], [1])
    with pytest.raises(DataError, match=r"\(0, 0, 4, 4\) and \(3, 3, 5, 5\)"):
        assert_spatially_disjoint(boxes, ["a"] * 3, [0, 1], [2])
    assert_spatially_disjoint(boxes, ["a", "b", "c"], [0], [1, 2])


FINGERPRINTS = """
import hashlib, sys
sys.path.insert(0, '.')
from tests.datasets.test_domain_splits import styles
from tlcourse.datasets.splits import leave_one_out, nested, split, split_by_domain
data = styles()
digest = hashlib.sha256()
digest.update(split_by_domain(data, source='noto', target='outline').fingerprint.encode())
digest.update(split(data, n_per_class=4).fingerprint.encode())
for name, train, held_out in leave_one_out(data, by='domain'):
    digest.update(name.encode() + train.tobytes() + held_out.tobytes())
for fold in nested(data):
    digest.update(fold.train.tobytes() + fold.inner[1][1].tobytes())
print(digest.hexdigest())
"""


def test_the_same_in_every_process_and_hash_seed():
    found = set()
    for seed in ("0", "123"):
        env = os.environ | {"PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", FINGERPRINTS]
        found.add(subprocess.run(command, capture_output=True, check=True, env=env).stdout)
    assert len(found) == 1
