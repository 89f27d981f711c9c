"""Measuring a chapter: the figures it writes, and that a broken run writes none."""

import json
import os

import build_notebooks
import notebook_measure
from chapter_samples import SAMPLE


def lay_out(root, text):
    (root / "chapters").mkdir()
    (root / "chapters" / "03_sample.py").write_text(text, encoding="utf-8")
    (root / "chapters" / "measured.json").write_text('{"01": {"machine": "other"}}')
    return root / "chapters" / "measured.json"


def test_both_modes_are_measured_and_fill_the_front_matter(tmp_path):
    path = lay_out(tmp_path, SAMPLE)
    assert notebook_measure.main(["--root", str(tmp_path), "03"]) == 0
    measured = json.loads(path.read_text())
    assert measured["01"] == {"machine": "other"}
    assert set(measured["03"]) == {"normal", "fast", "machine"}
    for mode in ("normal", "fast"):
        assert 0 < measured["03"][mode]["minutes"] < 5
        assert 20 < measured["03"][mode]["peak_mb"] < 1000
    assert build_notebooks.main(["--root", str(tmp_path), "03"]) == 0


def test_a_failing_chapter_is_not_measured(tmp_path, capsys):
    path = lay_out(tmp_path, SAMPLE.replace("channels = 3", "channels = 4"))
    before = path.read_text()
    assert notebook_measure.main(["--root", str(tmp_path), "--fast", "03"]) == 1
    assert "failed. AssertionError in cell 'notes-check'" in capsys.readouterr().err
    assert path.read_text() == before


def test_the_cache_setting_of_the_caller_comes_back(tmp_path, monkeypatch):
    monkeypatch.setenv("TLCOURSE_CACHE", "mine")
    lay_out(tmp_path, SAMPLE)
    notebook_measure.main(["--root", str(tmp_path), "--fast", "03"])
    assert os.environ["TLCOURSE_CACHE"] == "mine"
