"""Binder: what it installs, what it runs afterwards, and how much memory the chapters need there.

`TLCOURSE_TEST_MODE=normal` installs the whole list into an empty environment, which needs an index.
"""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.places import thin

WHOLE = os.environ.get("TLCOURSE_TEST_MODE") == "normal"
LIMITS_GB = {"frozen": 1.6, "unfrozen": 2.2}  # 10^9 bytes
UNFROZEN = {"01", "03", "04", "06", "09", "10"}  # chapters that train VGG16 or a whole network


def pip_part():
    """Return the arguments that environment.yml hands to pip, and the version of Python."""
    text = (ROOT / "environment.yml").read_text()
    python = re.search(r"^  - python=(\d+\.\d+)$", text, re.M)[1]
    return re.search(r"^  - pip:\n((?:      - .+\n)+)", text, re.M)[1].split()[1:], python


def pip_install(python, home, **more):
    arguments, _ = pip_part()
    assert arguments == ["-r", "requirements.lock"]
    variables = thin.bare_variables(home) | more
    return subprocess.run(
        [python, "-m", "pip", "install", "--disable-pip-version-check", *arguments],
        cwd=ROOT,
        env={k: v for k, v in variables.items() if v},
        capture_output=True,
        text=True,
        check=False,
    )


def run_post_build(python, home):
    variables = thin.bare_variables(home)
    variables["PATH"] = os.pathsep.join([str(python.parent), variables["PATH"]])
    done = subprocess.run(
        [ROOT / "postBuild"], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^tlcourse \d", done.stdout, re.M)


def assert_imports_from_elsewhere(python, folder):
    code = "import tlcourse as tl; print(tl.__file__); print(len(tl.load('emoji', style='noto')))"
    done = subprocess.run(
        [python, "-c", code],
        cwd=folder,
        env=thin.bare_variables(folder / "home"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    where, n = done.stdout.split("\n")[:2]
    assert where == str(ROOT / "tlcourse" / "__init__.py")
    assert int(n) > 500


def test_the_version_of_python_is_one_that_the_course_supports():
    _, python = pip_part()
    wanted = re.search(
        r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (ROOT / "pyproject.toml").read_text()
    )
    assert int(wanted[1]) <= int(python.split(".")[1]) < int(wanted[2])


def test_the_list_is_complete_and_post_build_makes_the_course_importable(tmp_path):
    """Everything in the list is visible here, so pip has nothing to fetch and must not try."""
    python = thin.thin_environment(tmp_path / "env")
    done = pip_install(python, tmp_path / "home")
    if done.returncode and "floor" in sys.prefix:
        pytest.skip("this environment holds the oldest versions, not those of the list")
    assert done.returncode == 0, done.stderr
    assert "Successfully installed" not in done.stdout
    run_post_build(python, tmp_path / "home")
    assert_imports_from_elsewhere(python, tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not WHOLE, reason="fetches TensorFlow; TLCOURSE_TEST_MODE=normal runs it")
def test_the_list_installs_into_an_empty_environment(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    python = tmp_path / "env" / "bin" / "python"
    done = pip_install(python, tmp_path / "home", PIP_NO_INDEX="")
    assert done.returncode == 0, done.stderr
    assert "tensorflow" in thin.versions(python)
    run_post_build(python, tmp_path / "home")
    assert_imports_from_elsewhere(python, tmp_path)


MEASURED = json.loads((ROOT / "chapters" / "measured.json").read_text())


@pytest.mark.parametrize("number", sorted(MEASURED))
@pytest.mark.parametrize("mode", ["normal", "fast"])
def test_chapters_stay_within_their_memory(number, mode):
    limit = LIMITS_GB["unfrozen" if number in UNFROZEN else "frozen"]
    assert MEASURED[number][mode]["peak_mb"] * 2**20 <= limit * 1e9
