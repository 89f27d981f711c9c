"""The distillation benchmark runs to the end and judges its students by their own numbers."""

import json

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.test_bench import run

TAUGHT = ("cut trunk, taught", "thin copy, taught")


def consistent(result):
    assert len(result["thin_copies"]) == result["splits"]
    for found in result["regimes"].values():
        teacher = found["teacher"]
        assert teacher["parameters"] > 14_714_688
        assert set(found["students"]) == {
            *TAUGHT, "cut trunk, labels alone", "thin copy, labels alone"
        }  # fmt: skip
        for student in found["students"].values():
            assert len(student["accuracy"]) == len(teacher["accuracy"]) == result["splits"]
            lost = 100 * (np.mean(teacher["accuracy"]) - np.mean(student["accuracy"]))
            assert student["points_lost"] == pytest.approx(lost, abs=0.02)
            low, high = student["points_lost_interval"]
            assert low <= student["points_lost"] <= high
            assert student["lost_at_most_2_points_on_average"] == (student["points_lost"] <= 2)
            assert student["lost_at_most_2_points_shown"] == (high <= 2)
            assert 1_145_408 < student["parameters"] <= teacher["parameters"] / 10


def test_the_recorded_numbers_agree_with_each_other():
    result = json.loads((ROOT / "bench" / "field.json").read_text("utf-8"))
    assert result["quick"] is False
    assert result["splits"] >= 5
    consistent(result)
    for copy in result["thin_copies"]:
        assert set(copy["ranks"]) == set(copy["lost"])
        assert all(0 < lost < 1 for lost in copy["lost"].values())


@pytest.mark.slow
def test_the_distillation_in_short(tmp_path):
    run("field.py", "--out", tmp_path / "field.json")
    result = json.loads((tmp_path / "field.json").read_text("utf-8"))
    assert result["quick"] is True
    consistent(result)
