import io
import re
import sys
from base64 import b64encode

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from tests.conftest import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import readme_pictures


def notebook(cell_id, width=1800):
    memory = io.BytesIO()
    Image.new("RGB", (width, 600), "white").save(memory, "PNG")
    data = {"image/png": b64encode(memory.getvalue()).decode(), "text/plain": "A chart."}
    outputs = [new_output("stream", text="12\n"), new_output("display_data", data=data)]
    return new_notebook(cells=[new_code_cell("draw()", id=cell_id, outputs=outputs)])


@pytest.fixture
def runs(tmp_path):
    for chapter, cell_id in readme_pictures.PICTURES.values():
        nbformat.write(notebook(cell_id), tmp_path / f"{chapter}_name.ipynb")
    return tmp_path


def test_each_picture_is_written_small(runs, tmp_path):
    assert readme_pictures.main(["--runs", str(runs), "--out", str(tmp_path / "out")]) == 0
    for name in readme_pictures.PICTURES:
        with Image.open(tmp_path / "out" / name) as image:
            assert image.size == (900, 300)


def test_a_chapter_that_was_not_run_is_named(runs, capsys):
    next(runs.glob("05_*")).unlink()
    assert readme_pictures.main(["--runs", str(runs), "--out", str(runs / "out")]) == 1
    assert "Chapter 05 has not been run" in capsys.readouterr().err


def test_a_cell_without_figure_is_named():
    with pytest.raises(ValueError, match="no cell 'other'"):
        readme_pictures.figure(notebook("lies"), "other")
    empty = new_notebook(cells=[new_code_cell("1", id="lies")])
    with pytest.raises(ValueError, match="shows no figure"):
        readme_pictures.figure(empty, "lies")


def test_chapters_have_these_cells_and_readme_shows_these_pictures():
    for chapter, cell_id in readme_pictures.PICTURES.values():
        source = next((ROOT / "chapters").glob(f"{chapter}_*.py")).read_text("utf-8")
        assert f'id="{cell_id}"' in source
    shown = re.findall(r"\(docs/pictures/(.+?)\)", (ROOT / "README.md").read_text("utf-8"))
    assert shown
    assert set(shown) <= set(readme_pictures.PICTURES)
    for name in shown:
        assert (ROOT / "docs" / "pictures" / name).is_file()
