"""Archives for a mirror: fetched whole, verified, never twice, and nothing else is left."""

import pytest

from tests.datasets.download_helpers import FILE, contents, describe, make_archive, make_files
from tests.fault_server import cut, fault_server, instead, whole
from tlcourse.datasets import resumable
from tlcourse.datasets.download import fetch
from tlcourse.datasets.keep_archive import keep_archive
from tlcourse.errors import DataError

ARCHIVE = make_archive(make_files())


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(resumable, "sleep", lambda seconds: None)


def test_it_is_kept_and_serves_as_a_mirror(tmp_path, monkeypatch):
    with fault_server() as server:
        download = describe(ARCHIVE, server.play(FILE, ARCHIVE, cut(0.5), whole))
        path = keep_archive(download, tmp_path, progress=False)
        assert path.read_bytes() == ARCHIVE
        asked = len(server.seen)
        assert keep_archive(download, tmp_path, progress=False) == path
        assert len(server.seen) == asked
    assert [p.name for p in tmp_path.iterdir()] == [FILE]
    monkeypatch.setenv("TLCOURSE_MIRROR", str(tmp_path))
    folder = fetch(download, cache_dir=tmp_path / "cache", progress=False)
    assert contents(folder) == make_files()


def test_a_mirror_folder_is_copied_from(tmp_path, monkeypatch):
    (tmp_path / "stick").mkdir()
    (tmp_path / "room").mkdir()
    (tmp_path / "stick" / FILE).write_bytes(ARCHIVE)
    monkeypatch.setenv("TLCOURSE_MIRROR", str(tmp_path / "stick"))
    path = keep_archive(describe(ARCHIVE, known=False), tmp_path / "room", progress=False)
    assert path.read_bytes() == ARCHIVE
    assert (tmp_path / "stick" / FILE).is_file()


def test_wrong_bytes_are_not_kept_and_replaced_where_they_lie(tmp_path):
    with fault_server() as server:
        bad = instead(ARCHIVE[::-1])
        download = describe(ARCHIVE, server.play(FILE, ARCHIVE, bad, bad, bad, bad))
        with pytest.raises(DataError, match="wrong bytes"):
            keep_archive(download, tmp_path, progress=False)
        assert list(tmp_path.iterdir()) == []
        (tmp_path / FILE).write_bytes(b"damaged")
        server.play(FILE, ARCHIVE)
        assert keep_archive(download, tmp_path, progress=False).read_bytes() == ARCHIVE


def test_refusals(tmp_path):
    with pytest.raises(DataError, match="nothing to download"):
        keep_archive("emoji", tmp_path)
    with pytest.raises(DataError, match="no place that may be asked has it"):
        keep_archive(describe(ARCHIVE), tmp_path, progress=False)
    with pytest.raises(DataError, match="none"):
        keep_archive(describe(ARCHIVE), tmp_path / "none", progress=False)
