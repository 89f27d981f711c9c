"""What the security tests share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.survival.nursery import shared_nursery

LISTENING = Path(__file__).parent / "listening"


@pytest.fixture(scope="session")
def nursery():
    if sys.platform != "linux":
        pytest.skip("needs fork and /proc as on Linux")
    return shared_nursery()


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    """Return the variables that make a process note its connections, and the file of notes."""
    notes = tmp_path_factory.mktemp("heard") / "connections"
    return {"PYTHONPATH": str(LISTENING), "HEARD_CONNECTIONS": str(notes)}, notes
