"""Ranking networks and cuts for a folder: who is a candidate, what is measured, what is refused."""

import json

import numpy as np
import pytest

from tests.conftest import picture
from tlcourse import backbones
from tlcourse.datasets import load, split
from tlcourse.errors import CourseError, DataError, WeightsError
from tlcourse.jobs import rank as job
from tlcourse.jobs.rank import rank_pictures

PRETRAINED = ["VGG16 block3", "VGG16 block4", "VGG16 block5", "VGG16 blocks 3+4+5"]
UNTRAINED = ["VGG16 untrained block5", "VGG16 untrained blocks 3+4+5"]


@pytest.fixture(autouse=True)
def quick(vgg, monkeypatch):
    """Read VGG16's weights once for all tests of this file; leave the other networks out."""

    def backbone(name, *, image_size, weights=None, seed=0):
        if name != "vgg16":
            raise WeightsError("No weights here.")
        if weights is None:
            return vgg
        return backbones.backbone(name, image_size=image_size, weights=weights, seed=seed)

    monkeypatch.setattr(job, "backbone", backbone)


@pytest.fixture
def folder(tmp_path):
    """Three classes of ten noisy pictures: red, green and blue."""
    rng = np.random.default_rng(5)
    for name, color in (("red", (150, 90, 80)), ("green", (90, 140, 90)), ("blue", (80, 90, 150))):
        (tmp_path / "colors" / name).mkdir(parents=True)
        for i in range(10):
            picture(rng, color).save(tmp_path / "colors" / name / f"{i}.png")
    (tmp_path / "colors" / "red" / "note.png").write_bytes(b"no picture")
    return tmp_path / "colors"


def test_the_candidates_are_cuts_of_vgg16_and_the_untrained_network(folder):
    found = rank_pictures(str(folder), image_size=32)
    assert sorted(row.name for row in found.table.rows) == sorted(PRETRAINED + UNTRAINED)
    dimension = {row.name: row.scores["dimension"] for row in found.table.rows}
    assert [dimension[name] for name in PRETRAINED] == [256, 512, 512, 1280]
    assert set(found.missing) == {"MiniVGG"}
    assert found.table.agreement == ()


def test_other_networks_are_candidates_where_their_weights_are(folder, vgg, monkeypatch):
    monkeypatch.setattr(job, "backbone", lambda name, **options: vgg)
    names = {row.name for row in rank_pictures(str(folder), image_size=32).table.rows}
    assert {"MiniVGG block5", "MiniVGG blocks 3+4+5", *PRETRAINED} <= names


def test_the_test_part_is_never_looked_at(folder):
    found = rank_pictures(str(folder), image_size=32, seed=3)
    parts = split(found.dataset, seed=3)
    assert np.array_equal(found.rows, parts.development)
    assert found.table.n == len(parts.development)
    assert found.to_dict()["n_sealed"] == parts.n_test > 0


def test_the_truth_is_measured_and_the_scores_are_judged_by_it(folder):
    found = rank_pictures(str(folder), truth=True, image_size=32)
    truths = [row.truth.estimate for row in found.table.rows]
    assert truths == sorted(truths, reverse=True)
    assert {a.score for a in found.table.agreement} == {"knn", "dimension", "logme", "h_score"}


def test_the_same_seed_gives_the_same_table_and_it_can_be_stored(folder):
    first, second = (rank_pictures(str(folder), image_size=32).to_dict() for _ in range(2))
    for found in (first, second):
        del found["seconds"]
        for row in found["rows"]:
            del row["seconds"]
    assert first == second
    assert [s["path"] for s in first["skipped"]] == ["red/note.png"]
    json.dumps(first, allow_nan=False)


def test_steps_are_reported_from_nothing_to_everything(folder):
    seen = []
    rank_pictures(str(folder), image_size=32, on_step=lambda *step: seen.append(step))
    last = {what: (done, total) for what, done, total in seen}
    assert list(last) == [
        "reading pictures", "features of VGG16", "features of VGG16 untrained", "scoring",
    ]  # fmt: skip
    assert all(done == total for done, total in last.values()), last


def test_a_data_set_of_the_course_wins_over_a_folder_of_its_name(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    folder.rename(folder.parent / "emoji")
    some = load("emoji").subset(range(0, 534, 8))
    monkeypatch.setattr(job, "load", lambda name: some if name == "emoji" else None)
    found = rank_pictures("emoji", image_size=32)
    assert found.dataset is some
    assert len(found.table.rows) == 6


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("sentiment", "holds no pictures"),
        ("spoken", "holds no pictures"),
        ("no-such-thing", "There is no data set"),
        ("a\0b", "no file called"),
    ],
)
def test_what_cannot_be_ranked(source, words):
    with pytest.raises(DataError, match=words):
        rank_pictures(source, image_size=32)


@pytest.mark.parametrize("options", [{"image_size": 8}, {"seed": -1}])
def test_impossible_options_are_refused_before_anything_is_read(options):
    with pytest.raises(CourseError, match="Expected a whole number"):
        rank_pictures("no-such-thing", **options)
