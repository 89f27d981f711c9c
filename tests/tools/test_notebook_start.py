"""The first code cell and the Colab badges: one address, in pyproject.toml, makes both."""

import ast

import nbformat
import notebook_start
import pytest
from chapter_samples import SAMPLE

ADDRESS = "https://github.com/someone/transfer"


@pytest.fixture
def published(course):
    """A course whose pyproject.toml names an address."""
    (course.root / "pyproject.toml").write_text(
        f'[project]\nname = "x"\n\n[project.urls]\nRepository = "{ADDRESS}"\n\n[tool.x]\ny = 1\n'
    )
    return course


def read(root, folder):
    return nbformat.read(root / folder / "03_sample.ipynb", as_version=4)


def test_the_start_cell_stands_before_all_other_code_in_both_editions(course):
    assert course(SAMPLE) == 0
    for folder in ("notebooks", "solutions"):
        cells = read(course.root, folder).cells
        assert [cell.cell_type for cell in cells[:3]] == ["markdown", "code", "code"]
        assert cells[1].id == notebook_start.START
        assert cells[1].source == notebook_start.start_cell("").text
        assert "complete()" in cells[1].source
        assert "git+" not in cells[1].source


def test_without_an_address_there_are_no_badges(course):
    course(SAMPLE)
    text = (course.root / "notebooks" / "README.md").read_text()
    assert "Colab" not in text
    assert "colab" not in [cell.id for cell in read(course.root, "notebooks").cells]


def test_the_address_fills_badges_and_the_start_cell(published):
    assert published(SAMPLE) == 0
    cells = read(published.root, "notebooks").cells
    assert cells[1].id == "colab"
    where = "colab.research.google.com/github/someone/transfer/blob/main/notebooks/03_sample.ipynb"
    assert where in cells[1].source
    assert cells[1].source.startswith("[![Open in Colab]")
    assert f'"git+{ADDRESS}@main"' in cells[2].source
    assert "colab" not in [cell.id for cell in read(published.root, "solutions").cells]
    index = (published.root / "notebooks" / "README.md").read_text()
    assert where in index
    rows = [line for line in index.splitlines() if line.startswith("|")]
    assert {line.count("|") - line.count("\\|") for line in rows} == {6}


def test_only_github_has_badges(course):
    assert notebook_start.colab_badge("https://gitlab.com/a/b", "notebooks/x.ipynb") == ""
    assert "github/a/b/blob" in notebook_start.colab_badge("https://github.com/a/b.git", "x.ipynb")


@pytest.mark.parametrize("wrong", ["http://github.com/a/b", "github.com/a/b", 'x" ; evil(', ""])
def test_what_is_no_address_is_refused(course, capsys, wrong):
    (course.root / "pyproject.toml").write_text(f'[project.urls]\nRepository = "{wrong}"\n')
    assert course(SAMPLE) == 2
    assert "Expected an https address" in capsys.readouterr().err


def test_the_cell_is_python_that_imports_only_the_standard_library_and_the_course():
    tree = ast.parse(notebook_start.start_cell(ADDRESS).text)
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert names == {"importlib.util", "os", "subprocess", "sys"}
