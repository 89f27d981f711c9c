"""The bundle for a room without network: what is in it, and that it installs and runs there.

`TLCOURSE_TEST_MODE=normal` makes the whole bundle, TensorFlow included, and runs chapter 03 from
it; that needs an index for pip and takes some minutes.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.conftest import ROOT
from tests.places import thin
from tests.places.isolation import without_network
from tlcourse.errors import CourseError
from tlcourse.places import bundle as bundles
from tlcourse.places.bundle import make_bundle
from tlcourse.places.wheels import collect_packages, least_python, pinned

ARCHIVE = "cats_and_dogs_filtered.zip"
WHOLE = os.environ.get("TLCOURSE_TEST_MODE") == "normal"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The course alone, for machines that have the packages."""
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "mirror").mkdir()
    (folder / "mirror" / ARCHIVE).write_bytes(b"no checksum is published for it")
    steps = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TLCOURSE_MIRROR", str(folder / "mirror"))
        made = make_bundle(
            folder / "room",
            packages=False,
            datasets=("cats_vs_dogs",),
            on_step=lambda *step: steps.append(step),
        )
    return folder / "room", made, steps


@pytest.fixture(scope="module")
def isolated():
    words = without_network()
    if words is None:
        pytest.skip("this machine does not permit a network namespace (unshare)")
    return words


def install(words, python, room, target, home, *options):
    return subprocess.run(
        [*words, str(python), str(room / "install.py"), str(target), *options],
        env=thin.bare_variables(home),
        capture_output=True,
        text=True,
        check=False,
    )


def run_chapter(words, target, home, number):
    done = subprocess.run(
        [*words, target / ".venv" / "bin" / "tlcourse", "run", number, "--fast", "--json"],
        cwd=home,
        env=thin.bare_variables(home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (chapter,) = json.loads(done.stdout)["chapters"]
    return chapter


def test_everything_is_in_it(small):
    room, made, steps = small
    names = {p.name for p in room.iterdir()}
    assert names == {
        "HOWTO.html", "SHA256SUMS", "archives", "bundle.json", "data", "install.py",
        "notebooks", "solutions", "wheels",
    }  # fmt: skip
    assert {p.name for p in (room / "notebooks").glob("*.ipynb")} == {
        p.name for p in (ROOT / "notebooks").glob("*.ipynb")
    }
    assert list((room / "data" / "weights").glob("vgg16_*.h5"))
    wheel = f"tlcourse-{made['course']}-py3-none-any.whl"
    assert [p.name for p in (room / "wheels").iterdir()] == [wheel]
    assert made["archives"] == [ARCHIVE]
    assert made == json.loads((room / "bundle.json").read_text()) | {"folder": str(room)}
    assert steps[0] == ("copying the course", 0, 4)
    assert {done == total for what, done, total in steps if what == steps[-1][0]} == {True, False}


def test_the_checksums_are_those_of_every_file(small):
    room, _, _ = small
    listed = dict(
        reversed(line.split("  ", 1)) for line in (room / "SHA256SUMS").read_text().splitlines()
    )
    files = {p.relative_to(room).as_posix(): p for p in room.rglob("*") if p.is_file()}
    assert set(listed) == set(files) - {"SHA256SUMS"}
    for name in ("install.py", "notebooks/00_start_here.ipynb", "bundle.json"):
        assert listed[name] == hashlib.sha256(files[name].read_bytes()).hexdigest()
    if program := shutil.which("sha256sum"):
        check = [program, "--check", "--quiet", "--strict", "SHA256SUMS"]
        subprocess.run(check, cwd=room, check=True)


def test_the_page_tells_what_to_type(small):
    room, _, _ = small
    page = (room / "HOWTO.html").read_text()
    assert "install.py --use-installed" in page
    assert "tlcourse mirror" in page
    assert '<html lang="en">' in page
    assert "http" not in page.replace("http://…", "")


@pytest.mark.slow
def test_it_installs_and_runs_a_chapter_without_network(small, isolated, tmp_path):
    room, _, _ = small
    target = tmp_path / "course ü"  # a name that somebody in the room will have
    python = thin.thin_environment(target / ".venv")
    done = install(isolated, python, room, target, tmp_path / "home", "--use-installed")
    assert done.returncode == 0, done.stderr
    assert f"'{target}/.venv/bin/tlcourse' lab" in done.stdout
    assert "tlcourse" in thin.versions(python)
    chapter = run_chapter(isolated, target, tmp_path / "home", "05")
    assert chapter["ok"], chapter["error"]
    where = [python, "-c", "import tlcourse; print(tlcourse.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert found.startswith(str(target))


@pytest.mark.slow
@pytest.mark.skipif(not WHOLE, reason="fetches TensorFlow; TLCOURSE_TEST_MODE=normal runs it")
def test_the_whole_bundle_installs_and_runs_chapter_03_without_network(isolated, tmp_path):
    made = make_bundle(tmp_path / "room")
    assert made["wheels"] > 100
    target = tmp_path / "course"
    python = getattr(sys, "_base_executable", sys.executable)  # knows no package at all
    done = install(isolated, python, tmp_path / "room", target, tmp_path / "home")
    assert done.returncode == 0, done.stderr
    chapter = run_chapter(isolated, target, tmp_path / "home", "03")
    assert chapter["ok"], chapter["error"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda room: (room / "data" / "README.md").unlink(), "data/README.md is missing"),
        (lambda room: (room / "data" / "README.md").write_text("x"), "data/README.md is damaged"),
    ],
)
def test_a_bad_copy_is_refused_before_anything_is_written(small, tmp_path, damage, message):
    room = tmp_path / "stick"
    shutil.copytree(small[0], room)
    damage(room)
    done = install([], sys.executable, room, tmp_path / "course", tmp_path, "--use-installed")
    assert done.returncode == 2
    assert done.stderr == f"Error: {message}. Copy the whole folder again.\n"
    assert not (tmp_path / "course").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "Call it with --use-installed"),
        ({"packages": True, "python": "3.9"}, "with Python 3.9, 3."),
        ({"packages": True, "system": "Windows"}, "this folder is for Windows"),
        ({"packages": True, "python_at_least": "3.99.1"}, "3.99.1 or later, and this is"),
    ],
)
def test_a_machine_that_does_not_fit_is_refused(small, tmp_path, change, message):
    room = tmp_path / "stick"
    room.mkdir()
    shutil.copy(small[0] / "install.py", room)
    about = json.loads((small[0] / "bundle.json").read_text()) | change
    (room / "bundle.json").write_text(json.dumps(about))
    done = install([], sys.executable, room, tmp_path / "course", tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "course").exists()


def test_places_that_are_taken_are_refused_at_once(tmp_path, monkeypatch):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("full", "file", "link"):
        with pytest.raises(CourseError, match="is taken"):
            make_bundle(tmp_path / name)
    with pytest.raises(CourseError, match="no data set called"):
        make_bundle(tmp_path / "out", datasets=("none",))
    monkeypatch.setattr(bundles, "_ROOM_NEEDED", 1 << 60)
    with pytest.raises(CourseError, match="on another disk"):
        make_bundle(tmp_path / "out")
    assert (tmp_path / "full" / "x").read_text() == (tmp_path / "file").read_text() == "mine"
    assert not (tmp_path / "out").exists()


def test_packages_come_from_where_pip_is_told(tmp_path, course_wheel, monkeypatch):
    """A folder stands in for an index: the dependencies of a small wheel, with locked versions."""
    index, out = tmp_path / "index", tmp_path / "out"
    index.mkdir()
    out.mkdir()
    for name in ("imagehash", "py-cpuinfo"):
        own = thin.repack(name, index)
    lock = tmp_path / "requirements.lock"
    lock.write_text("py-cpuinfo==9.0.0\n    # via tlcourse\nnumpy==1.0 ; sys_platform == 'none'\n")
    assert pinned(lock) == {"py-cpuinfo", "numpy"}
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    steps = []
    collect_packages(own, lock, out, on_step=lambda *step: steps.append(step))
    assert [p.name.split("-")[0] for p in out.iterdir()] == ["py_cpuinfo"]
    assert steps[-1] == ("gathering packages", 2, 2)
    lock.write_text("py-cpuinfo==1.2.3\n")
    with pytest.raises(CourseError, match=r"could not be gathered: pip said '.+set PIP_INDEX_URL"):
        collect_packages(own, lock, out, on_step=lambda *step: None)


def test_the_oldest_python_that_all_wheels_accept_is_found(tmp_path):
    major, minor, patch = sys.version_info[:3]
    for i, rule in enumerate((f">={major}.{minor}", f">={major}.{minor}.1,<4", "")):
        with zipfile.ZipFile(tmp_path / f"w{i}-1-py3-none-any.whl", "w") as wheel:
            line = f"Requires-Python: {rule}\n" if rule else ""
            wheel.writestr(f"w{i}-1.dist-info/METADATA", f"Name: w{i}\n{line}\nRequires-Python: no")
    assert least_python(tmp_path) == f"{major}.{minor}.{min(1, patch)}"


def test_nothing_half_written_stays_after_an_interruption(tmp_path):
    def stop(what, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_bundle(tmp_path / "deep" / "room", packages=False, on_step=stop)
    assert list(tmp_path.iterdir()) == []
