"""Zips of a learner's pictures: unpacked once, safely, and found below wrapping folders."""

import tarfile
import threading
import zipfile

import pytest

from tlcourse import paths
from tlcourse.datasets import load
from tlcourse.datasets.zipped import remove_unpacked
from tlcourse.errors import DataError


def pack(folder, target, below=""):
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(folder.rglob("*.png")):
            archive.write(file, f"{below}{file.relative_to(folder).as_posix()}")
        archive.writestr(f"__MACOSX/{below}._blue", b"\0")
    return target


@pytest.mark.parametrize("below", ["", "colors/", "a/b/colors/"])
def test_a_zip_is_a_folder(color_folder, tmp_path, below):
    data = load(pack(color_folder, tmp_path / "My colors.zip", below))
    folder = load(color_folder)
    assert data.hashes == folder.hashes
    assert data.ids == folder.ids
    assert data.name == "My colors"
    assert data.class_names == ("blue", "red")


def test_a_tar_and_options(color_folder, tmp_path):
    with tarfile.open(tmp_path / "colors.tar.gz", "w:gz") as archive:
        archive.add(color_folder, "colors")
    data = load(str(tmp_path / "colors.tar.gz"), image_size=32, name="mine")
    assert data.images[0].shape == (32, 32, 3)
    assert data.name == "mine"
    with pytest.raises(DataError, match="'style' is not an option"):
        load(tmp_path / "colors.tar.gz", style="noto")


def test_unpacked_once_and_anew_when_it_changes(color_folder, tmp_path):
    archive = pack(color_folder, tmp_path / "colors.zip")
    load(archive)
    (first,) = [p for p in (paths.cache_dir() / "own").iterdir() if p.is_dir()]
    stamp = first.stat().st_mtime_ns
    load(archive)
    assert first.stat().st_mtime_ns == stamp
    (color_folder / "red" / "red00.png").unlink()
    assert len(load(pack(color_folder, archive))) == 23
    assert len([p for p in (paths.cache_dir() / "own").iterdir() if p.is_dir()]) == 2
    assert remove_unpacked() > 0
    assert not (paths.cache_dir() / "own").exists()
    assert len(load(archive)) == 23


def test_several_kernels_at_once(color_folder, tmp_path):
    archive = pack(color_folder, tmp_path / "colors.zip")
    found = []
    threads = [threading.Thread(target=lambda: found.append(len(load(archive)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [24] * 4
    assert not list((paths.cache_dir() / "own").glob("*.part"))


def test_one_class_folder_is_not_taken_for_a_wrapper(color_folder, tmp_path):
    archive = pack(color_folder / "red", tmp_path / "one.zip", "red/")
    with pytest.raises(DataError, match="one class only, 'red'"):
        load(archive)


def test_bad_archives_leave_nothing_behind(tmp_path):
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04" + b"\0" * 50)
    with pytest.raises(DataError, match="damaged"):
        load(tmp_path / "broken.zip")
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("../../evil.png", b"x")
    with pytest.raises(DataError):
        load(tmp_path / "evil.zip")
    with pytest.raises(DataError, match=r"no file called 'gone\.zip'"):
        load("gone.zip")
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path / "gone.zip")
    assert not [p for p in (paths.cache_dir() / "own").iterdir() if p.is_dir()]
