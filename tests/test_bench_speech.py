"""The speech benchmark runs to the end and compares every way with raw log-mel."""

import json

import pytest

from tests.test_bench import run


@pytest.mark.slow
def test_speech_in_short(tmp_path):
    printed = run("speech.py", "--out", tmp_path / "speech.json")
    result = json.loads((tmp_path / "speech.json").read_text("utf-8"))
    assert result["quick"] is True
    rows = {row["way"]: row for row in result["hard"]["rows"]}
    assert {"raw log-mel", "noisy words, probe", "noisy words, fine-tuned", "from scratch"} <= set(
        rows
    )
    for name, row in rows.items():
        low, high = row["interval"]
        assert low <= row["accuracy"] <= high
        assert len(row["by_speaker"]) == 8
        if name != "raw log-mel":
            expected = row["accuracy"] - rows["raw log-mel"]["accuracy"]
            assert row["gain_over_raw"] == pytest.approx(expected, abs=2e-4)
    assert result["real"] is None, "without a mirror there are no real recordings"
    assert result["best"]["hard"] in rows
    assert "TLCOURSE_MIRROR" in printed
