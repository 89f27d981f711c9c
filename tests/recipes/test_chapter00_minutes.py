"""Minutes of each chapter, scaled to this machine."""

import json

import pytest

from tlcourse.recipes.chapter00_minutes import LONG, REFERENCE_SECONDS_PER_100, chapter_minutes


def write(folder, name, source):
    cells = [{"cell_type": "markdown", "source": source.splitlines(keepends=True)}]
    (folder / name).write_text(json.dumps({"cells": cells}))


@pytest.fixture
def notebooks(tmp_path):
    front = "# 0{n} A title\n\n| Minutes to run | {m} on two CPU cores, 0.5 in fast mode |"
    write(tmp_path, "01_first.ipynb", front.format(n=1, m="1.5"))
    write(tmp_path, "04_other.ipynb", front.format(n=4, m="4"))
    write(tmp_path, "05_draft.ipynb", front.format(n=5, m="(not measured yet)"))
    (tmp_path / "README.md").write_text("no notebook")
    return tmp_path


def test_minutes_grow_with_the_time_for_a_hundred_pictures(notebooks):
    rows = chapter_minutes(3 * REFERENCE_SECONDS_PER_100, notebooks)
    assert [row["chapter"] for row in rows] == ["01 A title", "04 A title"]
    assert [row["minutes, as measured"] for row in rows] == ["1.5", "4"]
    assert [row["minutes here, about"] for row in rows] == ["4.5", "12.0"]
    assert rows[0]["advice"] == "normal mode"
    assert "FAST" in rows[1]["advice"]
    assert 4.5 < LONG < 12


def test_the_reference_machine_takes_what_is_printed(notebooks):
    for row in chapter_minutes(REFERENCE_SECONDS_PER_100, notebooks):
        assert float(row["minutes here, about"]) == float(row["minutes, as measured"])


def test_no_notebooks_no_rows(tmp_path):
    assert chapter_minutes(1.0, tmp_path) == []
    assert chapter_minutes(1.0) is not None  # the course's own folder, whatever it holds
