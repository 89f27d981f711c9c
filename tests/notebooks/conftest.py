"""Every notebook run of these tests has no network and none of the learner's own files."""

import pytest
from runners import guarded_environment


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """A cache for the whole run, as a learner has one.

    The first run of each chapter finds it without its features, the others find them there.
    So both ways are run.
    """
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def guarded(monkeypatch, tmp_path, cache):
    """Give the kernels that a test starts the guarded environment; progress starts at nothing."""
    for name, value in guarded_environment(cache).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TLCOURSE_PROGRESS", str(tmp_path / "progress.json"))
