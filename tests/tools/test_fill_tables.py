import json
import re
import shutil
import sys

import pytest

from tests.conftest import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import architecture_picture
import doc_tables
import fill_tables


@pytest.fixture
def root(tmp_path):
    """A small copy of what the tables are made from."""
    for folder in ("chapters", "docs", "bench"):
        (tmp_path / folder).mkdir()
    names = ["main_job.json", "results.json", "speech.json", "vision.json"]
    files = ["chapters/measured.json", "docs/plans.json", "pyproject.toml"]
    for name in [*files, *(f"bench/{name}" for name in names)]:
        shutil.copy(ROOT / name, tmp_path / name)
    for path in (ROOT / "chapters").glob("0[0-7]_*.py"):
        shutil.copy(path, tmp_path / "chapters" / path.name)
    return tmp_path


@pytest.mark.parametrize("name", doc_tables.TABLES)
def test_every_table_is_made_from_the_files(root, name):
    text = doc_tables.TABLES[name](root)
    assert text.strip()
    rows = [line.count("|") - line.count("\\|") for line in text.splitlines() if line[:1] == "|"]
    assert len(set(rows)) <= 1, text


def test_a_new_measurement_changes_the_table_and_the_check_notices(root, capsys):
    readme = root / "README.md"
    readme.write_text("# A\n\n<!-- table: chapters -->\n<!-- end of table -->\n\nAfter.\n")
    assert fill_tables.main(["--check"], root=root) == 1
    assert fill_tables.main([], root=root) == 0
    assert fill_tables.main(["--check"], root=root) == 0
    assert readme.read_text().endswith("<!-- end of table -->\n\nAfter.\n")
    measured = json.loads((root / "chapters/measured.json").read_text())
    measured["03"]["normal"]["minutes"] = 77.7
    (root / "chapters/measured.json").write_text(json.dumps(measured))
    assert fill_tables.main(["--check"], root=root) == 1
    assert "README.md: tables are stale" in capsys.readouterr().out
    fill_tables.main([], root=root)
    assert "77.7" in readme.read_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!-- table: rumors -->\n<!-- end of table -->", "no table 'rumors'"),
        ("<!-- table: chapters -->\nnothing ends it", "no '<!-- end of table -->'"),
    ],
)
def test_a_broken_place_is_named(root, text, message):
    with pytest.raises(ValueError, match=message):
        fill_tables.filled(text, root)


def test_a_plan_that_does_not_fit_is_refused(root):
    path = root / "docs/plans.json"
    plans = json.loads(path.read_text())
    plans[0]["limit"] = 60
    path.write_text(json.dumps(plans))
    with pytest.raises(ValueError, match="the parts take 90 minutes"):
        doc_tables.plan_table(root, "90 minutes")
    plans[0]["rows"][0]["minutes"] = 0
    path.write_text(json.dumps(plans))
    with pytest.raises(ValueError, match="chapter 00 gets 0 minutes"):
        doc_tables.plan_table(root, "90 minutes")


def test_parts_follow_each_other_without_gap(root):
    for plan in json.loads((root / "docs/plans.json").read_text()):
        text = doc_tables.plan_table(root, plan["name"])
        rows = re.findall(r"^\| (\d+):(\d\d) \| (\d+) \|", text, flags=re.MULTILINE)
        at = 0
        for hours, minutes, length in rows:
            assert int(hours) * 60 + int(minutes) == at
            at += int(length)
        assert at == plan["limit"]


def test_the_picture_of_the_architecture_names_every_module():
    texts = dict(architecture_picture.layer_texts(ROOT))
    named = {name for text in texts.values() for name in text.split(", ")}
    there = {path.stem for path in (ROOT / "tlcourse").iterdir() if not path.stem.startswith("_")}
    assert there <= named
