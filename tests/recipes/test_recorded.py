"""The recorded runs that ship with the course, and what happens to a damaged file."""

import pytest

from tests.conftest import ROOT
from tlcourse.errors import DataError
from tlcourse.recipes import recorded_runs


def test_recorded_runs_say_how_they_were_made():
    runs, made = recorded_runs()
    assert set(runs) == {"pooling", "slow", "long"}
    assert (ROOT / made["script"]).is_file()
    assert {"keras", "tensorflow", "numpy", "python"} <= set(made["versions"])
    for run in runs.values():
        assert len(run.seeds) == len(run.accuracies) == len(run.classes_predicted)
        assert all(0 <= a <= 1 for a in run.accuracies)


def test_recorded_runs_support_what_the_lesson_says():
    runs, made = recorded_runs()
    assert max(runs["pooling"].accuracies) <= made["majority"] + 0.1
    assert min(runs["slow"].classes_predicted) > max(runs["pooling"].classes_predicted)
    assert runs["long"].curve[-1] <= made["majority"] + 0.1
    assert max(runs["long"].curve) < 0.5
    assert runs["long"].steps > 10 * runs["slow"].steps


@pytest.mark.parametrize("text", ["", "{}", '{"runs": {"a": {"name": 1}}, "made": {}}'])
def test_a_damaged_file_is_named(tmp_path, text):
    path = tmp_path / "runs.json"
    path.write_text(text)
    with pytest.raises(DataError, match="record_chapter03"):
        recorded_runs(path)
