"""The distillation benchmark runs to the end and judges the student by its own numbers."""

import json

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.test_bench import run


def consistent(result):
    for found in result["regimes"].values():
        lost = 100 * (np.mean(found["teacher"]) - np.mean(found["distilled"]))
        assert found["points_lost"] == pytest.approx(lost, abs=0.02)
        low, high = found["points_lost_interval"]
        assert low <= found["points_lost"] <= high
        assert found["lost_at_most_2_points_on_average"] == (found["points_lost"] <= 2)
        assert found["lost_at_most_2_points_shown"] == (high <= 2)
        assert found["student_parameters"] <= found["teacher_parameters"] / 10
        assert found["teacher_parameters"] > 14_714_688
        assert found["student_parameters"] > 1_145_408
        assert found["at_most_a_tenth"]


def test_the_recorded_numbers_agree_with_each_other():
    result = json.loads((ROOT / "bench" / "field.json").read_text("utf-8"))
    assert result["quick"] is False
    assert result["splits"] >= 5
    consistent(result)


@pytest.mark.slow
def test_the_distillation_in_short(tmp_path):
    run("field.py", "--out", tmp_path / "field.json")
    result = json.loads((tmp_path / "field.json").read_text("utf-8"))
    assert result["quick"] is True
    consistent(result)
