"""Every notebook run of these tests has no network and a cache of its own."""

import pytest
from runners import guarded_environment


@pytest.fixture(autouse=True)
def guarded(monkeypatch, tmp_path):
    """Give the kernels that a test starts the guarded environment and an empty cache."""
    for name, value in guarded_environment(tmp_path / "cache").items():
        monkeypatch.setenv(name, value)
