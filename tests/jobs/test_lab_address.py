"""The address that `tlcourse lab` prints must let the learner in, and open the chapter list."""

import json

import pytest

from tlcourse.jobs import lab
from tlcourse.jobs.lab import command, notebook_folder


@pytest.fixture
def chapters(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "README.md").write_text("# Chapters", "utf-8")
    return tmp_path / "notebooks"


def option(program, name):
    found = [part.partition("=")[2] for part in program if part.startswith(f"--{name}=")]
    return found[0] if len(found) == 1 else found


def test_the_first_page_leaves_room_for_the_token(chapters):
    page = option(command(chapters, extra=[]), "LabApp.default_url")
    assert page == "/lab/tree/notebooks/README.md"


def test_worked_answers_lie_below_the_root(chapters):
    root = option(command(chapters, extra=[]), "ServerApp.root_dir")
    assert root == str(chapters.parent)  # so that ../solutions is inside


def test_the_chapter_list_opens_as_a_page(chapters, tmp_path):
    elsewhere = {"JUPYTERLAB_DIR": str(tmp_path / "lab")}
    folder = option(command(chapters, extra=[], environment=elsewhere), "LabApp.app_settings_dir")
    with open(f"{folder}/overrides.json", encoding="utf-8") as file:
        viewers = json.load(file)["@jupyterlab/docmanager-extension:plugin"]["defaultViewers"]
    assert viewers == {"markdown": "Markdown Preview"}


def test_settings_of_the_site_go_before_ours(chapters, tmp_path):
    (tmp_path / "lab" / "settings").mkdir(parents=True)
    (tmp_path / "lab" / "settings" / "page_config.json").write_text("{}", "utf-8")
    program = command(chapters, extra=[], environment={"JUPYTERLAB_DIR": str(tmp_path / "lab")})
    assert option(program, "LabApp.app_settings_dir") == []


def test_options_of_the_learner_come_last(chapters):
    program = command(chapters, extra=["--port=9999"])
    assert program[-1] == "--port=9999"
    assert not any("token" in part or "--ip" in part for part in program)


@pytest.mark.parametrize("name", ["ServerApp.root_dir", "notebook-dir"])
def test_no_option_comes_twice(chapters, name):
    program = command(chapters, extra=[f"--{name}=/elsewhere", "--LabApp.app_settings_dir=/mine"])
    assert option(program, name) == "/elsewhere"
    assert option(program, "LabApp.app_settings_dir") == "/mine"
    assert option(program, "LabApp.default_url") == []  # there is no chapter list elsewhere
    assert sum("root_dir" in part or "notebook-dir" in part for part in program) == 1


def test_an_installed_course_is_copied_once(tmp_path, monkeypatch):
    monkeypatch.setattr(lab, "is_clone", lambda: False)
    monkeypatch.chdir(tmp_path)
    folder = notebook_folder()
    assert folder == tmp_path / "tlcourse-notebooks" / "notebooks"
    names = {file.name for file in folder.glob("*.ipynb")}
    assert names
    assert names == {file.name for file in (folder.parent / "solutions").glob("*.ipynb")}
    mine = next(folder.glob("*.ipynb"))
    mine.write_text("mine", "utf-8")
    notebook_folder()
    assert mine.read_text("utf-8") == "mine"
