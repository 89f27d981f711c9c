"""Every chapter runs from top to bottom, both editions, under nbval and under papermill.

Fast mode by default; `TLCOURSE_TEST_MODE=normal` runs the full experiments and
compares them with the figures that the chapters print. Each class is one unit of
work for `pytest -n 2 --dist loadscope`.
"""

import json

import pytest
from runners import FAST, ROOT, with_nbval, with_papermill

NOTEBOOKS = [
    pytest.param(path, id=f"{path.parent.name}-{path.stem}")
    for folder in ("notebooks", "solutions")
    for path in sorted((ROOT / folder).glob("[0-9][0-9]_*.ipynb"))
]
SLOWER, LARGER = 2.0, 1.25  # what a run may exceed the printed minutes and memory by


@pytest.fixture
def strict_answers(request, monkeypatch):
    """In the worked edition a refused answer is an error, not a hint."""
    if request.getfixturevalue("path").parent.name == "solutions":
        monkeypatch.setenv("TLCOURSE_STRICT_CHECKS", "1")


@pytest.mark.notebook
@pytest.mark.slow
@pytest.mark.usefixtures("strict_answers")
@pytest.mark.parametrize("path", NOTEBOOKS)
class TestPapermill:
    def test_runs(self, path, tmp_path):
        outcome = with_papermill(path, tmp_path / "out")
        assert outcome.ok, outcome.report
        if not FAST:
            compare_with_printed_figures(path, outcome)


@pytest.mark.notebook
@pytest.mark.slow
@pytest.mark.usefixtures("strict_answers")
@pytest.mark.parametrize("path", NOTEBOOKS)
class TestNbval:
    def test_runs(self, path, tmp_path):
        outcome = with_nbval(path, tmp_path / "out")
        assert outcome.ok, outcome.report


def compare_with_printed_figures(path, outcome):
    """The front matter promises minutes and memory; a run must keep the promise."""
    measured = json.loads((ROOT / "chapters" / "measured.json").read_text())
    promised = measured[path.stem[:2]]["normal"]
    assert outcome.seconds / 60 <= SLOWER * promised["minutes"] + 0.5
    assert outcome.peak_mb <= LARGER * promised["peak_mb"]
