"""The generated notebooks: up to date, and the two editions differ in answers alone."""

import subprocess
import sys

import nbformat
import pytest
from runners import ROOT

CHAPTERS = sorted((ROOT / "chapters").glob("[0-9][0-9]_*.py"))
ONE_EDITION = {"instructor", "solution-only", "learner-only"}


def test_generated_files_are_up_to_date():
    command = [sys.executable, str(ROOT / "tools" / "build_notebooks.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
class TestEditions:
    def test_same_cells_apart_from_answers_and_notes(self, chapter):
        learner, solution = map(shared_cells, read_editions(chapter))
        assert list(learner) == list(solution)
        for cell_id, cell in learner.items():
            twin = solution[cell_id]
            assert cell.cell_type == twin.cell_type
            assert cell.metadata == twin.metadata
            if "exercise" in cell.metadata.get("tags", ()):
                assert cell.source != twin.source
            else:
                assert cell.source == twin.source

    def test_learners_see_no_notes_and_no_markers(self, chapter):
        learner, solution = read_editions(chapter)
        hidden = {"instructor", "solution-only"}
        assert not [cell.id for cell in learner.cells if hidden & tags(cell)]
        assert [cell.id for cell in solution.cells if "instructor" in tags(cell)]
        for cell in [*learner.cells, *solution.cells]:
            assert "BEGIN ANSWER" not in cell.source
            assert "END ANSWER" not in cell.source

    def test_no_outputs_are_stored(self, chapter):
        for notebook in read_editions(chapter):
            assert "widgets" not in notebook.metadata
            code = [cell for cell in notebook.cells if cell.cell_type == "code"]
            assert not [cell.id for cell in code if cell.outputs or cell.execution_count]


def read_editions(chapter):
    name = f"{chapter.stem}.ipynb"
    return [
        nbformat.read(ROOT / folder / name, as_version=4) for folder in ("notebooks", "solutions")
    ]


def tags(cell):
    return set(cell.metadata.get("tags", ()))


def shared_cells(notebook):
    return {cell.id: cell for cell in notebook.cells if not ONE_EDITION & tags(cell)}
