"""`fit --method finetune`: what trains, what stops it, what is measured, and what is saved."""

import json
import re

import numpy as np
import pytest

from tests.datasets import hostile
from tlcourse.errors import CourseError, SealError
from tlcourse.evaluation import Result, evaluate
from tlcourse.export import load_model
from tlcourse.jobs.fit import fit_folder
from tlcourse.jobs.predict import predict
from tlcourse.jobs.run_folder import CARD, MODEL, REPORT, RESULT
from tlcourse.jobs.tuning import Tuning, tuning_of
from tlcourse.jobs.write import write_run

pytestmark = pytest.mark.usefixtures("ready_backbone")
QUICK = Tuning(epochs=3, learning_rate=3e-4)


class Other:
    def predict_proba(self, x):
        return np.full((len(x), 3), 1 / 3)


@pytest.fixture(scope="module")
def tuned(ready_backbone, wild_folder):
    return fit_folder(wild_folder, method="finetune", image_size=32, tuning=QUICK)


@pytest.fixture(scope="module")
def run(tuned, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tuned")
    write_run(tuned, folder)
    return folder


def test_it_learns_from_train_and_is_measured_once_on_the_sealed_part(tuned):
    parts, result = tuned.split, tuned.result
    assert result.part == "test"
    assert result.n == parts.n_test
    assert result.n_train == len(parts.train)
    assert result.details["n_validation"] == len(parts.validation) > 0
    assert parts.times_opened == result.details["times_test_opened"] == 1
    with pytest.raises(SealError):
        evaluate(Other(), np.zeros((len(tuned.dataset), 2)), split=parts, part="test")


def test_block_5_moved_and_everything_before_it_is_bit_identical(tuned, ready_backbone):
    moved = {row["layer"]: row for row in tuned.result.details["moved"]}
    assert {n for n, row in moved.items() if row["trains"]} == {
        "block5_conv1", "block5_conv2", "block5_conv3", "class_probabilities",
    }  # fmt: skip
    assert all(row["as_planned"] for row in moved.values())
    saved = tuned.model.get_layer("vgg16")
    for name, row in moved.items():
        if name.startswith("block"):
            kernels = (m.get_layer(name).get_weights()[0] for m in (saved, ready_backbone.model))
            assert np.array_equal(*kernels) == (not row["trains"])


def test_early_stopping_keeps_the_epoch_that_validation_liked_best(tuned):
    details, history = tuned.result.details, tuned.result.history
    losses = [epoch["val_loss"] for epoch in history]
    assert details["epochs_run"] == len(history) <= 3
    assert losses[details["best_epoch"] - 1] == min(losses)
    assert details["early_stopping"]["monitor"] == "val_loss"


def test_the_run_has_the_same_files_as_a_probe(run, tuned):
    assert {p.name for p in run.iterdir()} == {MODEL, RESULT, REPORT, CARD}
    facts = json.loads((run / RESULT).read_text("utf-8"))
    facts.pop("model_sha256")
    assert Result.from_dict(facts).accuracy == tuned.result.accuracy


def test_the_saved_model_takes_raw_pixels_and_says_what_was_measured(run, tuned, photo):
    model = load_model(run / MODEL)  # safe_mode=True
    red = model.predict_on_batch(np.full((1, 50, 70, 3), (220, 60, 50), np.float32))
    assert red.shape == (1, 3)
    assert red.sum() == pytest.approx(1, abs=1e-5)
    assert tuned.result.details["largest_export_difference"] < 0.05
    (answer,) = predict(run, [str(photo)])
    assert answer.label == tuned.result.class_names[answer_index(model, photo)]


def answer_index(model, path):
    from PIL import Image

    pixels = np.asarray(Image.open(path).convert("RGB"), np.float32)
    return int(model.predict_on_batch(pixels[None]).argmax())


def test_report_and_card_say_what_moved(run, tuned):
    page = (run / REPORT).read_text("utf-8")
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "What moved" in text
    assert "the plan was kept" in text
    assert page.count("bit-identical") == 10  # the convolutions before block 5
    lines = re.findall(r'<th scope="row">block5_conv\d</th><td>yes</td>', page)
    assert len(lines) == 3
    assert "3.0e-04" in text
    assert "NO" not in text
    card = (run / CARD).read_text("utf-8")
    assert "Fine-tuned from block5 on" in card
    assert f"{tuned.result.details['epochs_run']} epochs ran" in card


def test_the_same_seed_gives_the_same_model(color_folder):
    options = {"method": "finetune", "image_size": 32, "tuning": Tuning(epochs=1)}
    first, second = (fit_folder(color_folder, **options).result for _ in range(2))
    assert first.confidence == second.confidence


def test_a_folder_without_validation_gives_some_of_train(tmp_path):
    root = tmp_path / "s"
    for i, part in enumerate(("train", "test")):
        hostile.fill(root / part / "red", 6, seed=10 + i, color=(220, 60, 50))
        hostile.fill(root / part / "blue", 6, seed=20 + i, color=(50, 60, 220))
    fitted = fit_folder(root, method="finetune", image_size=32, tuning=Tuning(epochs=1))
    result = fitted.result
    assert (result.n_train, result.details["n_validation"], result.n) == (10, 2, 12)
    assert fitted.split.times_opened == 1


def test_augmented_views_and_earlier_blocks(color_folder):
    seen = []
    tuning = Tuning(from_block="block4", epochs=1, augment_views=2)
    fitted = fit_folder(
        color_folder,
        method="finetune",
        image_size=32,
        tuning=tuning,
        on_step=lambda *step: seen.append(step),
    )
    assert "3 views" in fitted.result.details["trunk"]
    assert sum(row["trains"] for row in fitted.result.details["moved"]) == 7
    names = list(dict.fromkeys(what for what, _, _ in seen))
    assert names == [
        "reading pictures", "fine-tuning", "running the frozen part", "building the model",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"from_block": "block9"}, "Unknown block 'block9'"),
        ({"epochs": 0}, "The number of epochs is 0"),
        ({"learning_rate": 0}, "The learning rate is 0"),
        ({"learning_rate": float("nan")}, "The learning rate is nan"),
        ({"learning_rate": 5}, "good start"),
        ({"augment_views": -1}, "The number of augmented views is -1"),
    ],
)
def test_impossible_options(options, words):
    with pytest.raises(CourseError, match=words):
        tuning_of(options)


def test_options_that_the_method_does_not_take(color_folder):
    assert tuning_of({"epochs": None, "from_block": None}) is None
    with pytest.raises(CourseError, match="'probe' does not fine-tune"):
        fit_folder(color_folder, image_size=32, tuning=Tuning())
