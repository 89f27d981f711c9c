"""A wheel of the course, built once for all tests of places."""

import pytest

from tests.conftest import ROOT
from tests.places.thin import build_wheel


@pytest.fixture(scope="session")
def course_wheel(tmp_path_factory):
    return build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))
