"""Every notebook run of these tests has no network and none of the learner's own files."""

import re

import pytest
from runners import guarded_environment


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With `--dist loadscope` the four runs of a chapter go to one process, so share its cache."""
    if config.getvalue("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByChapter(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            run = re.search(r"\[(?:notebooks|solutions)-(\w+)-", nodeid)
            return run[1] if run else nodeid

    return ByChapter(config, log)


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
