"""`tlcourse rank`: what it prints and refuses."""

import json

import pytest

from tests.test_cli import call, pets, refused  # noqa: F401  (fixtures)
from tlcourse import backbones
from tlcourse.errors import WeightsError
from tlcourse.jobs import rank as job


@pytest.fixture(autouse=True)
def quick(vgg, monkeypatch):
    def backbone(name, *, image_size, weights=None, seed=0):
        if name != "vgg16":
            raise WeightsError("No weights here.")
        if weights is None:
            return vgg
        return backbones.backbone(name, image_size=image_size, weights=weights, seed=seed)

    monkeypatch.setattr(job, "backbone", backbone)


def test_a_table_of_scores(call, pets):  # noqa: F811
    code, out, err = call("rank", pets, "--image-size", 32)
    assert code == 0
    lines = out.splitlines()
    assert max(map(len, lines)) <= 100
    for word in ("VGG16 block5", "VGG16 untrained block5", "knn", "logme", "h_score", "dimension"):
        assert word in out
    assert "Scores only rank; --truth measures." in out
    assert "stay sealed" in out
    assert "MiniVGG is left out: No weights here." in err
    assert "truth, 95" not in out


def test_the_truth_and_how_well_each_score_ranked(call, pets):  # noqa: F811
    code, out, _ = call("rank", pets, "--image-size", 32, "--truth")
    assert code == 0
    assert "tau" in out
    assert "Best measured: VGG16" in out
    assert "points" in out


def test_one_json_object_and_nothing_else(call, pets):  # noqa: F811
    code, out, err = call("rank", pets, "--image-size", 32, "--json", "--seed", 4)
    assert (code, err, out.count("\n")) == (0, "", 1)
    found = json.loads(out)
    assert found["seed"] == 4
    assert {row["name"] for row in found["rows"]} > {"VGG16 block4"}
    assert found["missing"] == {"MiniVGG": "No weights here."}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("nothing",), "There is no data set, no folder and no file called 'nothing'"),
        (("sentiment",), "holds no pictures"),
        (("emoji", "--image-size", 5), "The image size is 5"),
        (("emoji", "--seed", -1), "The seed is -1"),
        ((), "Missing argument"),
        (("emoji", "--draws", 3), "No such option"),
    ],
)
def test_refusals(refused, args, words):  # noqa: F811
    assert words in refused("rank", *args)


def test_help(call):  # noqa: F811
    code, out, _ = call("rank", "--help")
    assert code == 0
    assert "--truth" in out
