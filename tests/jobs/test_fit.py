"""The main job on small folders: what it measures, says, refuses and saves."""

import json

import numpy as np
import pytest

from tests.datasets import hostile
from tlcourse.datasets.folder import load_folder
from tlcourse.errors import CourseError, DataError, SealError, WeightsError
from tlcourse.evaluation import Result, evaluate
from tlcourse.jobs import fit
from tlcourse.jobs.demo import fit_demo
from tlcourse.jobs.fit import fit_folder
from tlcourse.jobs.report import json_summary
from tlcourse.jobs.run_folder import CARD, MODEL, REPORT, RESULT
from tlcourse.jobs.write import write_run

pytestmark = pytest.mark.usefixtures("ready_backbone")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "magic"}, "Unknown method 'magic'. Expected one of probe, finetune, scratch"),
        ({"image_size": 0}, "The image size is 0. Expected a whole number of pixels from 32"),
        ({"image_size": -1}, "The image size is -1"),
        ({"image_size": 5000}, "to 1024"),
        ({"image_size": 0, "method": "scratch"}, "The image size is 0"),
        ({"seed": -1}, "The seed is -1. Expected a whole number from 0"),
        ({"seed": 2**40}, "The seed is"),
    ],
)
def test_impossible_options_are_refused_before_anything_is_read(tmp_path, options, words):
    with pytest.raises(CourseError, match=words):
        fit_folder(tmp_path / "does not even exist", **options)


def test_wrong_weights_are_refused_before_the_pictures_are_read(tmp_path):
    with pytest.raises(WeightsError, match=r"none\.h5"):
        fit_folder(tmp_path / "does not even exist", weights=str(tmp_path / "none.h5"))


def test_damaged_weights(tmp_path, color_folder):
    bad = hostile.write(tmp_path, "bad.weights.h5", b"\x89HDF\r\n\x1a\n" + b"x" * 500)
    with pytest.raises(WeightsError, match="cannot be read into VGG16"):
        fit_folder(color_folder, image_size=32, weights=str(bad))


def test_the_test_part_is_measured_once_and_sealed_after(fitted):
    parts, result = fitted.split, fitted.result
    assert parts.times_opened == 1
    assert result.details["times_test_opened"] == 1
    assert result.n == parts.n_test
    assert result.n_train == len(parts.development)
    assert result.n + result.n_train == len(fitted.dataset)

    class Other:
        def predict_proba(self, x):
            return np.full((len(x), 3), 1 / 3)

    with pytest.raises(SealError):
        evaluate(Other(), np.zeros((len(fitted.dataset), 2)), split=parts, part="test")


def test_the_mislabeled_pictures_are_what_it_gets_wrong(fitted):
    assert fitted.result.accuracy > fitted.result.majority
    result = fitted.result
    wrong = [result.ids[i] for i in result.mistakes]
    assert wrong
    assert all("p9_" in name or "p2_" in name for name in wrong), wrong


def test_the_written_run(finished_run, fitted):
    assert {p.name for p in finished_run.iterdir()} == {MODEL, RESULT, REPORT, CARD}
    facts = json.loads((finished_run / RESULT).read_text("utf-8"))
    facts.pop("model_sha256")
    again = Result.from_dict(facts)
    assert again.accuracy == fitted.result.accuracy
    assert again.class_names == fitted.dataset.class_names


def test_json_summary_has_every_promised_number(fitted):
    summary = json_summary(fitted.result, "RUN")
    assert list(summary)[:8] == [
        "test_accuracy", "interval", "n_train", "n_test", "classes", "method", "seconds", "skipped",
    ]  # fmt: skip
    low, high = summary["interval"]
    assert 0 <= low <= summary["test_accuracy"] <= high <= 1
    assert summary["method"] == "probe"
    names = {s["path"].rsplit("/", 1)[-1] for s in summary["skipped"]}
    assert names == {"<img src=x onerror=alert(2)>.jpg", "a..\\x <b>bad.jpg"}
    json.dumps(summary, allow_nan=False)


def test_steps_are_reported_from_nothing_to_everything(fitted, color_folder):
    seen = []
    fit_folder(color_folder, image_size=32, on_step=lambda *step: seen.append(step))
    names = list(dict.fromkeys(what for what, _, _ in seen))
    assert names == [
        "reading pictures", "extracting features", "fitting the head", "building the model",
    ]  # fmt: skip
    last = {what: (done, total) for what, done, total in seen}
    assert all(done == total for done, total in last.values()), last


def test_the_same_seed_gives_the_same_numbers(color_folder):
    dataset = load_folder(color_folder, image_size=32)
    first, second = (fit_folder(dataset, image_size=32, seed=5).result for _ in range(2))
    assert first.confidence == second.confidence
    assert first.details["split"] == second.details["split"]
    other = fit_folder(color_folder, image_size=32, seed=6).result
    assert other.details["split"] != first.details["split"]


def test_a_delivered_split_is_kept(tmp_path):
    root = tmp_path / "s"
    for i, part in enumerate(("train", "val", "test")):
        hostile.fill(root / part / "red", 4 + i, seed=10 + i, color=(220, 60, 50))
        hostile.fill(root / part / "blue", 4 + i, seed=20 + i, color=(50, 60, 220))
    hostile.fill(root / "train" / "green", 4, seed=30, color=(50, 220, 60))
    fitted = fit_folder(root, image_size=32)
    assert (fitted.result.n_train, fitted.result.n) == (22, 12)
    assert fitted.result.details["presplit"] is True
    assert "green" not in fitted.result.recall, "no test picture of it: nothing was measured"
    assert all(name.startswith("test/") for name in fitted.result.ids)


def test_from_scratch(tmp_path, monkeypatch):
    from tlcourse import scratch

    trained = scratch.fit_scratch
    monkeypatch.setattr(scratch, "fit_scratch", lambda *a, **k: trained(*a, **(k | {"epochs": 2})))
    root = tmp_path / "s"
    for i, part in enumerate(("train", "test")):
        hostile.fill(root / part / "red", 6, seed=10 + i, color=(220, 60, 50))
        hostile.fill(root / part / "blue", 6, seed=20 + i, color=(50, 60, 220))
    fitted = fit_folder(root, image_size=32, method="scratch")
    assert fitted.result.n == 12
    assert fitted.result.n_train == 10, "without val/, one of each class is put aside"
    assert len(fitted.result.history) == 2
    write_run(fitted, tmp_path)
    assert "Trained from scratch" in (tmp_path / CARD).read_text("utf-8")


def test_a_model_that_says_something_else_is_never_saved(color_folder, monkeypatch):
    """A wrong channel order in the export must not pass."""
    from tlcourse import export

    monkeypatch.setattr(export, "CHANNEL_MEANS_BGR", (-900.0, 500.0, 900.0))
    with pytest.raises(CourseError, match="differs from the measured one"):
        fit_folder(color_folder, image_size=32)


def test_files_that_vanish_on_the_way(color_folder, monkeypatch):
    dataset = load_folder(color_folder, image_size=32)
    for path in dataset.images.paths:
        path.unlink()
    with pytest.raises(DataError, match="No such file"):
        fit_folder(dataset, image_size=32)


def test_nobody_learns_where_the_weights_were_stored(fitted):
    assert "/" not in fitted.result.details["backbone"].split("(")[-1]
    assert fit.METHODS == ("probe", "finetune", "scratch")


def test_the_demo_takes_the_embedded_emoji():
    fitted = fit_demo(image_size=32)
    assert fitted.result.n + fitted.result.n_train == 534
    assert fitted.result.accuracy > 2 * fitted.result.majority
    assert fitted.dataset.card.license == "Apache-2.0"
    assert fitted.dataset.skipped == ()
