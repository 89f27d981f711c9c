"""The nursery, and where it can work."""

from __future__ import annotations

import os
import sys

import pytest

from tests.survival import places
from tests.survival.nursery import shared_nursery


def pytest_collection_modifyitems(items):
    if sys.platform != "linux":
        for item in items:
            if "tests/survival" in item.path.as_posix():
                item.add_marker(pytest.mark.skip(reason="needs fork and /proc as on Linux"))


@pytest.fixture(scope="session")
def nursery():
    return shared_nursery()


@pytest.fixture
def mounts():
    """Skip where this user may not make mounts of its own."""
    if not places.can_mount():
        pytest.skip("this user may not make mounts (needs root, and a container that allows it)")


@pytest.fixture
def thorough():
    """Tell whether to take the time for the long version of a test."""
    return os.environ.get("TLCOURSE_TEST_MODE") == "normal"
