"""The first cell of a notebook, in a clone, on Colab (simulated) and in a folder of its own."""

import json
import os
import subprocess
import sys

import nbformat
import pytest

from tests.conftest import ROOT
from tests.places import thin

MISSING = ("imagehash", "py-cpuinfo")
WHOLE = os.environ.get("TLCOURSE_TEST_MODE") == "normal"
NOTEBOOK = ROOT / "notebooks" / "05_evaluation.ipynb"
STUB = """
calls = []


def enable_custom_widget_manager():
    calls.append("widgets")
    print("colab shows custom widgets")
"""


@pytest.fixture(scope="module")
def colab(tmp_path_factory):
    """Colab as far as it matters: packages but two, no course, and a `google.colab`."""
    folder = tmp_path_factory.mktemp("colab")
    python = thin.thin_environment(folder / "env", hide=MISSING)
    wheels = folder / "wheels"
    wheels.mkdir()
    for name in MISSING:
        thin.repack(name, wheels)
    package = folder / "stub" / "google" / "colab"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "output.py").write_text(STUB)
    return folder, python


@pytest.fixture
def variables(colab, course_wheel):
    folder, _ = colab
    return thin.bare_variables(
        folder / "home",
        PYTHONPATH=str(folder / "stub"),
        PIP_FIND_LINKS=str(folder / "wheels"),
        TLCOURSE_WHEEL=str(course_wheel),
    )


def first_cell(path=NOTEBOOK):
    cells = nbformat.read(path, as_version=4).cells
    return next(cell.source for cell in cells if cell.cell_type == "code")


def run_cell(python, folder, variables, *, after=""):
    return subprocess.run(
        [python, "-c", first_cell() + "\n" + after],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_chapter_runs_alone_in_a_folder_and_no_package_changes(colab, variables):
    folder, python = colab
    before = thin.versions(python)
    assert not {"tlcourse", "ImageHash", "py-cpuinfo"} & set(before)
    notebook = thin.copy_alone(NOTEBOOK, folder / "work")
    printed = thin.run_notebook(python, notebook, variables)
    assert "Installed beside what was here: imagehash" in printed
    major = int(before["ipywidgets"].split(".")[0])
    assert ("colab shows custom widgets" in printed) == (major >= 8)
    after = thin.versions(python)
    assert {"tlcourse", "ImageHash", "py-cpuinfo"} == set(after) - set(before)
    assert {name: after[name] for name in before} == before
    assert [p.name for p in (folder / "work").iterdir()] == [NOTEBOOK.name]


@pytest.mark.slow
@pytest.mark.skipif(not WHOLE, reason="clones and builds; TLCOURSE_TEST_MODE=normal runs it")
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this copy has no history")
def test_from_git_it_comes_with_data_and_weights(tmp_path, variables):
    python = thin.thin_environment(tmp_path / "env")
    variables["TLCOURSE_WHEEL"] = f"git+file://{ROOT}"
    variables["PIP_NO_BUILD_ISOLATION"] = "0"  # pip's word for: use the hatchling that is here
    code = "import tlcourse as tl, tlcourse.weights as w; print(w.find('embedded').origin)"
    done = run_cell(python, tmp_path, variables, after=code + "; print(len(tl.load('emoji')))")
    assert done.returncode == 0, done.stderr
    origin, n = done.stdout.split()[-2:]
    assert (origin, int(n) > 500) == ("embedded", True)


def test_a_clone_is_found_without_installing_anything(tmp_path, variables):
    python = thin.thin_environment(tmp_path / "env")
    without = {k: v for k, v in variables.items() if k != "TLCOURSE_WHEEL"}
    where = "import tlcourse; print(tlcourse.__file__)"
    done = run_cell(python, ROOT / "notebooks", without, after=where)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str(ROOT / "tlcourse" / "__init__.py")
    assert "tlcourse" not in thin.versions(python)


def test_an_installed_course_is_used_as_it_is(tmp_path):
    variables = thin.bare_variables(tmp_path / "home", TLCOURSE_WHEEL="/no/such.whl")
    variables["PYTHONPATH"] = str(ROOT)
    done = run_cell(sys.executable, tmp_path, variables)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_a_wheel_that_is_not_there_is_named(tmp_path, variables):
    python = thin.thin_environment(tmp_path / "env")
    done = run_cell(python, tmp_path, variables | {"TLCOURSE_WHEEL": "/no/such.whl"})
    assert done.returncode == 1
    assert "pip could not install the course from /no/such.whl" in done.stderr


def test_what_cannot_be_installed_is_said_in_one_sentence(tmp_path, variables):
    python = thin.thin_environment(tmp_path / "env", hide=("imagehash",))
    done = run_cell(python, tmp_path, variables | {"PIP_FIND_LINKS": str(tmp_path)})
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "CourseError: pip could not install imagehash" in last
    assert "Check the network" in last


def test_every_notebook_begins_with_the_same_cell():
    folders = (ROOT / "notebooks", ROOT / "solutions")
    cells = {first_cell(p) for folder in folders for p in folder.glob("[0-9][0-9]_*.ipynb")}
    assert cells == {first_cell()}
    assert json.loads(NOTEBOOK.read_text())["cells"][0]["cell_type"] == "markdown"
