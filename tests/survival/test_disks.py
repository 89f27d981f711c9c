"""Full disks and folders that cannot be written to: a clear sentence, and the right numbers."""

import os
import resource

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.datasets import hostile
from tests.survival.work import KEY, rows_of
from tlcourse.feature_store import FeatureStore
from tlcourse.paths import cache_dir

SOMEBODY = 65534  # the user "nobody"; any number that is not root would do


@pytest.fixture
def pets(tmp_path):
    return hostile.two_classes(tmp_path / "pets", 6)


def fit(pets, out):
    return ["fit", str(pets), "--out", str(out), "--image-size", "32", "--json"]


def complaint(outcome, status=2):
    """Return the one line that a failed command prints."""
    assert outcome.status == status, outcome
    lines = outcome.err.strip().splitlines()
    assert len(lines) == 1, outcome.err
    assert lines[0].startswith("Error: ")
    return lines[0]


def test_a_file_that_may_not_grow(caplog):
    """The limit on the size of a file (`ulimit -f`) acts in the middle of a write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        FeatureStore(KEY).write(rows_of(1, 100, 256))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "File too large" in caplog.text
    assert "TLCOURSE_CACHE" in caplog.text
    assert [p for p in cache_dir().rglob("*") if p.is_file()] == []


def test_an_extraction_with_the_cache_on_a_full_disk(nursery, mounts, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    job = {"seed": 4, "n": 24, "folder": tmp_path, "rows_in_a_shard": 1024}
    assert nursery.run("extract", cache=False, **job).status == 0
    expected = np.load(tmp_path / "features.npy")
    outcome = nursery.run(
        "extract",
        env={"TLCOURSE_CACHE": str(disk / "cache")},
        tmpfs=disk,
        full=disk / "junk",
        **job,
    )
    assert outcome.status == 0, outcome.err
    assert "No space left on device" in outcome.err
    assert "Set TLCOURSE_CACHE" in outcome.err
    assert np.allclose(np.load(tmp_path / "features.npy"), expected, rtol=1e-4, atol=1e-4)


def test_a_run_on_a_full_disk(nursery, mounts, tmp_path, pets):
    disk = tmp_path / "disk"
    disk.mkdir()
    outcome = nursery.run("command", args=fit(pets, disk / "run"), cwd=tmp_path, tmpfs=disk)
    line = complaint(outcome, status=1)
    assert "No space left on device" in line
    assert "Check space" in line


def test_a_home_and_a_repository_that_cannot_be_written(nursery, mounts, tmp_path, pets):
    home = tmp_path / "home"
    home.mkdir()
    env = {
        "HOME": str(home),
        "TLCOURSE_CACHE": "",
        "TLCOURSE_PROGRESS": "",
        "KERAS_HOME": str(home / ".keras"),
        "XDG_CACHE_HOME": "",
        "XDG_DATA_HOME": "",
    }
    options = {"cwd": tmp_path, "read_only": [str(home), str(ROOT)], "env": env}
    outcome = nursery.run("command", args=fit(pets, tmp_path / "run"), **options)
    assert outcome.status == 0, outcome.err
    assert "Read-only file system" in outcome.err
    assert "Set TLCOURSE_CACHE" in outcome.err
    outcome = nursery.run("command", args=["progress"], **options)
    assert outcome.status == 0, outcome.err
    assert list(home.iterdir()) == []


def test_notebooks_from_a_repository_that_cannot_be_written(nursery, mounts, tmp_path):
    options = {"cwd": tmp_path, "read_only": [str(ROOT)]}
    outcome = nursery.run("open_notebooks", **options)
    assert outcome.status == 0, outcome.err
    assert outcome.out.strip() == str(tmp_path / "tlcourse-notebooks" / "notebooks")
    assert list((tmp_path / "tlcourse-notebooks" / "solutions").glob("*.ipynb"))
    outcome = nursery.run("command", args=["run", "00"], **options | {"cwd": ROOT})
    assert "build/run" in complaint(outcome)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_user_who_may_read_but_not_write(nursery, tmp_path, pets):
    for folder in (tmp_path, *list(tmp_path.parents)[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    outcome = nursery.run(
        "command",
        args=fit(pets, tmp_path / "run"),
        cwd=tmp_path,
        user=SOMEBODY,
        env={"TLCOURSE_CACHE": str(tmp_path / "cache")},
    )
    assert "Permission denied" in complaint(outcome)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pets"]
