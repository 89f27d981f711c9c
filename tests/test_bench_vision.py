"""The benchmark of detection and style transfer runs to the end and judges by its own numbers."""

import json

import numpy as np
import pytest

from tests.conftest import ROOT
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
    assert {row["style"] for row in style["rows"]} == set(style["style_weights"])
    assert all(row["style_loss_gone"] > 0 and row["recognized_before"] for row in style["rows"])
    strong = [row for row in style["rows"] if row["style_loss_gone"] >= 0.95]
    assert style["asked"] == len(style["rows"]) > 0
    assert style["loss_down_by_95_percent"] == len(strong)
    right = [row for row in strong if row["named_after"] == row["class"]]
    assert style["of_these_recognized"] == len(right)
    clean = [row for row in right if row["style_alone_is_named"] != row["class"]]
    assert style["successes"] == len(clean)
    assert style["rates"]["success"]["rate"] == pytest.approx(len(clean) / style["asked"], abs=1e-3)


def test_one_part_anew_leaves_the_other(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    from vision import measured_before

    path = tmp_path / "vision.json"
    assert measured_before(path, "style") == {}
    path.write_text('{"detection": 7}', "utf-8")
    assert measured_before(path, "style") == {"detection": 7}
    assert measured_before(path, None) == {}


def test_shuffled_patches_are_the_same_patches(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    from vision_style import shuffled

    picture = np.arange(32 * 32 * 3, dtype=np.int64).reshape(32, 32, 3)
    laid = shuffled(picture, seed=1)
    assert (np.sort(laid.ravel()) == picture.ravel()).all()
    assert (laid != picture).any()
    inside = np.diff(laid[:4, :4, 0], axis=1)
    assert (inside == 3).all()  # patches keep their pixels together
