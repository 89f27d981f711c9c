"""`tlcourse fit --method finetune` on the command line."""

import json

import pytest

from tests.test_cli import call, fit_args, pets, quick_vgg, refused  # noqa: F401  (fixtures)
from tlcourse.jobs.run_folder import CARD, MODEL, REPORT, RESULT

TUNE = ("--method", "finetune")


@pytest.mark.usefixtures("quick_vgg")
def test_it_writes_a_run_and_predicts(call, pets, tmp_path):  # noqa: F811
    out = tmp_path / "run"
    options = ("--epochs", 2, "--learning-rate", "0.0003", "--from-block", "block5", "--json")
    code, text, err = call(*fit_args(pets, out, *TUNE, *options))
    assert (code, err) == (0, "")
    assert json.loads(text)["method"] == "finetune"
    assert {p.name for p in out.iterdir()} == {MODEL, RESULT, REPORT, CARD}
    details = json.loads((out / RESULT).read_text("utf-8"))["details"]
    assert details["learning_rate"] == 0.0003
    assert details["epochs_run"] <= 2
    code, text, _ = call("predict", out, pets / "cats" / "p1_0.png", "--json")
    assert code == 0
    assert json.loads(text)["predictions"][0]["label"] in ("cats", "dogs")


@pytest.mark.usefixtures("quick_vgg")
def test_progress_is_shown(call, pets, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    _, _, err = call(*fit_args(pets, tmp_path / "run", *TUNE, "--epochs", 1))
    for step in ("running the frozen part", "fine-tuning", "building the model"):
        assert step in err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((*TUNE, "--from-block", "block7"), "Unknown block 'block7'"),
        ((*TUNE, "--epochs", "0"), "The number of epochs is 0"),
        ((*TUNE, "--learning-rate", "-1"), "The learning rate is -1"),
        ((*TUNE, "--augment-views", "1000"), "augmented views is 1000"),
        (("--epochs", "3"), "'probe' does not fine-tune"),
        (("--method", "scratch", "--from-block", "block4"), "'scratch' does not fine-tune"),
    ],
)
def test_refusals(refused, pets, tmp_path, options, words):  # noqa: F811
    assert words in refused(*fit_args(pets, tmp_path / "run", *options))
    assert not (tmp_path / "run").exists()
