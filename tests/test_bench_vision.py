"""The benchmark of detection and style transfer runs to the end and judges by its own numbers."""

import json

import pytest

from tests.test_bench import run


@pytest.mark.slow
def test_vision_in_short(tmp_path):
    printed = run("vision.py", "--out", tmp_path / "vision.json")
    result = json.loads((tmp_path / "vision.json").read_text("utf-8"))
    assert result["quick"] is True
    detectors = result["detection"]["detectors"]
    assert set(detectors) == {"transferred", "random trunk", "from scratch", "coarse pixels"}
    ours = detectors["transferred"]
    for name, found in detectors.items():
        assert len(found["runs"]) == result["seeds"]
        assert found["map50_interval"][0] <= found["map50"] <= found["map50_interval"][1]
        if name != "transferred":
            gain = ours["map50"] - found["map50"]
            assert found["gain_of_transfer_map50"] == pytest.approx(gain, abs=2e-4)
    assert "seed 1, transferred" in printed
    style = result["style_transfer"]
    assert len(style["rows"]) == 10
    assert all(row["style_loss_gone"] > 0 for row in style["rows"])
    asked = [row for row in style["rows"] if row["recognized_before"]]
    strong = [row for row in asked if row["style_loss_gone"] >= 0.95]
    assert style["loss_down_by_95_percent"] == len(strong)
    assert style["of_these_recognized"] == sum(row["recognized_after"] for row in strong)
