"""`tlcourse data`: what it prints, refuses and returns."""

import json
import shutil

import pytest

from tests.test_cli import call, refused  # noqa: F401  (fixtures)
from tlcourse import paths
from tlcourse.datasets import registry


def answer(outcome):
    code, out, err = outcome
    assert code == 0, err
    return json.loads(out)


def test_the_table_names_every_data_set(call):  # noqa: F811
    code, out, _ = call("data")
    assert code == 0
    for name in registry.names():
        assert name in out.replace("\n", "")
    rows = answer(call("data", "--json"))["datasets"]
    assert [r["name"] for r in rows] == list(registry.names())
    assert {r["kind"] for r in rows} == {"embedded", "package", "download"}
    for row in rows:
        assert row["license"]
        assert row["n_items"] > 0


def test_verify_reads_the_checksums(call, monkeypatch, tmp_path):  # noqa: F811
    code, out, _ = call("data", "verify", "sentiment")
    assert code == 0
    assert "whole" in out
    states = {r["name"]: r["state"] for r in answer(call("data", "verify", "--json"))["datasets"]}
    assert states["flowers"] == "absent"
    assert states["emoji"] == "whole"
    copy = tmp_path / "data"
    shutil.copytree(paths.data_dir() / "sentiment", copy / "sentiment")
    with (copy / "sentiment" / "films.csv").open("a") as file:
        file.write("x")
    monkeypatch.setattr(paths, "data_dir", lambda: copy)
    code, out, err = call("data", "verify", "sentiment")
    assert code == 1
    assert "damaged" in out
    assert "differ" in err


def test_unknown_names_are_refused(refused):  # noqa: F811
    assert "Did you mean 'flowers'" in refused("data", "fetch", "flower")
    assert "There is no data set" in refused("data", "verify", "nothing")
    assert "nothing to download" in refused("data", "clean", "emoji", "--yes")
    assert "nothing to download" in refused("data", "fetch", "emoji")


def test_cleaning_asks_first(call, refused, color_folder, tmp_path):  # noqa: F811
    from tlcourse.datasets import load

    assert "add --yes" in refused("data", "clean")
    archive = shutil.make_archive(str(tmp_path / "mine"), "zip", color_folder)
    load(archive)
    own = paths.cache_dir() / "own"
    assert own.exists()
    assert "add --yes" in refused("data", "clean", "--json")
    assert own.exists()
    freed = answer(call("data", "clean", "--yes", "--json"))["freed"]
    assert freed["your own archives"] > 1000
    assert not own.exists()
    assert "nothing to remove" in call("data", "clean", "--yes")[1]


def test_fetch_says_what_to_do_where_the_mirror_has_nothing(refused, monkeypatch, tmp_path):  # noqa: F811
    monkeypatch.setenv("TLCOURSE_MIRROR", str(tmp_path))
    assert "flowers" in refused("data", "fetch", "flowers", "--json")


def test_a_check_prints_a_sentence_and_writes_a_page(call, color_folder, tmp_path):  # noqa: F811
    (color_folder / "red" / "broken [bold].jpg").write_bytes(b"x")
    page = tmp_path / "deep" / "report.html"
    code, out, _ = call("data", "check", color_folder, "--no-probe", "--out", page)
    assert code == 0
    assert "1 unusable file" in out
    assert "broken [bold].jpg" in out
    assert page.read_text("utf-8").startswith("<!doctype html>")
    found = answer(call("data", "check", color_folder, "--no-probe", "--json"))
    assert found["counts"]["unreadable"] == 1
    assert found["report"] is None
    assert call("data", "check", color_folder, "--no-probe", "--strict")[0] == 1


def test_a_check_refuses_impossible_requests(refused, color_folder, tmp_path):  # noqa: F811
    assert "no folder" in refused("data", "check", tmp_path / "none")
    assert "is a folder" in refused("data", "check", color_folder, "--out", tmp_path)
    assert "end in .html" in refused("data", "check", color_folder, "--out", tmp_path / "x.pdf")


@pytest.mark.parametrize("command", [[], ["fetch"], ["verify"], ["clean"], ["check"]])
def test_help(call, command):  # noqa: F811
    assert call("data", *command, "--help")[0] == 0
