"""A run appears whole or not at all, and never at the cost of anything that was there."""

import os
import signal
import subprocess
import sys

import pytest

from tlcourse.errors import CourseError
from tlcourse.jobs import run_folder
from tlcourse.jobs.run_folder import RESULT, check_outside, new_run


def make_run(out, text="new", **options):
    with new_run(out, **options) as scratch:
        assert not out.exists() or options.get("overwrite") or not any(out.iterdir())
        (scratch / RESULT).write_text(text)


def everything(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def refusal(out, **options):
    before = everything(out.parent)
    with pytest.raises(CourseError) as caught, new_run(out, **options):
        pytest.fail("work must not begin")
    assert everything(out.parent) == before
    return str(caught.value)


def test_a_run_appears_with_its_parents_and_leaves_nothing_else(tmp_path):
    out = tmp_path / "a" / "b" / "run"
    make_run(out)
    assert (out / RESULT).read_text() == "new"
    assert [p.name for p in out.parent.iterdir()] == ["run"]
    assert oct(out.stat().st_mode & 0o777) == oct(0o777 & ~_umask())


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_an_empty_folder_is_as_good_as_none(tmp_path):
    (tmp_path / "run").mkdir()
    make_run(tmp_path / "run")
    assert (tmp_path / "run" / RESULT).exists()


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
def test_a_failure_leaves_no_trace(tmp_path, failure):
    with pytest.raises(failure), new_run(tmp_path / "a" / "run") as scratch:  # noqa: PT012
        (scratch / RESULT).write_text("half")
        raise failure
    assert list(tmp_path.iterdir()) == []


def test_a_failure_keeps_the_old_run(tmp_path):
    make_run(tmp_path / "run", "old")
    with pytest.raises(ValueError), new_run(tmp_path / "run", overwrite=True):  # noqa: PT011
        raise ValueError
    assert everything(tmp_path) == {(tmp_path / "run" / RESULT).relative_to(tmp_path): b"old"}


class TestTaken:
    def test_by_a_file(self, tmp_path):
        (tmp_path / "run").write_text("mine")
        for overwrite in (False, True):
            assert "will not be replaced" in refusal(tmp_path / "run", overwrite=overwrite)

    def test_by_a_folder_with_other_things(self, tmp_path):
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "thesis.txt").write_text("mine")
        for overwrite in (False, True):
            text = refusal(tmp_path / "run", overwrite=overwrite)
            assert "holds something else (thesis.txt)" in text

    def test_by_a_run_with_something_added(self, tmp_path):
        make_run(tmp_path / "run", "old")
        (tmp_path / "run" / "notes.txt").write_text("mine")
        assert "notes.txt" in refusal(tmp_path / "run", overwrite=True)

    def test_by_an_earlier_run(self, tmp_path):
        make_run(tmp_path / "run", "old")
        assert "--overwrite" in refusal(tmp_path / "run")
        make_run(tmp_path / "run", "new", overwrite=True)
        assert everything(tmp_path / "run").popitem()[1] == b"new"
        assert [p.name for p in tmp_path.iterdir()] == ["run"]

    @pytest.mark.parametrize("target", ["run", "empty", "nowhere"])
    def test_by_a_link(self, tmp_path, target):
        make_run(tmp_path / "run", "old")
        (tmp_path / "empty").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / target)
        for overwrite in (False, True):
            assert "is a symbolic link" in refusal(tmp_path / "link", overwrite=overwrite)

    def test_by_somebody_quicker(self, tmp_path):
        out = tmp_path / "run"
        with pytest.raises(CourseError, match="holds something else"), new_run(out):  # noqa: PT012
            out.mkdir()
            (out / "quick.txt").write_text("mine")
        assert everything(tmp_path).popitem()[1] == b"mine"


class TestPlaces:
    def test_that_cannot_be_written(self, tmp_path):
        (tmp_path / "file").write_text("mine")
        assert "cannot be written" in refusal(tmp_path / "file" / "run")
        assert "too long" in refusal(tmp_path / ("x" * 300))
        with pytest.raises(CourseError, match="cannot be found from here"), new_run("~nobody_/x"):
            pass

    @pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
    def test_that_nobody_can_write(self):
        with pytest.raises(CourseError, match="cannot be written"), new_run("/proc/run"):
            pass

    def test_without_permission(self, tmp_path, monkeypatch):
        def forbidden(self, *args, **options):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("pathlib.Path.mkdir", forbidden)
        assert "(Permission denied)" in refusal(tmp_path / "run")

    def test_with_a_full_disk_at_the_last_moment(self, tmp_path, monkeypatch):
        make_run(tmp_path / "run", "old")
        real = os.rename

        def full(source, target):
            if ".part-" in os.path.basename(source) and not str(source).endswith(".old"):
                raise OSError(28, "No space left on device")
            real(source, target)

        monkeypatch.setattr(run_folder.os, "rename", full)
        with pytest.raises(CourseError, match="No space left"):
            make_run(tmp_path / "run", "new", overwrite=True)
        assert everything(tmp_path / "run").popitem()[1] == b"old"
        assert [p.name for p in tmp_path.iterdir()] == ["run"]

    def test_inside_the_pictures(self, tmp_path):
        pets = tmp_path / "pets"
        (pets / "cats").mkdir(parents=True)
        (tmp_path / "link").symlink_to(pets)
        for out in (pets, pets / "run", pets / "cats" / "run", tmp_path / "link" / "run"):
            with pytest.raises(CourseError, match="would lie inside the pictures"):
                check_outside(pets, out)
        with pytest.raises(CourseError, match="would lie inside"):
            check_outside(tmp_path / "link", pets / "run")
        check_outside(pets, tmp_path / "pets2")

    def test_a_disk(self, tmp_path, monkeypatch):
        (tmp_path / "run").mkdir()
        monkeypatch.setattr("os.path.ismount", lambda path: True)
        assert "is the top of a disk" in refusal(tmp_path / "run")


class TestInterruptedExchange:
    def test_a_signal_between_the_two_renames_waits(self, tmp_path, monkeypatch):
        make_run(tmp_path / "run", "old")
        real, calls = os.rename, []

        def rename(source, target):
            real(source, target)
            calls.append(source)
            if len(calls) == 1:
                signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(run_folder.os, "rename", rename)
        with pytest.raises(KeyboardInterrupt):
            make_run(tmp_path / "run", "new", overwrite=True)
        assert everything(tmp_path / "run").popitem()[1] == b"new"
        assert [p.name for p in tmp_path.iterdir()] == ["run"]

    def test_a_kill_between_the_two_renames_loses_nothing(self, tmp_path):
        make_run(tmp_path / "run", "old")
        os.rename(tmp_path / "run", tmp_path / ".run.part-12ab34cd.old")
        (tmp_path / ".run.part-12ab34cd").mkdir()
        with pytest.raises(CourseError, match="exists already"):
            make_run(tmp_path / "run", "new")
        assert everything(tmp_path / "run").popitem()[1] == b"old"
        assert [p.name for p in tmp_path.iterdir()] == ["run"]

    def test_leftovers_of_the_dead_go_and_those_of_the_living_stay(self, tmp_path):
        code = (
            "import sys, time; from tlcourse.jobs.run_folder import new_run\n"
            "with new_run(sys.argv[1]) as scratch:\n"
            "    (scratch / 'model.keras').write_text('half')\n"
            "    print('ready', flush=True); time.sleep(60)\n"
        )
        other = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "run")], stdout=subprocess.PIPE, text=True
        )
        try:
            assert other.stdout.readline() == "ready\n"
            (living,) = tmp_path.iterdir()
            make_run(tmp_path / "run", "first")
            assert (living / "model.keras").read_text() == "half", "it is still being written"
        finally:
            other.kill()
            other.wait()
        assert living.exists(), "a killed process cleans nothing"
        make_run(tmp_path / "run", "second", overwrite=True)
        assert [p.name for p in tmp_path.iterdir()] == ["run"]
