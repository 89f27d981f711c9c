"""The benchmark runs to the end and says everything it must; nothing here judges a time."""

import json
import os
import subprocess
import sys

import pytest
from PIL import Image

from tests.conftest import ROOT

sys.path.insert(0, str(ROOT / "bench"))
import picture
import rows as bench_rows
from workers import Worker, race

ROW_FIELDS = {"work", "against", "value", "unit", "target", "at_most", "holds", "note", "runs"}


def run(script, *options):
    command = [sys.executable, str(ROOT / "bench" / script), "--quick", *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


# Every part starts processes with TensorFlow, so the whole table is for full tests.
AGAINST = {
    "forward": [
        "plain Keras VGG16().predict in float32",
        "the faster of PyTorch and OpenVINO",
        "a large matrix product, operations per second",
    ],
    "cache": ["the first time"],
    "finetune": ["plain Keras fit of it, float32"],
    "recipe": ["base frozen"],
    "disk": ["spread of the time for each picture", "spread of the peak memory"],
    "logme": ["seconds"],
}
FULL = os.environ.get("TLCOURSE_TEST_MODE") == "normal"
PARTS = list(AGAINST) if FULL else ["forward", "logme"]


@pytest.mark.slow
def test_the_speed_table_in_short(tmp_path):
    """One test, because the run is long and each worker of xdist would repeat it."""
    chosen = [word for name in PARTS for word in ("--part", name)]
    printed = run("speed.py", "--out", tmp_path, *chosen)
    result = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert result["quick"] is True
    assert printed.count("\n") == len(result["rows"]) == (10 if FULL else 4)
    every_row_is_there(result["rows"])
    every_run_states_its_seconds([run for row in result["rows"] for run in row["runs"]])
    all_libraries_compute_the_same(result["rows"][0]["runs"])
    the_machine_is_stated(result["machine"])
    with Image.open(tmp_path / "speed.png") as image:
        assert min(image.size) > 400
        assert image.info["Description"] == picture.describe(result["rows"])


def every_row_is_there(rows):
    against = [row["against"] for row in rows]
    for words in [words for name in PARTS for words in AGAINST[name]]:
        assert any(words in text for text in against), words
    for row in rows:
        assert row.keys() == ROW_FIELDS
        is_measured = row["value"] is not None
        assert is_measured == (row["holds"] is not None)
        assert is_measured or "not installed" in row["note"]


def every_run_states_its_seconds(runs):
    names = {one["name"] for one in runs}
    assert {"tlcourse", "PyTorch", "OpenVINO", "Keras predict, float32"} <= names
    for one in runs:
        if one["missing"]:
            assert one["seconds"] == []
            continue
        assert one["median_seconds"] > 0
        assert one["median_cpu_seconds"] > 0
        assert len(one["seconds"]) == len(one["cpu_seconds"]) > 0


def all_libraries_compute_the_same(runs):
    means = {one["name"]: one["mean"] for one in runs if "mean" in one}
    assert len(means) >= 2
    assert min(means.values()) > 0
    assert max(means.values()) < 1.05 * min(means.values()), means


def the_machine_is_stated(machine):
    assert machine["cores"] >= 1
    assert isinstance(machine["flags"], list)
    assert machine["versions"]["tensorflow"]
    assert "torch" in machine["versions"], "None where it is missing, but named"


def test_the_main_job_in_short(tmp_path):
    printed = run("main_job.py", "--out", tmp_path / "job.json")
    result = json.loads((tmp_path / "job.json").read_text("utf-8"))
    for name in ("probe", "scratch"):
        found = result[name]
        assert found["interval"][0] <= found["accuracy"] <= found["interval"][1]
        assert 0 <= found["accuracy"] <= 1
        assert len(found["folds"]) == result["folds"]
        assert found["seconds"] > 0
    assert result["gain"]["verdict"] in printed
    assert result["gain"]["difference"] == pytest.approx(
        result["probe"]["accuracy"] - result["scratch"]["accuracy"], abs=2e-4
    )
    assert result["times_the_seconds"] > 0


def test_a_library_that_is_missing_is_named():
    rival = Worker("absent", "no_such_library:run").start()
    rival.run()
    rival.stop()
    assert rival.missing == "no_such_library is not installed"
    assert rival.record()["median_seconds"] is None
    ours = Worker("ours", "", seconds=[1.0], cpu_seconds=[1.0])
    row = bench_rows.rivals_row("work", ours, [rival])
    assert row.value is None
    assert row.holds is None
    assert row.note == "absent: no_such_library is not installed."


def test_contenders_take_turns(tmp_path):
    log = tmp_path / "log"
    workers = [Worker(name, f"{__name__}:write", {"name": name, "log": log}) for name in "ab"]
    race(workers, 3)
    assert log.read_text() == "ab" + "ab" * 3, "one warm-up each, then in turn"
    assert [len(w.seconds) for w in workers] == [3, 3]
    assert workers[0].facts == {"ready": True, "pieces": 4}


def write(turn, *, name, log):
    """Contender of the test above."""
    pieces = 0
    turn(ready=True)
    while True:
        with log.open("a") as file:
            file.write(name)
        pieces += 1
        turn(pieces=pieces)


@pytest.mark.parametrize(
    ("value", "at_most", "holds"),
    [(2.0, False, True), (0.5, False, False), (0.5, True, True), (2.0, True, False)],
)
def test_a_row_knows_whether_it_holds(value, at_most, holds):
    row = bench_rows.Row("work", "rival", value, "x", 1.0, at_most)
    assert row.holds is holds
    assert row.record()["holds"] is holds


def test_the_quality_of_transfer_in_short(tmp_path):
    printed = run("transfer_quality.py", "--part", "emoji", "--out", tmp_path / "quality.json")
    result = json.loads((tmp_path / "quality.json").read_text("utf-8"))
    assert result["quick"] is True
    part = result["emoji"]
    assert set(part["accuracy"]) == set(part["runs"][0])
    assert len(part["gains"]) == 4
    for name, gain in part["gains"].items():
        ours, rival = name.split(" - ")
        mean = part["accuracy"][ours]["mean"] - part["accuracy"][rival]["mean"]
        assert gain["mean"] == pytest.approx(mean, abs=2e-4)
        assert gain["interval"][0] <= gain["mean"] <= gain["interval"][1]
        assert gain["verdict"] in printed
