"""A repository with one small chapter, for the tests of the authoring tools."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import build_notebooks  # noqa: E402
from chapter_samples import MEASURED  # noqa: E402


@pytest.fixture
def course(tmp_path):
    """Return a function that lays out a repository with one chapter and builds it."""
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "measured.json").write_text(json.dumps(MEASURED))

    def build(text, *options, name="03_sample.py"):
        (tmp_path / "chapters" / name).write_text(text, encoding="utf-8")
        return build_notebooks.main(["--root", str(tmp_path), *options])

    build.root = tmp_path
    return build
