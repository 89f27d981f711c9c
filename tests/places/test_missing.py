"""What `complete` asks pip for: only what is missing; what is old is named and left alone."""

import subprocess
from importlib import metadata

import pytest

from tlcourse.errors import CourseError
from tlcourse.places import complete
from tlcourse.places import missing as module
from tlcourse.places.missing import _compared, _installed, _needed


@pytest.fixture
def pip(monkeypatch):
    """Record what pip is asked for, with the constraints it is given."""
    calls = []

    def run(command, **options):
        with open(command[command.index("-c") + 1], encoding="utf-8") as file:
            calls.append((command[-2:], set(file.read().split())))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(module.subprocess, "run", run)
    return calls


def ask(monkeypatch, *lines):
    monkeypatch.setattr(module, "_needed", lambda: lines)


def test_the_list_is_that_of_the_package_from_a_clone_and_from_a_wheel(monkeypatch, tmp_path):
    from_clone = set(_needed())
    assert any(line.startswith("keras>=") for line in from_clone)
    monkeypatch.setattr(module, "_CLONE", tmp_path)
    installed = {line.split(";")[0].strip() for line in _needed()}
    names = {line.split(">")[0].lower() for line in from_clone}
    assert {line.split(">")[0].lower() for line in installed} == names


def test_where_nothing_is_missing_pip_is_not_called(pip, capsys):
    assert complete() == ()
    assert pip == []
    assert "Installed" not in capsys.readouterr().out


def test_only_what_is_missing_is_asked_for_with_everything_held_fast(pip, monkeypatch, capsys):
    numpy = metadata.version("numpy")
    ask(monkeypatch, "numpy>=999", "no-such-thing>=1.2", "scipy>=1", "jupyterlab>=999",
        "not-here>=1; python_version < '3'")  # fmt: skip
    assert complete() == ("no-such-thing>=1.2",)
    ((asked, constraints),) = pip
    assert asked[-1] == "no-such-thing>=1.2"
    assert f"numpy=={numpy}" in constraints
    assert constraints == set(_installed())
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "Installed beside what was here: no-such-thing>=1.2."
    assert out[1].startswith("Left as they are")
    assert out[1].endswith(f"numpy {numpy}.")


def test_versions_before_a_release_count(monkeypatch):
    monkeypatch.setattr(module.metadata, "version", lambda name: "3.10.0rc1")
    assert _compared(("keras>=3.9",)) == ((), ())
    assert _compared(("keras>=3.10",)) == ((), ("keras 3.10.0rc1",))


def test_what_pip_says_is_passed_on(pip, monkeypatch):
    ask(monkeypatch, "no-such-thing>=1.2")
    said = "WARNING: x\n ERROR: No route\nERROR: No matching distribution\n\n"
    monkeypatch.setattr(
        module.subprocess,
        "run",
        lambda command, **options: subprocess.CompletedProcess(command, 1, "", said),
    )
    with pytest.raises(CourseError, match=r"beside the packages that are here \(No route\)"):
        complete()
