"""Every chapter runs from top to bottom, both editions, under nbval and under papermill.

Fast mode by default; `TLCOURSE_TEST_MODE=normal` runs the full experiments and
compares them with the figures that the chapters print. The four runs of a chapter are one
unit of work for `pytest -n 2 --dist loadscope`: they share a cache, which the first finds
empty and the others find filled. The longest chapters come first, so that both processes
end at about the same time.
"""

import json

import pytest
from runners import FAST, ROOT, with_nbval, with_papermill

MEASURED = json.loads((ROOT / "chapters" / "measured.json").read_text())
RUNNERS = {"papermill": with_papermill, "nbval": with_nbval}


def minutes(stem):
    """How long the fast mode takes; a chapter that was not measured yet may take long."""
    return MEASURED.get(stem[:2], {"fast": {"minutes": 9.0}})["fast"]["minutes"]


CHAPTERS = sorted(
    (path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")),
    key=minutes,
    reverse=True,
)
RUNS = [
    pytest.param(
        ROOT / folder / f"{stem}.ipynb",
        runner,
        id=f"{folder}-{stem}-{runner}",
    )
    for stem in CHAPTERS
    for folder in ("notebooks", "solutions")
    for runner in RUNNERS
]
SLOWER, LARGER = 2.0, 1.25  # what a run may exceed the printed minutes and memory by


@pytest.mark.notebook
@pytest.mark.slow
@pytest.mark.parametrize(("path", "runner"), RUNS)
def test_it_runs(path, runner, tmp_path, monkeypatch):
    if path.parent.name == "solutions":  # here a refused answer is an error, not a hint
        monkeypatch.setenv("TLCOURSE_STRICT_CHECKS", "1")
    outcome = RUNNERS[runner](path, tmp_path / "out")
    assert outcome.ok, outcome.report
    if not FAST and runner == "papermill":
        compare_with_printed_figures(path, outcome)


@pytest.mark.parametrize("folder", ["notebooks", "solutions"])
def test_no_chapter_is_left_out(folder):
    chapters = {path.stem for path in (ROOT / "chapters").glob("[0-9][0-9]_*.py")}
    assert {path.stem for path in (ROOT / folder).glob("[0-9][0-9]_*.ipynb")} == chapters
    assert {param.values[0].stem for param in RUNS} == chapters


def compare_with_printed_figures(path, outcome):
    """The front matter promises minutes and memory; a run must keep the promise."""
    promised = MEASURED[path.stem[:2]]["normal"]
    assert outcome.seconds / 60 <= SLOWER * promised["minutes"] + 0.5
    assert outcome.peak_mb <= LARGER * promised["peak_mb"]
