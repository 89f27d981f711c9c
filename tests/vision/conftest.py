"""Small scenes of drawn objects, made in a fraction of a second."""

import pytest

from tlcourse.datasets import load
from tlcourse.vision import compose


@pytest.fixture(scope="session")
def objects():
    """Every twentieth emoji, with its outline."""
    data = load("emoji", style="twemoji", background="transparent")
    return data.subset(range(0, len(data), 20))


@pytest.fixture(scope="session")
def scenes(objects):
    return compose(objects, 12, size=64, count=(1, 3), sides=(14, 24), seed=1)
