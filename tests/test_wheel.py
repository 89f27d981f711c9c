"""The installed package finds its data: Colab and conda users have no clone."""

import os
import subprocess
import sys
import zipfile

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "-w", str(folder), str(ROOT)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(installed, folder, code):
    env = os.environ | {"PYTHONPATH": str(installed)}
    out = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=folder, capture_output=True, text=True
    )
    assert out.returncode == 0, out.stderr
    return out.stdout


def test_data_notebooks_and_templates_come_along(installed, tmp_path):
    code = (
        "import tlcourse, tlcourse.paths as p, tlcourse.weights as w;"
        "from tlcourse.jobs.lab import notebook_folder;"
        "print(tlcourse.__file__); print(p.is_clone()); print(w.find('embedded').origin);"
        "print(w.find('embedded', network='MiniVGG').origin);"
        "print(len(tlcourse.load('emoji', style='noto'))); print(notebook_folder())"
    )
    lines = run(installed, tmp_path, code).splitlines()
    assert lines[0].startswith(str(installed))
    assert lines[1:4] == ["False", "embedded", "embedded"]
    assert int(lines[4]) > 500
    assert lines[5] == str(tmp_path / "tlcourse-notebooks" / "notebooks")
    assert (tmp_path / "tlcourse-notebooks" / "solutions").is_dir()
    assert list(installed.glob("tlcourse/jobs/templates/*.jinja"))
    assert (installed / "tlcourse/jobs/lab_settings/overrides.json").is_file()
    assert list(installed.glob("tlcourse/_assets/solutions/*.ipynb"))


def test_the_wheel_carries_nothing_it_should_not(installed):
    names = [str(p.relative_to(installed)) for p in installed.rglob("*") if p.is_file()]
    assert not [n for n in names if n.startswith(("tests", "tools")) or "__pycache__" in n]
