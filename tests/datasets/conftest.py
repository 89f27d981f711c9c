"""Fixtures of the download tests: a failing server, a small archive, no waiting."""

import pytest

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE")


@pytest.fixture
def server():
    from tests.fault_server import fault_server

    with fault_server() as running:
        yield running


@pytest.fixture
def no_proxy(monkeypatch):
    for name in ("TLCOURSE_OFFLINE", *PROXIES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def waits(monkeypatch):
    """Seconds that the downloader would have waited, in order."""
    from tlcourse.datasets import resumable

    seconds = []
    monkeypatch.setattr(resumable, "sleep", seconds.append)
    monkeypatch.setattr(resumable, "READ_TIMEOUT", 0.3)
    return seconds


@pytest.fixture(scope="session")
def files():
    from download_helpers import make_files

    return make_files()


@pytest.fixture(scope="session")
def archive(files):
    from download_helpers import make_archive

    return make_archive(files)
