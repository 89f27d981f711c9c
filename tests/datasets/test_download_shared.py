"""Downloads that several processes share, that are killed, or that come from a mirror."""

import http.server
import multiprocessing
import os
import random
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from download_helpers import (
    FILE,
    contents,
    describe,
    fetch_in_child,
    make_archive,
    make_files,
    nothing_counts,
)
from filelock import FileLock

from tests import fault_server as act
from tlcourse.datasets import registry, store
from tlcourse.datasets.download import fetch
from tlcourse.datasets.flowers import load_flowers
from tlcourse.datasets.fsdd import fsdd_files
from tlcourse.datasets.store import Store
from tlcourse.errors import DataError

pytestmark = pytest.mark.usefixtures("no_proxy")

MIRROR = Path(
    os.environ.get("TLCOURSE_TEST_MIRROR")
    or Path(__file__).resolve().parents[3] / "shared" / "mirror"
)
needs_mirror = pytest.mark.skipif(
    not (MIRROR / "fsdd.tgz").is_file(),
    reason="the real archives are not here; name their folder in TLCOURSE_TEST_MIRROR",
)


@pytest.fixture(scope="module")
def processes():
    """Processes that start in milliseconds: one imports everything, the others fork from it."""
    context = multiprocessing.get_context("forkserver")
    needed = ["tlcourse.datasets.download", "requests", "pooch", "filelock", "tqdm.auto"]
    context.set_forkserver_preload(needed)
    first = context.Process(target=int)  # starts the one that imports
    first.start()
    first.join()
    return context


def test_eight_processes_share_one_download(processes, server, archive, files, tmp_path):
    download = describe(archive, server.play(FILE, archive, act.drip(0.5)))
    results = processes.Queue()
    children = [
        processes.Process(target=fetch_in_child, args=(download, tmp_path, results))
        for _ in range(8)
    ]
    for child in children:
        child.start()
    folders = {results.get(timeout=60) for _ in children}
    for child in children:
        child.join()
    assert folders == {str(fetch(download, progress=False, cache_dir=tmp_path))}
    assert contents(Path(*folders)) == files
    assert len(server.seen) == 1
    assert server.sent == len(archive)


def kill_after(process, seconds):
    process.start()
    process.join(seconds)
    process.kill()
    process.join()


@pytest.mark.parametrize("known", [True, False], ids=["known", "first-use"])
def test_a_killed_download_goes_on(known, processes, server, archive, files, tmp_path):
    """Kill the downloading process at random points: what arrived is not asked for again."""
    download = describe(
        archive, server.play(FILE, archive, act.drip(1.0)), known=known, sized=known
    )
    rng = random.Random(3)
    for _ in range(6):
        child = processes.Process(target=fetch_in_child, args=(download, tmp_path))
        kill_after(child, rng.uniform(0.05, 0.35))
        nothing_counts(download, tmp_path)
    server.play(FILE, archive)
    assert contents(fetch(download, progress=False, cache_dir=tmp_path)) == files
    continued = [r for r in server.ranges if r]
    assert len(continued) >= 2
    # What a killed process had received but not written is all that may be sent twice.
    assert server.seen[-1].sent < len(archive)


def test_a_kill_while_unpacking_leaves_nothing_that_counts(processes, server, tmp_path):
    many = make_files(5, n=300, size=3_000)
    archive = make_archive(many)
    download = describe(archive, server.play(FILE, archive), n=300)
    rng = random.Random(4)
    unfinished = 0
    for _ in range(8):
        child = processes.Process(target=fetch_in_child, args=(download, tmp_path))
        kill_after(child, rng.uniform(0.02, 0.15))
        folder = Store("pictures", tmp_path).ready()
        unfinished += folder is None
        if folder:
            assert contents(folder) == many
            Store("pictures", tmp_path).remove()
    assert unfinished
    assert contents(fetch(download, progress=False, cache_dir=tmp_path)) == many
    left = sorted(p.name for p in (tmp_path / "pictures").iterdir())
    assert left == ["files", "receipt.json"]


def test_waiting_for_another_process_is_said(archive, server, files, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(store, "NOTICE_AFTER", 0.05)
    held = threading.Event()

    def hold():
        with FileLock(tmp_path / "pictures.lock"):
            held.set()
            time.sleep(0.3)

    other = threading.Thread(target=hold)
    other.start()
    held.wait()
    folder = fetch(describe(archive, server.play(FILE, archive)), cache_dir=tmp_path)
    other.join()
    assert contents(folder) == files
    assert "Another notebook or program is downloading 'pictures'" in capsys.readouterr().err


def test_a_data_set_in_use_is_not_cleaned(archive, server, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "NOTICE_AFTER", 0.05)
    download = describe(archive, server.play(FILE, archive))
    monkeypatch.setattr(registry, "DOWNLOADS", (download,))
    folder = fetch("pictures", progress=False, cache_dir=tmp_path)
    with FileLock(tmp_path / "pictures.lock"), pytest.raises(DataError, match="in use"):
        registry.clean("pictures", cache_dir=tmp_path)
    assert folder.is_dir()
    freed = registry.clean(cache_dir=tmp_path)
    assert freed["pictures"] > len(archive)
    assert not folder.exists()


def by_folder(monkeypatch, folder):
    monkeypatch.setenv("TLCOURSE_MIRROR", str(folder))


def by_file_url(monkeypatch, folder):
    monkeypatch.setenv("TLCOURSE_MIRROR", folder.as_uri())


@pytest.mark.parametrize("setting", [by_folder, by_file_url])
def test_a_mirror_folder_replaces_every_host(
    setting, server, archive, files, tmp_path, monkeypatch
):
    mirror = tmp_path / "our mirror"
    mirror.mkdir()
    (mirror / FILE).write_bytes(archive)
    setting(monkeypatch, mirror)
    download = describe(archive, server.play(FILE, archive))
    folder = fetch(download, progress=False, cache_dir=tmp_path / "cache", offline=True)
    assert contents(folder) == files
    assert server.seen == []
    assert (mirror / FILE).read_bytes() == archive


def test_a_mirror_url_replaces_every_host(server, archive, files, waits, tmp_path, monkeypatch):
    server.play(f"room/{FILE}", archive, act.cut(), act.whole)
    monkeypatch.setenv("TLCOURSE_MIRROR", f"{server.url}/room/")
    download = describe(archive, server.play(FILE, archive))
    assert contents(fetch(download, progress=False, cache_dir=tmp_path)) == files
    assert {r.path for r in server.seen} == {f"/room/{FILE}"}


@pytest.mark.parametrize("damage", ["missing", "wrong"])
def test_a_mirror_without_the_right_file_is_named(
    damage, server, archive, waits, tmp_path, monkeypatch
):
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    if damage == "wrong":
        (mirror / FILE).write_bytes(archive[::-1])
    monkeypatch.setenv("TLCOURSE_MIRROR", str(mirror))
    download = describe(archive, server.play(FILE, archive))
    with pytest.raises(DataError, match=r"does not hold|has the wrong bytes") as caught:
        fetch(download, progress=False, cache_dir=tmp_path / "cache")
    assert str(mirror) in str(caught.value)
    assert server.seen == []
    nothing_counts(download, tmp_path / "cache")


@pytest.fixture
def mirror_url():
    """Serve the folder of real archives the way a teacher would: python -m http.server."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format, *args):
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(MIRROR))
    )
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def check_flowers():
    flowers = load_flowers(progress=False)
    # One picture lies under two labels; the loader leaves both files out and says so.
    counts = (("daisy", 633), ("dandelion", 898), ("roses", 640), ("sunflowers", 699))
    assert flowers.class_counts == dict([*counts, ("tulips", 798)])
    assert [s.path.split("/")[0] for s in flowers.skipped] == ["roses", "tulips"]
    assert flowers.card.license.startswith("CC BY")


def check_fsdd():
    names = [p.name for p in fsdd_files(progress=False)]
    assert len(names) == 3000
    assert names[0] == "0_george_0.wav"


@needs_mirror
@pytest.mark.parametrize("way", ["folder", "url"])
@pytest.mark.parametrize(
    ("name", "n_files", "check"), [("flowers", 3670, check_flowers), ("fsdd", 3000, check_fsdd)]
)
def test_the_real_data_sets_come_from_a_mirror(name, n_files, check, way, mirror_url, monkeypatch):
    monkeypatch.setenv("TLCOURSE_MIRROR", str(MIRROR) if way == "folder" else mirror_url)
    folder = fetch(name, progress=False)
    report = registry.verify(name)
    assert report["state"] == "whole"
    assert report["n_files"] == n_files
    monkeypatch.delenv("TLCOURSE_MIRROR")  # from here on the cache answers
    if way == "folder":
        check()
    first = next(p for p in folder.rglob("*.*") if p.is_file())
    first.write_bytes(first.read_bytes()[:-1])
    report = registry.verify(name)
    assert report["state"] == "damaged"
    assert len(report["problems"]) == 1
    assert first.name in report["problems"][0]
