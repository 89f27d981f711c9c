"""Names that are not English, also where the system says that there are only English letters."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.datasets import hostile
from tests.survival import places

USER = "Zoë Nguyễn 学生"
CLASSES = ("kätzchen", "犬 и собака")
LOCALES = {
    # Python then believes in ASCII: file names come as surrogates, and printing may fail.
    "ascii": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "c": {"LC_ALL": "C"},
    "utf8": {"LC_ALL": "C.UTF-8"},
}


@pytest.fixture
def home(tmp_path):
    home = tmp_path / USER
    home.mkdir()
    return home


@pytest.fixture
def pictures(home):
    for i, name in enumerate(CLASSES):
        hostile.fill(home / "Übung" / name, 6, seed=i + 1)
    return home / "Übung"


def tlcourse(*args, home, locale, read_only=False):
    """Run the command as this user would, with no variable of the tests' own."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("TLCOURSE", "KERAS", "LC_"))}
    env |= {"HOME": str(home), "USER": USER, "LANG": ""} | LOCALES[locale]
    env.pop("TF_CPP_MIN_LOG_LEVEL", None)
    program = [sys.executable, "-m", "tlcourse.cli", *map(str, args)]
    if read_only:
        mounts = 'for d in "$HOME" "$ROOT"; do mount --bind "$d" "$d"; '
        mounts += 'mount -o remount,bind,ro "$d"; done; exec "$@"'
        program = ["unshare", "-m", "sh", "-ec", mounts, "sh", *program]
        env["ROOT"] = str(ROOT)
    done = subprocess.run(program, capture_output=True, env=env, cwd=home.parent)
    out, err = (text.decode("utf-8", "surrogateescape") for text in (done.stdout, done.stderr))
    assert "Traceback" not in out + err, err
    return done.returncode, out, err


@pytest.mark.parametrize("locale", LOCALES)
def test_a_check_of_pictures(home, pictures, locale):
    out = home / "Bericht ü.html"
    args = ("data", "check", pictures, "--no-probe", "--out", out)
    code, printed, err = tlcourse(*args, home=home, locale=locale)
    assert (code, err) == (0, "Labels were not checked: not asked for.\n") or code == 0, err
    assert "12 pictures" in printed
    page = out.read_text("utf-8")
    assert all(name in page for name in CLASSES)


@pytest.mark.parametrize("locale", LOCALES)
def test_complaints_name_the_file(home, locale):
    code, out, err = tlcourse(
        "fit", home / "fehlt ß", "--out", home / "run", home=home, locale=locale
    )
    assert (code, out) == (2, "")
    assert "does not exist" in err
    if locale != "ascii":
        assert "fehlt ß" in err
    code, out, _ = tlcourse("progress", home=home, locale=locale)
    assert code == 0
    assert "exercises" in out


@pytest.mark.parametrize("locale", LOCALES)
def test_a_fit_in_a_home_that_cannot_be_written(home, pictures, locale, thorough, tmp_path):
    """Keras, matplotlib and the rest write into the home when they are imported."""
    if locale != "ascii" and not thorough:
        pytest.skip("the others run with TLCOURSE_TEST_MODE=normal")
    is_read_only = places.can_mount()
    args = ("fit", pictures, "--out", tmp_path / "läuft", "--image-size", "32", "--json")
    code, out, err = tlcourse(*args, home=home, locale=locale, read_only=is_read_only)
    assert code == 0, err
    assert json.loads(out)["classes"] == sorted(CLASSES)
    assert ("could not be cached" in err) == is_read_only, err
    assert CLASSES[0] in (tmp_path / "läuft" / "report.html").read_text("utf-8")
    code, out, err = tlcourse(
        "predict", tmp_path / "läuft", pictures / CLASSES[0] / "p1_0.png", home=home, locale=locale
    )
    assert code == 0, err
