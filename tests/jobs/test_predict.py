"""A finished run answers for picture files, and refuses everything else in one sentence."""

import json
import shutil
import zipfile

import pytest

from tests.datasets import hostile
from tlcourse.checksum import sha256_file
from tlcourse.errors import CourseError, DataError
from tlcourse.jobs.predict import predict, read_run
from tlcourse.jobs.run_folder import MODEL, RESULT


@pytest.fixture
def run(finished_run, tmp_path):
    return shutil.copytree(finished_run, tmp_path / "copy")


def edit(run, **changes):
    facts = json.loads((run / RESULT).read_text("utf-8")) | changes
    (run / RESULT).write_text(json.dumps(facts), "utf-8")


def test_a_red_picture_is_red(finished_run, photo, fitted):
    (answer,) = predict(finished_run, [str(photo)])
    assert answer.label == "<script>alert(1)<"
    assert answer.error == ""
    assert sum(answer.probabilities.values()) == pytest.approx(1, abs=1e-4)
    assert answer.probability == pytest.approx(max(answer.probabilities.values()), abs=1e-5)
    assert tuple(answer.probabilities) == fitted.dataset.class_names


def test_bad_pictures_get_a_reason_and_the_others_an_answer(finished_run, photo, tmp_path):
    bad = [
        hostile.write(tmp_path, "empty.jpg", b""),
        hostile.write(tmp_path, "half.jpg", photo.read_bytes()[:2000]),
        hostile.write(tmp_path, "huge.png", hostile.huge_png()),
        tmp_path / "missing.jpg",
        tmp_path,
    ]
    answers = predict(finished_run, [str(p) for p in (*bad, photo)])
    assert [bool(a.error) for a in answers] == [True] * 5 + [False]
    assert all(a.label is None and a.probabilities == {} for a in answers[:5])
    for answer, path in zip(answers, bad, strict=False):
        assert str(path) in answer.error


def test_what_is_no_run(tmp_path, run):
    for path in (tmp_path / "none", tmp_path, run / MODEL):
        with pytest.raises(CourseError, match="is not a run"):
            predict(path, ["x.jpg"])
    (run / MODEL).unlink()
    with pytest.raises(CourseError, match=r"it has no model\.keras"):
        read_run(run)


def test_a_damaged_model(run):
    data = bytearray((run / MODEL).read_bytes())
    data[len(data) // 2] ^= 1
    (run / MODEL).write_bytes(data)
    with pytest.raises(CourseError, match="damaged or was exchanged"):
        predict(run, ["x.jpg"])
    edit(run, model_sha256=sha256_file(run / MODEL))  # even if somebody adjusts the checksum
    (run / MODEL).write_bytes(data[: len(data) // 2])
    edit(run, model_sha256=sha256_file(run / MODEL))
    with pytest.raises(DataError, match="cannot be loaded"):
        predict(run, ["x.jpg"])


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", "\x00", "[" * 100_000, '{"class_names": 3}']
)
def test_a_damaged_result(run, text):
    (run / RESULT).write_text(text)
    with pytest.raises(CourseError, match=r"result\.json is damaged"):
        predict(run, ["x.jpg"])


def test_a_result_of_another_run(run):
    for changes in (
        {"class_names": "ab"},
        {"class_names": [1, 2]},
        {"details": {"image_size": []}},
    ):
        facts = (run / RESULT).read_text("utf-8")
        edit(run, **changes)
        with pytest.raises(CourseError, match=r"damaged|different runs"):
            predict(run, ["x.jpg"])
        (run / RESULT).write_text(facts, "utf-8")
    (run / RESULT).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CourseError, match="damaged"):
        read_run(run)


def test_a_model_for_other_classes(run):
    edit(run, class_names=["a", "b"])
    with pytest.raises(CourseError, match="different runs"):
        predict(run, ["x.jpg"])


def test_a_model_that_carries_code_is_refused(run):
    import keras

    inputs = keras.Input((None, None, 3))
    outputs = keras.layers.Lambda(lambda x: x[:, 0, 0, :])(inputs)
    keras.Model(inputs, outputs).save(run / MODEL)
    assert zipfile.is_zipfile(run / MODEL)
    edit(run, model_sha256=sha256_file(run / MODEL))
    with pytest.raises(DataError, match="carries code"):
        predict(run, ["x.jpg"])
