"""`tlcourse progress`: what it prints, and that it asks before it forgets."""

import json

import tlcourse as tl
from tests.test_cli import call, refused  # noqa: F401  (fixtures)
from tlcourse.learner import progress_file

PIXEL = (-73.939, -96.779, -113.68)


def test_the_map_and_its_json(call, capsys):  # noqa: F811
    tl.check("03.1", PIXEL)
    capsys.readouterr()
    code, out, err = call("progress")
    assert (code, err) == (0, "")
    assert "1 of" in out
    assert "on this computer only" in out.replace("\n", " ")
    code, out, err = call("progress", "--json")
    found = json.loads(out)
    chapter = next(c for c in found["chapters"] if c["number"] == "03")
    assert chapter["done"] == 1
    assert chapter["exercises"]["03.1"] is True
    assert found["not_recorded"] == ""


def test_forgetting_asks_first(call, refused, capsys):  # noqa: F811
    tl.check("03.1", PIXEL)
    capsys.readouterr()
    assert "add --yes" in refused("progress", "--reset")
    assert "add --yes" in refused("progress", "--reset", "--json")
    assert "03.1" in progress_file().read_text()
    code, out, _ = call("progress", "--reset", "--yes", "--json")
    assert code == 0
    assert sum(c["done"] for c in json.loads(out)["chapters"]) == 0


def test_a_record_that_cannot_be_kept(call, monkeypatch, tmp_path):  # noqa: F811
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("TLCOURSE_PROGRESS", str(tmp_path / "file" / "p.json"))
    code, out, _ = call("progress")
    assert code == 0
    assert "Not recorded" in out
